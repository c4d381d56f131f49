"""Records that a task tree is to stop."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, select, update

from claw_discord_coord.models import Task
from claw_discord_coord.registry.events import tell
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.reviews import APPROVED, REJECTED, already_decided, decision_on
from claw_discord_coord.registry.storage.rows import every, one_at_a_time
from claw_discord_coord.registry.storage.schema import events, tasks
from claw_discord_coord.registry.tasks import require
from claw_discord_coord.registry.transitions import FINAL

_undecided = ~exists().where(events.c.task_id == tasks.c.id, events.c.type.in_((APPROVED, REJECTED)))


class Cancellations(Part):
    """Requests to cancel. A request only marks the tasks; the tasks' workflows end them."""

    async def request(self, root_of: str, by: str) -> list[Task]:
        """Mark a task and all tasks below as canceled by `by`, and return the unfinished ones, oldest first.

        From then on no task is created below them. A repeated request returns the tasks that still have to end. A task
        with a review decision is left out, since that decision is about to end the task. The first requester stays
        recorded.

        Raises:
            UnknownTask: There is no such task.
            Conflict: The task itself has a review decision, and no task below is left to cancel.
        """
        return await self._database.write(_stop_tree, root_of, by, self._clock())


def _stop_tree(connection: Connection, task_id: str, by: str, at: datetime) -> list[Task]:
    one_at_a_time(connection, "tree", require(connection, task_id).root_id)  # orders it with decisions, too
    # A recursive query, since a tree has no fixed depth and children may have children by now.
    below = select(tasks.c.id).where(tasks.c.id == task_id).cte("below", recursive=True)
    below = below.union(select(tasks.c.id).join(below, tasks.c.parent_id == below.c.id))
    running = (
        select(tasks).where(tasks.c.id.in_(select(below.c.id)), tasks.c.state.not_in(FINAL)).order_by(tasks.c.number)
    )
    ids = [task.id for task in every(connection, Task, running.where(_undecided))]
    _mark(connection, ids, by, at)
    decision = decision_on(connection, task_id)
    if not ids and decision is not None:
        raise already_decided(require(connection, task_id), decision)
    return every(connection, Task, running.where(tasks.c.id.in_(ids)))


def _mark(connection: Connection, ids: list[str], by: str, at: datetime) -> None:
    # Events come last, since an event blocks all other writers of events until the commit.
    marked: list[str] = []
    for task_id in ids:
        change = update(tasks).where(
            tasks.c.id == task_id, tasks.c.state.not_in(FINAL), tasks.c.cancel_requested.is_(None)
        )
        if connection.execute(change.values(cancel_requested=by, woken=tasks.c.woken + 1)).rowcount:
            marked.append(task_id)
    for task_id in marked:
        tell(connection, task_id, "task.cancel-requested", f"{by} asked for it to be stopped.", at=at)
