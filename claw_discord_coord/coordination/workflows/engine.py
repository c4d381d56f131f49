"""The durable engine on DBOS: workflows on SQLite or PostgreSQL. No other module imports DBOS.

DBOS is a process-wide singleton and takes half a second to import. Only the coordinator's process imports this module.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import logging
import sqlite3
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos import _sys_db as system_database  # pyright: ignore[reportPrivateUsage]
from dbos._error import DBOSNonExistentWorkflowError  # the module that `dbos.error` is
from dbos._serialization import DefaultSerializer, Serializer  # no public module has these two types
from dbos._sys_db import _dbos_null_topic as _NO_TOPIC  # noqa: N812  # pyright: ignore[reportPrivateUsage]
from pydantic import TypeAdapter
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from claw_discord_coord.coordination.hops import record_hop
from claw_discord_coord.coordination.workflows.journal import Do, Step, Workflow
from claw_discord_coord.coordination.workflows.retry import Waiting, retry_until_available
from claw_discord_coord.errors import CoordError, Fenced, RegistryUnavailable, Unavailable, by_type
from claw_discord_coord.registry.storage.database import postgresql_options

# Constant on purpose: DBOS takes up only the workflows of its own application version, so a version that changed with
# every release would strand all tasks at every upgrade. Raise the number only when old journals cannot be replayed.
APPLICATION_VERSION = "1"

T = TypeVar("T")
log = logging.getLogger(__name__)

Boundary = Callable[[str, str], None]
"""Called at every step boundary with `before` or `after` and the step's name; tests end the process there."""

OnWait = Callable[[str, str, Unavailable, float], Awaitable[None]]
"""Called when a workflow waits: its name, its id, the reason, and the pause in seconds."""


class DurableEngine:
    """Runs workflows in this process and stores the journals at `url`.

    The parts of a coordinator are built with the engine. Workflows need the parts, and start in `running`.

    Args:
        url: The database, as SQLAlchemy spells it.
        waited: Called when a step cannot reach a counterpart. Waking the workflow ends the pause.
        boundary: Called at every step boundary.
    """

    def __init__(self, url: str, *, waited: OnWait, boundary: Boundary | None = None) -> None:
        self._url = url
        self._waited = waited
        self._boundary = boundary or _no_boundary
        self._executions: set[asyncio.Task[Any]] = set()
        self._wake_ups: dict[str, asyncio.Event] = {}
        self._registered: dict[str, Any] = {}
        self._dbos: Any = None  # the launched DBOS, for the parts that DBOS does not publish

    @asynccontextmanager
    async def running(self, workflows: Mapping[str, Workflow]) -> AsyncGenerator[None]:
        """Launch the engine with these workflows, and continue interrupted runs. Leaving suspends all workflows.

        Raises:
            RegistryUnavailable: This Python's SQLite is too old for DBOS, or the database cannot be used.
        """
        _refuse_old_sqlite(self._url)
        logging.getLogger("dbos").setLevel(logging.ERROR)
        database = _database(self._url)
        config: DBOSConfig = {
            "name": "claw-discord-coord",
            "system_database_url": self._url,
            "system_database_engine": database,
            "application_version": APPLICATION_VERSION,
            "executor_id": "coordinator",
            # DBOS stores pickles by default: a writer of the database could run code in this process.
            "serializer": _Json(),
            # DBOS starts a thread for each waiting workflow by default: 1,000 tasks took 1,012 threads and stalled the
            # event loop for 0.6 s at the worst, against 25 threads and 0.2 s with this limit.
            "max_executor_threads": 16,
            # The delay of a wake-up on SQLite, where DBOS polls.
            "notification_listener_polling_interval_sec": 0.1,
            "log_level": "ERROR",
        }
        self._dbos = DBOS(config=config)
        self._registered = {name: self._register(name, workflow) for name, workflow in workflows.items()}
        try:
            _launch()  # on the event loop itself: DBOS remembers the loop of its launch and runs workflows there
            yield
        finally:
            await self._suspend()
            self._dbos = None
            DBOS.destroy(workflow_completion_timeout_sec=0)
            database.dispose()
            # DBOS had made its own threads the loop's default ones, and has just shut them down.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="after-engine"))

    async def start(self, workflow: str, id: str) -> None:  # noqa: A002
        """Start the named workflow for this id; further calls change nothing."""

        async def begin() -> None:
            if await DBOS.get_workflow_status_async(f"{workflow}:{id}") is None:
                with SetWorkflowID(f"{workflow}:{id}"):
                    await DBOS.start_workflow_async(self._registered[workflow], id)

        await _outside(begin())

    async def wake(self, workflow: str, id: str) -> None:  # noqa: A002
        """Wake the workflow of this id, whether it waits in `Journal.wait` or for a counterpart."""
        if (wake_up := self._wake_ups.get(f"{workflow}:{id}")) is not None:
            wake_up.set()
        with contextlib.suppress(DBOSNonExistentWorkflowError):  # not started yet: the first step will look anyway
            await _outside(DBOS.send_async(f"{workflow}:{id}", "wake"))
            self._signal(f"{workflow}:{id}")

    def _signal(self, workflow_id: str) -> None:
        """Signal a message that is in the database to the workflow that waits for messages in this process."""
        # DBOS signals by PostgreSQL's NOTIFY, which is lost while its listener connects again. It would look for the
        # message only after 60 s.
        if self._dbos is None:
            return
        database = self._dbos._sys_db
        payload, _ = database._waiter(workflow_id, _NO_TOPIC)
        if (waiting := database.notifications_map.get(payload)) is not None:
            waiting.set()

    def _register(self, name: str, workflow: Workflow) -> Any:
        @DBOS.workflow(name=name)
        async def execute(id: str) -> None:  # noqa: A002
            wake_up = self._wake_ups[f"{name}:{id}"] = asyncio.Event()
            journal = _DbosJournal(name, id, self._boundary, partial(self._waited, name, id), wake_up)
            execution = asyncio.current_task()
            assert execution is not None  # noqa: S101 - DBOS runs a workflow inside an asyncio task
            self._executions.add(execution)
            try:
                await workflow(id, journal)
            except Exception as error:
                # Only errors between steps arrive here. DBOS would end the workflow for good; a canceled one stays
                # pending, and the next start takes it up.
                log.exception("%s %s: the workflow stopped", name, id)
                raise asyncio.CancelledError from error
            finally:
                self._executions.discard(execution)
                # A second execution of the same workflow may have put its own event here.
                if self._wake_ups.get(f"{name}:{id}") is wake_up:
                    del self._wake_ups[f"{name}:{id}"]

        return execute

    async def _suspend(self) -> None:
        # DBOS leaves a canceled execution pending, so the next launch takes it up.
        executions = list(self._executions)
        for execution in executions:
            execution.cancel()
        await asyncio.gather(*executions, return_exceptions=True)


def _no_boundary(_when: str, _name: str) -> None:
    """Nothing happens at step boundaries outside of tests."""


async def _outside(call: Coroutine[Any, Any, None]) -> None:
    """Call DBOS outside of any workflow."""
    # Within a step, DBOS would take the call for a part of the step's workflow; an empty context hides the workflow.
    await asyncio.create_task(call, context=contextvars.Context())


class _DbosJournal:
    def __init__(
        self,
        workflow: str,
        id: str,  # noqa: A002
        boundary: Boundary,
        waiting: Waiting,
        wake_up: asyncio.Event,
    ) -> None:
        self._workflow = workflow
        self._id = id
        self._boundary = boundary
        self._waiting = waiting
        self._wake_up = wake_up

    async def step(self, step: Step[T], do: Do[T]) -> T:
        async def run() -> dict[str, Any]:
            return await self._run(step, do)

        stored = await DBOS.run_step_async({"name": step.name}, run)
        # Errors are stored as data: DBOS would store an exception as text, and a replay could not raise it again.
        if "error" in stored:
            error = stored["error"]
            raise by_type(error["type"])(error["message"], fix=error["fix"])
        return step.result(stored["answer"])

    async def _run(self, step: Step[T], do: Do[T]) -> dict[str, Any]:
        self._boundary("before", step.name)
        record_hop(self._workflow, self._id, f"step {step.name} started")
        name = f"{self._workflow} {self._id}: step {step.name}"
        try:
            result = await retry_until_available(name, do, waiting=self._waiting, wake_up=self._wake_up)
            stored = {"answer": step.stored(result)}
        except Fenced as error:
            log.warning("%s: %s This execution stops.", name, error)
            raise asyncio.CancelledError(str(error)) from error  # the only ending that DBOS does not store
        except CoordError as error:
            stored = {"error": {"type": error.type, "message": str(error), "fix": error.fix}}
        except Exception as error:
            log.exception("%s failed", name)
            # Without the exception's own message, which may contain secrets.
            message = f"Something unexpected went wrong ({type(error).__name__})."
            stored = {"error": {"type": CoordError().type, "message": message, "fix": None}}
        how = f"failed: {stored['error']['type']}" if "error" in stored else "ended"
        record_hop(self._workflow, self._id, f"step {step.name} {how}")
        self._boundary("after", step.name)
        return stored

    async def wait(self, timeout_s: float) -> None:
        await DBOS.recv_async(timeout_seconds=timeout_s)


def _refuse_pickle(cls: DefaultSerializer, serialized_data: str) -> Any:
    raise ValueError("The journal contains a pickle. Pickles are not read, because reading a pickle runs code.")


# A stored row names its own form, and DBOS reads that form whatever the option `serializer` says: a row that says
# `py_pickle` would run code. No version of this project has stored a pickle.
DefaultSerializer.deserialize = _refuse_pickle

LONGEST_PAUSE_S = 1.0
"""The longest pause of DBOS between two attempts to reach the database."""


class _Time:
    """The module `time` for DBOS, with short pauses."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, LONGEST_PAUSE_S))


# While the database is away, DBOS doubles its pauses up to 60 s, without an option: after 10 s away, all tasks stood
# still for 10 s more. One more attempt a second costs nothing.
cast("Any", system_database).time = _Time()

_ENDED_BY = "__ended_by__"
_STORED: TypeAdapter[Any] = TypeAdapter(Any)


class _Json(Serializer):
    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=_foreign)

    def deserialize(cls, serialized_data: str) -> Any:  # noqa: N805  # pyright: ignore[reportSelfClsParameterName] - as the base class spells it
        data = _STORED.validate_json(serialized_data)
        ended_by = cast("dict[str, Any]", data).get(_ENDED_BY) if isinstance(data, dict) else None
        return cast("Any", data) if ended_by is None else RuntimeError(ended_by)

    def name(self) -> str:
        return "json"


def _foreign(value: Any) -> Any:
    # DBOS stores the exception that ended a workflow. A type and a text are safe to read back.
    if isinstance(value, BaseException):
        return {_ENDED_BY: f"{type(value).__name__}: {value}"}
    raise TypeError(f"a step must return JSON, not {type(value).__name__}")


def _database(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        return sa.create_engine(
            url,
            pool_size=8,
            max_overflow=8,
            pool_pre_ping=True,
            connect_args=postgresql_options(sa.make_url(url)),
        )
    engine = sa.create_engine(url, connect_args={"timeout": 10, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
        # Set before DBOS launches, since DBOS does not set it: one more step takes 2.7 instead of 4.1 ms.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    return engine


def _launch() -> None:
    try:
        DBOS.launch()
    except DBAPIError as error:
        raise RegistryUnavailable(
            f"The task engine cannot use its database: {type(error.orig).__name__}.",
            fix="Check that nothing else has it locked and that the disk has space, then start again.",
        ) from error


def _refuse_old_sqlite(url: str) -> None:
    # DBOS does not launch on Python 3.12 or newer with an older SQLite, and its own error does not say why.
    if url.startswith("sqlite") and sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise RegistryUnavailable(
            f"This Python ({sys.version.split()[0]}) has SQLite {sqlite3.sqlite_version}; the task engine needs 3.42.",
            fix="Use Python 3.11 or one with a newer SQLite, or set `registry.url` to a PostgreSQL database.",
        )
