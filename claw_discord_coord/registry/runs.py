"""Stores runs: every attempt of an agent at a task."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from claw_discord_coord.errors import Conflict, UsageError
from claw_discord_coord.models import Run, RunOutcome, RunState, Usage
from claw_discord_coord.registry.executions import fenced
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import every, insert_new, only, values
from claw_discord_coord.registry.storage.schema import runs, tasks
from claw_discord_coord.registry.tasks import require
from claw_discord_coord.registry.transitions import FINAL, RUN_ALLOWED, before


class Runs(Part):
    """The runs in the order of creation."""

    async def add(self, run: Run, *, fence: int) -> Run:
        """Store a run before its start. Returns the existing run of the same task and attempt.

        Raises:
            UnknownTask: The task does not exist.
            Fenced: A newer execution has claimed the task.
            Conflict: The task has ended.
        """
        return await self._database.write(_add, run, fence)

    async def end(self, run_id: str, outcome: RunOutcome) -> Run:
        """Store the end of a run, and add the run's usage to the task's usage. Returns an ended run unchanged.

        Raises:
            UsageError: There is no such run.
        """
        change: dict[str, Any] = {
            "session_id": outcome.session_id,
            "error": outcome.error,
            "exit_code": outcome.exit_code,
            "stderr": outcome.stderr,
            "result": None if outcome.result is None else outcome.result.model_dump(mode="json"),
            "usage": None if outcome.usage is None else outcome.usage.model_dump(mode="json"),
        }
        return await self._database.write(_end, run_id, outcome.state, change, self._clock())

    async def get(self, run_id: str) -> Run:
        """Return the run.

        Raises:
            UsageError: There is no such run.
        """
        return await self._database.read(_require, run_id)

    async def of_task(self, task_id: str) -> list[Run]:
        """Return a task's runs, first attempt first."""
        query = select(runs).where(runs.c.task_id == task_id).order_by(runs.c.attempt)
        return await self._database.read(every, Run, query)

    async def running(self) -> list[Run]:
        """Return every run that has not ended, oldest first."""
        query = select(runs).where(runs.c.state == RunState.RUNNING).order_by(runs.c.number)
        return await self._database.read(every, Run, query)

    async def by_token(self, sha256: str) -> Run | None:
        """Return the latest run whose token has that hash, in any state."""
        query = select(runs).where(runs.c.token_sha256 == sha256).order_by(runs.c.number.desc()).limit(1)
        return await self._database.read(only, Run, query)


def _add(connection: Connection, run: Run, fence: int) -> Run:
    # Shared with other readers, but no claim may raise the fence before this transaction has ended.
    connection.execute(select(tasks.c.id).where(tasks.c.id == run.task_id).with_for_update(read=True))
    task = require(connection, run.task_id)
    if task.fence != fence:
        raise fenced(task, fence)
    attempt = select(runs).where(runs.c.task_id == run.task_id, runs.c.attempt == run.attempt)
    present = only(connection, Run, attempt)
    if present is not None:
        return present
    if task.state in FINAL:
        raise Conflict(f"Task {task.id} is {task.state}, so it is not run again.", fix="Start the work as a new task.")
    insert_new(connection, runs, values(run, runs))
    return every(connection, Run, attempt)[0]


def _end(connection: Connection, run_id: str, state: RunState, change: dict[str, Any], at: datetime) -> Run:
    ending = (
        update(runs)
        .where(runs.c.id == run_id, runs.c.state.in_(before(RUN_ALLOWED, state)))
        .values(change | {"state": state, "ended_at": at})
        .returning(runs)
    )
    ended = only(connection, Run, ending)
    if ended is None:
        return _require(connection, run_id)
    if ended.usage is not None:
        _add_usage(connection, ended.task_id, ended.usage)
    return ended


def _add_usage(connection: Connection, task_id: str, used: Usage) -> None:
    row = select(tasks.c.usage).where(tasks.c.id == task_id).with_for_update()
    before_it = Usage.model_validate(connection.execute(row).scalar_one() or {})
    usage = {name: value + getattr(used, name) for name, value in before_it}
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(usage=usage))


def _require(connection: Connection, run_id: str) -> Run:
    run = only(connection, Run, select(runs).where(runs.c.id == run_id))
    if run is None:
        raise UsageError(f"There is no run {run_id!r}.", fix="Ask registry_status for the task; it names its runs.")
    return run
