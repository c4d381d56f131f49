"""How a task, or a task with all it led to, is told to stop."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, select, update

from claw_discord_coord.models import Task
from claw_discord_coord.registry.events import tell
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.reviews import APPROVED, REJECTED, judged, judgement_of
from claw_discord_coord.registry.rows import every, one_at_a_time
from claw_discord_coord.registry.schema import events, tasks
from claw_discord_coord.registry.tasks import require
from claw_discord_coord.registry.transitions import FINAL

_unjudged = ~exists().where(events.c.task_id == tasks.c.id, events.c.type.in_((APPROVED, REJECTED)))


class Cancellations(Part):
    """Requests to stop. They only note the wish; whoever executes the task ends it."""

    async def request(self, root_of: str, by: str) -> list[Task]:
        """Note the same for the task and everything below it, and answer those that have not ended, oldest first.

        From then on nothing new is started below these. Asked again, it answers those that are still to end. One whose
        result has been judged is about to end by that.

        Raises:
            UnknownTask: there is no such task.
            Conflict: the task itself has been judged, and nothing below it is left to stop.
        """
        return await self._database.write(_stop_tree, root_of, by, self._clock())


def _stop_tree(connection: Connection, task_id: str, by: str, at: datetime) -> list[Task]:
    one_at_a_time(connection, "tree", require(connection, task_id).root_id)  # orders it with judgements, too
    below = select(tasks.c.id).where(tasks.c.id == task_id).cte("below", recursive=True)
    below = below.union(select(tasks.c.id).join(below, tasks.c.parent_id == below.c.id))
    running = (
        select(tasks).where(tasks.c.id.in_(select(below.c.id)), tasks.c.state.not_in(FINAL)).order_by(tasks.c.number)
    )
    ids = [task.id for task in every(connection, Task, running.where(_unjudged))]
    _mark(connection, ids, by, at)
    judgement = judgement_of(connection, task_id)
    if not ids and judgement is not None:
        raise judged(require(connection, task_id), judgement)
    return every(connection, Task, running.where(tasks.c.id.in_(ids)))


def _mark(connection: Connection, ids: list[str], by: str, at: datetime) -> None:
    marked: list[str] = []
    for task_id in ids:
        change = update(tasks).where(
            tasks.c.id == task_id, tasks.c.state.not_in(FINAL), tasks.c.cancel_requested.is_(None)
        )
        if connection.execute(change.values(cancel_requested=by)).rowcount:
            marked.append(task_id)
    for task_id in marked:
        tell(connection, task_id, "task.cancel-requested", f"{by} asked for it to be stopped.", at=at)
