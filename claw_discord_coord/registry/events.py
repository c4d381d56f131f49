"""Stores the history of every task, one event per line."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, insert, select

from claw_discord_coord.models import Event
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import every, one_at_a_time
from claw_discord_coord.registry.storage.schema import events
from claw_discord_coord.registry.tasks import require


class Events(Part):
    """The events in the order of their commits."""

    async def add(
        self,
        task_id: str | None,
        type: str,  # noqa: A002 - the field's name
        text: str,
        data: dict[str, Any] | None = None,
    ) -> Event:
        """Store an event. A repeated call stores another event.

        Raises:
            UnknownTask: There is no such task.
        """
        return await self._database.write(_add, task_id, type, text, data, self._clock())

    async def of_task(self, task_id: str, limit: int = 200, *, types: Collection[str] | None = None) -> list[Event]:
        """Return a task's events, oldest first, optionally only of some types."""
        query = select(events).where(events.c.task_id == task_id).order_by(events.c.id).limit(limit)
        if types is not None:
            query = query.where(events.c.type.in_(types))
        return await self._database.read(every, Event, query)

    async def unresolved(self, lasting: Collection[str], passing: str, *, within: timedelta, limit: int) -> list[Event]:
        """Return the events of the types `lasting`, and those of type `passing` that are a task's last, newest first.

        Args:
            lasting: The types of events that always count.
            passing: The type of events that count until the task has another event.
            within: The age of the oldest event.
            limit: The largest number of events.
        """
        return await self._database.read(_unresolved, lasting, passing, self._clock() - within, limit)


def _unresolved(
    connection: Connection, lasting: Collection[str], passing: str, since: datetime, limit: int
) -> list[Event]:
    later = events.alias()
    is_last = ~exists().where(later.c.task_id == events.c.task_id, later.c.id > events.c.id)
    newest = select(events).where(events.c.at >= since).order_by(events.c.at.desc(), events.c.id.desc()).limit(limit)
    # One query for each type, since no index has the events of two types in one order.
    found = [event for kind in lasting for event in every(connection, Event, newest.where(events.c.type == kind))]
    found += every(connection, Event, newest.where(events.c.type == passing, is_last))
    return sorted(found, key=lambda event: event.id, reverse=True)[:limit]


def _add(
    connection: Connection, task_id: str | None, kind: str, text: str, data: dict[str, Any] | None, at: datetime
) -> Event:
    if task_id is not None:
        require(connection, task_id)
    return tell(connection, task_id, kind, text, data, at=at)


def tell(
    connection: Connection,
    task_id: str | None,
    kind: str,
    text: str,
    data: dict[str, Any] | None = None,
    *,
    at: datetime,
) -> Event:
    """Store an event as the last statement of a transaction.

    From here on the transaction blocks all other transactions that store events. Therefore ids rise in the order of
    commits on PostgreSQL too.
    """
    one_at_a_time(connection, "events")
    row = {"task_id": task_id, "at": at, "type": kind, "text": text, "data": data or {}}
    return every(connection, Event, insert(events).values(row).returning(events))[0]
