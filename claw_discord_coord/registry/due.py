"""Finds what is due: the tasks and deliveries whose workflows have something to do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, select

from claw_discord_coord.models import TaskState
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.schema import UNFINISHED, deliveries, tasks

Due = tuple[str, str]
"""The name of a workflow and the id of its record: `task`, `delivery` or, with an agent's name, `agent`."""


class DueWork(Part):
    """The work that is due. Waiting tasks and deliveries cost nothing until then."""

    async def now(self, at: datetime | None = None) -> list[Due]:
        """Return everything that is due at that time, by default the present, tasks in the order of creation."""
        return await self._database.read(_due, at or self._clock())

    async def next_at(self, after: datetime | None = None) -> datetime | None:
        """Return the earliest time after that time, by default the present, at which work becomes due."""
        return await self._database.read(_next_at, after or self._clock())

    async def after_start(self) -> list[Due]:
        """Return what a coordinator takes up at its start: the agents with waiting tasks, and the tasks at work.

        A task at work has a run that nobody in this process follows yet.
        """
        return await self._database.read(_after_start)


def _due(connection: Connection, at: datetime) -> list[Due]:
    woken = select(tasks.c.id).where(tasks.c.handled < tasks.c.woken).order_by(tasks.c.number)
    late = select(tasks.c.id).where(tasks.c.deadline_at <= at, _can_expire())
    sending = (
        select(deliveries.c.id).where(deliveries.c.due_at <= at).order_by(deliveries.c.due_at, deliveries.c.number)
    )
    found: list[Due] = [("task", task_id) for query in (woken, late) for task_id in connection.scalars(query)]
    return [*dict.fromkeys(found), *(("delivery", delivery_id) for delivery_id in connection.scalars(sending))]


def _can_expire() -> ColumnElement[bool]:
    # A result that waits for a person does not expire. The words of the index let the database use the index.
    return and_(UNFINISHED, tasks.c.state != TaskState.INPUT_REQUIRED)


def _next_at(connection: Connection, at: datetime) -> datetime | None:
    late = select(func.min(tasks.c.deadline_at)).where(tasks.c.deadline_at > at, _can_expire())
    sending = select(func.min(deliveries.c.due_at)).where(deliveries.c.due_at > at)
    times = [time for query in (late, sending) if (time := connection.execute(query).scalar_one()) is not None]
    return min(times, default=None)


def _after_start(connection: Connection) -> list[Due]:
    waiting = select(tasks.c.agent).where(tasks.c.state == TaskState.SUBMITTED).distinct()
    working = select(tasks.c.id).where(tasks.c.state == TaskState.WORKING).order_by(tasks.c.number)
    return [
        *(("task", task_id) for task_id in connection.scalars(working)),
        *(("agent", agent) for agent in connection.scalars(waiting)),
    ]
