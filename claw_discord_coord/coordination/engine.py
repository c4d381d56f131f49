"""The one place that knows DBOS: durable lives on SQLite or PostgreSQL.

DBOS is a process-wide singleton and costs half a second to import, so only the coordinator's process imports this
module.
Rules it follows, and why: a constant application version (otherwise every upgrade strands tasks), a JSON serializer
(the default is pickle: whoever writes the database would run code), WAL before launch on SQLite, few threads, errors
noted as data.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import json
import logging
import sqlite3
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, SetWorkflowID
from dbos._error import DBOSNonExistentWorkflowError  # the module that `dbos.error` is
from dbos._serialization import Serializer  # DBOS names this the type of its public option `serializer`
from pydantic import TypeAdapter
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from claw_discord_coord.coordination.journal import Engine, Step, Workflow
from claw_discord_coord.coordination.retry import Waiting, retry_until_available
from claw_discord_coord.errors import CoordError, Fenced, RegistryUnavailable, Unavailable, by_type

APPLICATION_VERSION = "1"
"""Raised on purpose when a life changes so that an old journal cannot be replayed."""

log = logging.getLogger(__name__)

Boundary = Callable[[str, str], None]
"""Told of every step boundary as (`before` or `after`, step name); tests end the process there."""

OnWait = Callable[[str, str, Unavailable, float], Awaitable[None]]
"""Told that a life waits: its name, its id, for what, and for how many seconds."""


@asynccontextmanager
async def open_engine(
    url: str, lives: Mapping[str, Workflow], *, waited: OnWait, boundary: Boundary | None = None
) -> AsyncGenerator[Engine]:
    """Launch DBOS on the database at `url` with these lives; those that a crash interrupted go on at once.

    `waited` is told when a step cannot reach what it needs; waking the life makes it look again at once.

    Raises:
        RegistryUnavailable: this Python's SQLite cannot carry DBOS, or the database cannot be used.
    """
    _refuse_old_sqlite(url)
    logging.getLogger("dbos").setLevel(logging.ERROR)
    database = _database(url)
    config: DBOSConfig = {
        "name": "claw-discord-coord",
        "system_database_url": url,
        "system_database_engine": database,
        "application_version": APPLICATION_VERSION,
        "executor_id": "coordinator",
        "serializer": _Json(),
        "max_executor_threads": 16,
        "notification_listener_polling_interval_sec": 0.1,
        "log_level": "ERROR",
    }
    DBOS(config=config)
    engine = _DbosEngine(lives, waited, boundary or (lambda _when, _name: None))
    try:
        _launch()  # on the event loop itself: DBOS remembers the loop of its launch and runs recovered lives there
        yield engine
    finally:
        await engine.suspend()
        DBOS.destroy(workflow_completion_timeout_sec=0)
        database.dispose()
        # DBOS had made its own threads the loop's default ones, and has just shut them down.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="after-engine"))


class _DbosEngine:
    def __init__(self, lives: Mapping[str, Workflow], waited: OnWait, boundary: Boundary) -> None:
        self._executions: set[asyncio.Task[Any]] = set()
        self._nudges: dict[str, asyncio.Event] = {}
        self._waited = waited
        self._boundary = boundary
        self._flows = {name: self._flow(name, life) for name, life in lives.items()}

    def _flow(self, name: str, life: Workflow) -> Any:
        @DBOS.workflow(name=name)
        async def flow(id: str) -> None:  # noqa: A002
            nudge = self._nudges[f"{name}:{id}"] = asyncio.Event()
            journal = _DbosJournal(self._boundary, partial(self._waited, name, id), nudge)
            execution = asyncio.current_task()
            assert execution is not None  # noqa: S101 - DBOS runs a workflow inside an asyncio task
            self._executions.add(execution)
            try:
                await life(id, journal)
            except Exception as error:
                # Only what goes wrong between steps comes here. DBOS would end the life for good; cancelled, it stays
                # pending, and the next start takes it up.
                log.exception("the life %s of %s stopped", name, id)
                raise asyncio.CancelledError from error
            finally:
                self._executions.discard(execution)
                if self._nudges.get(f"{name}:{id}") is nudge:
                    del self._nudges[f"{name}:{id}"]

        return flow

    async def suspend(self) -> None:
        """Stop every life where it is; DBOS leaves a cancelled execution pending, so the next launch takes it up."""
        executions = list(self._executions)
        for execution in executions:
            execution.cancel()
        await asyncio.gather(*executions, return_exceptions=True)

    async def start(self, life: str, id: str) -> None:  # noqa: A002
        async def begin() -> None:
            if await DBOS.get_workflow_status_async(f"{life}:{id}") is None:
                with SetWorkflowID(f"{life}:{id}"):
                    await DBOS.start_workflow_async(self._flows[life], id)

        await _outside(begin())

    async def wake(self, life: str, id: str) -> None:  # noqa: A002
        if (nudge := self._nudges.get(f"{life}:{id}")) is not None:
            nudge.set()
        with contextlib.suppress(DBOSNonExistentWorkflowError):  # it has not begun; when it does, it looks by itself
            await _outside(DBOS.send_async(f"{life}:{id}", "wake"))


async def _outside(call: Coroutine[Any, Any, None]) -> None:
    """Make a call of DBOS that belongs to no life, also from within a step, where DBOS would take it for part of the
    journal.
    """
    await asyncio.create_task(call, context=contextvars.Context())


class _DbosJournal:
    def __init__(self, boundary: Boundary, waiting: Waiting, nudge: asyncio.Event) -> None:
        self._boundary = boundary
        self._waiting = waiting
        self._nudge = nudge

    async def step(self, name: str, do: Step) -> Any:
        async def noted() -> Any:
            self._boundary("before", name)
            try:
                answer = {
                    "answer": await retry_until_available(f"step {name}", do, waiting=self._waiting, nudge=self._nudge)
                }
            except Fenced as error:
                log.warning("step %s: %s This execution stops.", name, error)
                raise asyncio.CancelledError(str(error)) from error  # the one ending that DBOS does not note
            except CoordError as error:
                answer = {"error": {"type": error.type, "message": str(error), "fix": error.fix}}
            except Exception as error:
                log.exception("step %s failed", name)
                answer = {
                    "error": {
                        "type": "coord_error",
                        "message": f"Something unexpected went wrong ({type(error).__name__}).",
                        "fix": None,
                    }
                }
            self._boundary("after", name)
            return answer

        noted_answer = await DBOS.run_step_async({"name": name}, noted)
        if "error" in noted_answer:
            error = noted_answer["error"]
            raise by_type(error["type"])(error["message"], fix=error["fix"])
        return noted_answer["answer"]

    async def wait(self, timeout_s: float) -> None:
        await DBOS.recv_async(timeout_seconds=timeout_s)


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
    """DBOS stores the exception that ended a workflow; its type and words are enough, and safe to read back."""
    if isinstance(value, BaseException):
        return {_ENDED_BY: f"{type(value).__name__}: {value}"}
    raise TypeError(f"a step must answer JSON, not {type(value).__name__}")


def _database(url: str) -> sa.Engine:
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": 10, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:  # pyright: ignore[reportUnusedFunction]
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
    if url.startswith("sqlite") and sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < (3, 42):
        raise RegistryUnavailable(
            f"This Python ({sys.version.split()[0]}) has SQLite {sqlite3.sqlite_version}; the task engine needs 3.42.",
            fix="Use Python 3.11 or one with a newer SQLite, or set `registry.url` to a PostgreSQL database.",
        )
