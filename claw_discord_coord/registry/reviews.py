"""How a result that waits for approval is judged: once, whoever else says something at the same moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from claw_discord_coord.errors import Conflict
from claw_discord_coord.models import Event, Task, TaskState
from claw_discord_coord.registry.events import tell
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.rows import every, one_at_a_time, only
from claw_discord_coord.registry.schema import events, tasks
from claw_discord_coord.registry.tasks import require

APPROVED, REJECTED = "review.approved", "review.rejected"
"""The types of the events that are judgements; a task has at most one of them."""


class Reviews(Part):
    """Judgements are events in a task's story; whoever executes the task acts upon them."""

    async def decide(
        self, task_id: str, by: str, *, approved: bool, note: str | None = None, call: str | None = None
    ) -> Task:
        """Note a judgement of the task's result, and answer the task. The same call again is the same judgement.

        Raises:
            UnknownTask: there is no such task.
            Conflict: it has been judged already, has been told to stop, or does not wait for approval.
        """
        return await self._database.write(_judge, task_id, by, approved, note, call, self._clock())


def judgement_of(connection: Connection, task_id: str) -> Event | None:
    """The judgement of a task, if there is one."""
    query = select(events).where(events.c.task_id == task_id, events.c.type.in_((APPROVED, REJECTED)))
    return only(connection, Event, query)


def _judge(
    connection: Connection, task_id: str, by: str, approved: bool, note: str | None, call: str | None, at: datetime
) -> Task:
    one_at_a_time(connection, "tree", require(connection, task_id).root_id)  # orders it with stops of the tree, too
    (task,) = every(connection, Task, select(tasks).where(tasks.c.id == task_id).with_for_update())
    kind = APPROVED if approved else REJECTED
    present = judgement_of(connection, task_id)
    if present is not None:
        if call is not None and (present.data.get("call"), present.type) == (call, kind):
            return task
        raise judged(task, present)
    if task.cancel_requested is not None:
        raise Conflict(
            f"Task {task.id} has been told to stop by {task.cancel_requested}, so it is not judged any more."
        )
    if task.state is not TaskState.INPUT_REQUIRED:
        raise Conflict(f"Task {task.id} does not wait for approval: {task.state.value}.")
    word = kind.removeprefix("review.")
    tell(connection, task.id, kind, f"{word} by {by}" + (f": {note}" if note else ""), {"by": by, "call": call}, at=at)
    return task


def judged(task: Task, judgement: Event) -> Conflict:
    """The error for what comes after a judgement."""
    word, by = judgement.type.removeprefix("review."), judgement.data.get("by")
    return Conflict(f"Task {task.id} has already been {word} by {by}.")
