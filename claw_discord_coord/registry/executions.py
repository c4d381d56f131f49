"""Changes the states of tasks. Each change is one guarded update and one event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from claw_discord_coord.errors import Conflict, Fenced
from claw_discord_coord.models import Result, Task, TaskLocation, TaskState
from claw_discord_coord.registry.events import tell
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import one_at_a_time, only
from claw_discord_coord.registry.storage.schema import events, handoffs, tasks
from claw_discord_coord.registry.tasks import folded, next_version, require
from claw_discord_coord.registry.transitions import FINAL, HANDOFF_ALLOWED, before, handoff_state, sources
from claw_discord_coord.text.excerpts import beginning

CLOSED = "task.closed"
"""The type of every task's last event."""

ANSWER_CHARS = 1_000
"""The length of the excerpt of the receiver's result that a handoff keeps. The receiver's task has the whole result."""

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
    """Changes by executions of a workflow. A replayed change returns the same result without a second effect."""

    async def claim(self, task_id: str) -> Task | None:
        """Begin an execution: raise the task's fence by one, mark an execution as due, and return the task.

        Executions with an older fence can change nothing afterwards. The mark stays until `handled`. Returns None for
        an ended task with nothing left to do.

        Raises:
            UnknownTask: There is no such task.
        """
        return await self._database.write(_claim, task_id)

    async def handled(self, task: Task) -> Task:
        """End an execution: everything is done that was due when the execution claimed `task`.

        A request that came since keeps the task due.

        Raises:
            Fenced: A newer execution has claimed the task.
        """
        return await self._database.write(_handled, task, self._clock())

    async def begin_waiting(self, agent: str, *, concurrency: int) -> list[Task]:
        """Start work on the agent's oldest waiting tasks, as many as the agent has free slots. Returns the tasks.

        `started_at` keeps the time of the first start.

        Args:
            agent: The agent.
            concurrency: The number of tasks that the agent works on at the same time.
        """
        return await self._database.write(_begin_waiting, agent, concurrency, self._clock())

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
        """Change the task's state to `target`, and the state of the handoff that created the task.

        Returns a task that is in `target` already unchanged.

        Args:
            task_id: The task.
            target: The new state.
            fence: The fence of the execution; None skips the check.
            reason: The reason for the state; replaces the earlier reason.
            result: The result, if there is one.
            event: The text of the event. Default: the state and the reason.
            expired: True when the deadline has passed.

        Raises:
            UnknownTask: There is no such task.
            Fenced: A newer execution has claimed the task.
            Conflict: The present state does not allow the change.
        """
        return await self._database.write(
            _move, task_id, _Change(target, reason, result, event, expired), fence, self._clock()
        )

    async def set_location(self, task_id: str, location: TaskLocation) -> Task:
        """Store the task's location on Discord.

        Raises:
            UnknownTask: There is no such task.
        """
        place = {
            "channel_id": location.channel_id,
            "message_id": location.message_id,
            "thread_id": location.thread_id,
            "thread_url": location.url,
        }
        return await self._database.write(_place, task_id, place)


def _claim(connection: Connection, task_id: str) -> Task | None:
    due = case((tasks.c.woken > tasks.c.handled, tasks.c.woken), else_=tasks.c.handled + 1)
    open_ = tasks.c.state.not_in(FINAL) | (tasks.c.handled < tasks.c.woken)
    change = update(tasks).where(tasks.c.id == task_id, open_).values(fence=tasks.c.fence + 1, woken=due)
    claimed = only(connection, Task, change.returning(tasks))
    if claimed is None:
        require(connection, task_id)
    return claimed


def _handled(connection: Connection, task: Task, at: datetime) -> Task:
    change = update(tasks).where(tasks.c.id == task.id, tasks.c.fence == task.fence).values(handled=task.woken)
    handled = only(connection, Task, change.returning(tasks))
    if handled is None:
        return _same_fence(connection, task.id, task.fence)
    close(connection, handled, at)
    return handled


def close(connection: Connection, task: Task, at: datetime) -> None:
    """Store a task's last event once the task has ended, its workflow has, and Discord shows both."""
    if task.state not in FINAL or task.handled < task.woken or task.shown < task.version:
        return
    closed = select(events.c.id).where(events.c.task_id == task.id, events.c.type == CLOSED).limit(1)
    if connection.execute(closed).first() is None:
        tell(connection, task.id, CLOSED, "cleaned up", at=at)


def _begin_waiting(connection: Connection, agent: str, concurrency: int, at: datetime) -> list[Task]:
    # Without the lock two hosts could both count the same free slot.
    one_at_a_time(connection, "slots", agent)
    busy = select(func.count()).select_from(tasks).where(tasks.c.agent == agent, tasks.c.state == TaskState.WORKING)
    free = concurrency - connection.execute(busy).scalar_one()
    if free <= 0:
        return []
    waiting = (
        select(tasks.c.id)
        .where(
            tasks.c.agent == agent,
            tasks.c.state == TaskState.SUBMITTED,
            # A task that is being canceled, or is too late, never starts.
            tasks.c.cancel_requested.is_(None),
            tasks.c.deadline_at.is_(None) | (tasks.c.deadline_at > at),
        )
        .order_by(tasks.c.number)
        .limit(free)
    )
    working = _Change(TaskState.WORKING)
    tried = [_guarded(connection, task_id, working, None, at) for task_id in connection.scalars(waiting).all()]
    begun = [task for task in tried if task is not None]  # others have ended since, by another host
    for task in begun:
        _follow(connection, task, None, at=at)
    return begun


@dataclass(frozen=True)
class _Change:
    """A change of a task's state, with the arguments of `Executions.move`."""

    target: TaskState
    reason: str | None = None
    result: Result | None = None
    event: str | None = None
    expired: bool = False


def _move(connection: Connection, task_id: str, change: _Change, fence: int | None, at: datetime) -> Task:
    moved = _guarded(connection, task_id, change, fence, at)
    if moved is not None:
        _follow(connection, moved, change.event, expired=change.expired, at=at)
        return moved
    # A replay after a crash finds the task in its target state, and must not fail.
    present = _same_fence(connection, task_id, fence)
    if present.state is change.target:
        return present
    raise _not_from(present, change.target)


def _guarded(
    connection: Connection,
    task_id: str,
    change: _Change,
    fence: int | None,
    at: datetime,
    *further: ColumnElement[bool],
) -> Task | None:
    """Change a task's state in one update. Returns None when a guard fails."""
    guards = [tasks.c.id == task_id, tasks.c.state.in_(sources(change.target)), *further]
    if fence is not None:
        guards.append(tasks.c.fence == fence)
    changed = update(tasks).where(*guards).values(state=change.target, reason=change.reason, version=next_version())
    if change.target is TaskState.WORKING:
        # A task that worked before and waited for a review keeps its first start.
        changed = changed.values(started_at=func.coalesce(tasks.c.started_at, at), woken=tasks.c.woken + 1)
    if change.target in FINAL:
        changed = changed.values(ended_at=at)
    if change.result is not None:
        found = "\n" + folded(change.result.title, change.result.text)
        changed = changed.values(result=change.result.model_dump(mode="json"), searchable=tasks.c.searchable + found)
    return only(connection, Task, changed.returning(tasks))


def _follow(connection: Connection, task: Task, event: str | None, *, expired: bool = False, at: datetime) -> None:
    """Change the handoff's state and store the event that belong to a change of state."""
    state = handoff_state(task.state, expired=expired)
    if task.handoff_id is not None and state is not None:
        change = (
            update(handoffs)
            .where(handoffs.c.id == task.handoff_id, handoffs.c.state.in_(before(HANDOFF_ALLOWED, state)))
            .values(state=state)
        )
        if task.state in FINAL:
            completed = task.state is TaskState.COMPLETED
            answer = (
                (beginning(task.result.text, ANSWER_CHARS, more="") if task.result else None)
                if completed
                else task.reason
            )
            change = change.values(answered_at=at, answer=answer)
        connection.execute(change)
    text = event or (f"{_TOLD[task.state].rstrip('.')}: {task.reason}" if task.reason else _TOLD[task.state])
    tell(connection, task.id, f"task.{task.state}", text, at=at)


def _place(connection: Connection, task_id: str, place: dict[str, str]) -> Task:
    change = update(tasks).where(tasks.c.id == task_id).values(place).returning(tasks)
    return only(connection, Task, change) or require(connection, task_id)


def _same_fence(connection: Connection, task_id: str, fence: int | None) -> Task:
    present = require(connection, task_id)
    if fence is not None and present.fence != fence:
        raise fenced(present, fence)
    return present


def fenced(task: Task, fence: int) -> Fenced:
    """Return the error for an execution with an older fence."""
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
