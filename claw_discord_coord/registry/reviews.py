"""Records review decisions on results. The first decision counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from claw_discord_coord.errors import Conflict
from claw_discord_coord.models import Event, Task, TaskState
from claw_discord_coord.registry.events import tell
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import every, one_at_a_time, only
from claw_discord_coord.registry.storage.schema import events, tasks
from claw_discord_coord.registry.tasks import require

APPROVED, REJECTED = "review.approved", "review.rejected"
"""The types of the events that are judgments; a task has at most one of them."""


class Reviews(Part):
    """Review decisions. A decision is an event of the task; the task's workflow acts on the event."""

    async def decide(
        self, task_id: str, by: str, *, approved: bool, note: str | None = None, call: str | None = None
    ) -> Task:
        """Record a decision on the task's result. A repeated call is the same decision.

        Raises:
            UnknownTask: There is no such task.
            Conflict: The task has a decision already, is being canceled, or does not wait for a review.
        """
        return await self._database.write(_decide, task_id, by, approved, note, call, self._clock())


def decision_on(connection: Connection, task_id: str) -> Event | None:
    """Return the event with the decision, if there is one."""
    query = select(events).where(events.c.task_id == task_id, events.c.type.in_((APPROVED, REJECTED)))
    return only(connection, Event, query)


def _decide(
    connection: Connection, task_id: str, by: str, approved: bool, note: str | None, call: str | None, at: datetime
) -> Task:
    # Orders the decision with cancellations of the tree.
    one_at_a_time(connection, "tree", require(connection, task_id).root_id)
    (task,) = every(connection, Task, select(tasks).where(tasks.c.id == task_id).with_for_update())
    kind = APPROVED if approved else REJECTED
    present = decision_on(connection, task_id)
    if present is not None:
        # The same call again, after a lost response, is not a second decision.
        if call is not None and (present.data.get("call"), present.type) == (call, kind):
            return task
        raise already_decided(task, present)
    # A STOP wins over a later decision, as the first decision wins over a later STOP.
    if task.cancel_requested is not None:
        raise Conflict(
            f"Task {task.id} has been told to stop by {task.cancel_requested}, so a decision comes too late."
        )
    if task.state is not TaskState.INPUT_REQUIRED:
        raise Conflict(f"Task {task.id} does not wait for a review: {task.state.value}.")
    connection.execute(update(tasks).where(tasks.c.id == task.id).values(woken=tasks.c.woken + 1))
    word = kind.removeprefix("review.")
    tell(connection, task.id, kind, f"{word} by {by}" + (f": {note}" if note else ""), {"by": by, "call": call}, at=at)
    return task


def already_decided(task: Task, decision: Event) -> Conflict:
    """Return the error for a decision or cancellation that comes too late."""
    word, by = decision.type.removeprefix("review."), decision.data.get("by")
    return Conflict(f"Task {task.id} has already been {word} by {by}.")
