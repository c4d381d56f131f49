"""How a task goes from state to state: each step one guarded update, told once in its story."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from claw_discord_coord.errors import Conflict, Fenced
from claw_discord_coord.models import Result, Task, TaskState
from claw_discord_coord.registry.events import tell
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.rows import one_at_a_time, only
from claw_discord_coord.registry.schema import handoffs, tasks
from claw_discord_coord.registry.tasks import folded, require
from claw_discord_coord.registry.transitions import FINAL, HANDOFF_ALLOWED, before, handoff_state, sources

ANSWER_CHARS = 1_000
"""How much of the receiver's result a handoff keeps as its answer; the whole is in the receiver's task."""

_TOLD = {
    TaskState.SUBMITTED: "Submitted.",
    TaskState.WORKING: "Work has begun.",
    TaskState.INPUT_REQUIRED: "Waiting for a person.",
    TaskState.COMPLETED: "Completed.",
    TaskState.FAILED: "Failed.",
    TaskState.CANCELED: "Canceled.",
    TaskState.REJECTED: "Rejected.",
}


class Executions(Part):
    """What executions do with tasks. A replay of a change gets the same answer, and no second effect."""

    async def claim(self, task_id: str) -> int:
        """Take the task over: raise its fence by one and answer it. Who holds an older fence can change nothing more.

        Raises:
            UnknownTask: there is no such task.
        """
        return await self._database.write(_claim, task_id)

    async def begin(self, task_id: str, *, fence: int, concurrency: int) -> Task | None:
        """Let the task work if fewer than `concurrency` tasks of its agent do or came before it; None when there is no
        free slot for it.

        A task that is working already is answered as it is. `started_at` is the time of the first beginning.

        Raises:
            UnknownTask: there is no such task.
            Fenced: a newer execution has claimed it.
            Conflict: it has ended.
        """
        return await self._database.write(_begin, task_id, fence, concurrency, self._clock())

    async def move(
        self,
        task_id: str,
        target: TaskState,
        *,
        fence: int | None = None,
        reason: str | None = None,
        result: Result | None = None,
        event: str | None = None,
        expired: bool = False,
    ) -> Task:
        """Bring the task into the state `target`, and the handoff by which it came with it.

        `reason` replaces the one before, `result` only if given. `event` is the line for its story; left out, the state
        and the reason. `expired`: it ends because its deadline has passed. A task that is in `target` already is
        answered as it is.

        Raises:
            UnknownTask: there is no such task.
            Fenced: a newer execution has claimed it.
            Conflict: from its present state it can't get there.
        """
        return await self._database.write(_move, task_id, target, fence, reason, result, event, expired, self._clock())

    async def place(
        self, task_id: str, *, fence: int, channel_id: str, message_id: str, thread_id: str, thread_url: str
    ) -> Task:
        """Note where on Discord the task is.

        Raises:
            UnknownTask: there is no such task.
            Fenced: a newer execution has claimed it.
        """
        place = {
            "channel_id": channel_id,
            "message_id": message_id,
            "thread_id": thread_id,
            "thread_url": thread_url,
        }
        return await self._database.write(_place, task_id, fence, place)


def _claim(connection: Connection, task_id: str) -> int:
    change = update(tasks).where(tasks.c.id == task_id).values(fence=tasks.c.fence + 1).returning(tasks.c.fence)
    fence = connection.execute(change).scalar_one_or_none()
    return require(connection, task_id).fence if fence is None else fence


def _begin(connection: Connection, task_id: str, fence: int, concurrency: int, at: datetime) -> Task | None:
    agent = require(connection, task_id).agent
    one_at_a_time(connection, "slots", agent)
    other = tasks.alias()
    waits = (other.c.state == TaskState.SUBMITTED) & other.c.cancel_requested.is_(None)
    ahead = (
        select(func.count())
        .select_from(other)
        .where(other.c.agent == agent)
        .where((other.c.state == TaskState.WORKING) | (waits & (other.c.number < tasks.c.number)))
        .scalar_subquery()
    )
    moved = _guarded(connection, task_id, TaskState.WORKING, fence, None, None, at, ahead < concurrency)
    if moved is not None:
        _follow(connection, moved, None, at=at)
        return moved
    present = _same_fence(connection, task_id, fence)
    if present.state in FINAL:
        raise _not_from(present, TaskState.WORKING)
    return present if present.state is TaskState.WORKING else None


def _move(
    connection: Connection,
    task_id: str,
    target: TaskState,
    fence: int | None,
    reason: str | None,
    result: Result | None,
    event: str | None,
    expired: bool,
    at: datetime,
) -> Task:
    moved = _guarded(connection, task_id, target, fence, reason, result, at)
    if moved is not None:
        _follow(connection, moved, event, expired=expired, at=at)
        return moved
    present = _same_fence(connection, task_id, fence)
    if present.state is target:
        return present
    raise _not_from(present, target)


def _guarded(
    connection: Connection,
    task_id: str,
    target: TaskState,
    fence: int | None,
    reason: str | None,
    result: Result | None,
    at: datetime,
    *further: ColumnElement[bool],
) -> Task | None:
    """The one update by which a task changes its state; None when a guard did not hold."""
    guards = [tasks.c.id == task_id, tasks.c.state.in_(sources(target)), *further]
    if fence is not None:
        guards.append(tasks.c.fence == fence)
    change = update(tasks).where(*guards).values(state=target, reason=reason)
    if target is TaskState.WORKING:
        change = change.values(started_at=func.coalesce(tasks.c.started_at, at))
    if target in FINAL:
        change = change.values(ended_at=at)
    if result is not None:
        found = "\n" + folded(result.title, result.text)
        change = change.values(result=result.model_dump(mode="json"), searchable=tasks.c.searchable + found)
    return only(connection, Task, change.returning(tasks))


def _follow(connection: Connection, task: Task, event: str | None, *, expired: bool = False, at: datetime) -> None:
    """What goes with every change of state: the handoff's state, and a line of the story."""
    state = handoff_state(task.state, expired=expired)
    if task.handoff_id is not None and state is not None:
        change = (
            update(handoffs)
            .where(handoffs.c.id == task.handoff_id, handoffs.c.state.in_(before(HANDOFF_ALLOWED, state)))
            .values(state=state)
        )
        if task.state in FINAL:
            completed = task.state is TaskState.COMPLETED
            answer = (task.result.text[:ANSWER_CHARS] if task.result else None) if completed else task.reason
            change = change.values(answered_at=at, answer=answer)
        connection.execute(change)
    text = event or (f"{_TOLD[task.state].rstrip('.')}: {task.reason}" if task.reason else _TOLD[task.state])
    tell(connection, task.id, f"task.{task.state}", text, at=at)


def _place(connection: Connection, task_id: str, fence: int, place: dict[str, str]) -> Task:
    change = update(tasks).where(tasks.c.id == task_id, tasks.c.fence == fence).values(place).returning(tasks)
    return only(connection, Task, change) or _same_fence(connection, task_id, fence)


def _same_fence(connection: Connection, task_id: str, fence: int | None) -> Task:
    present = require(connection, task_id)
    if fence is not None and present.fence != fence:
        raise fenced(present, fence)
    return present


def fenced(task: Task, fence: int) -> Fenced:
    """The error for an execution that holds an older fence than the task's."""
    return Fenced(
        f"Task {task.id} has been taken over by a newer execution ({task.fence}); this one ({fence}) ends.",
        fix="Nothing to do: the newer execution carries on.",
    )


def _not_from(task: Task, target: TaskState) -> Conflict:
    expected = " or ".join(sorted(sources(target))) or "no state at all"
    return Conflict(
        f"Task {task.id} cannot become {target}: expected {expected}, got {task.state}.",
        fix="Look at the task's present state, then decide again.",
    )
