"""Stores what is not on Discord yet: changed tasks, and messages for their threads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, case, delete, select, update

from claw_discord_coord.models import DeliveryState, Task, TaskState, ThreadMessage
from claw_discord_coord.registry.executions import close
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import every, insert_new, only
from claw_discord_coord.registry.storage.schema import deliveries, tasks, thread_messages
from claw_discord_coord.registry.tasks import next_version
from claw_discord_coord.registry.transitions import FINAL

QUEUE_SHOWN = 10
"""The waiting tasks of an agent that Discord shows. The others would spend threads, of which a server has few, and one
more edit each; the board has their number."""

_URGENCY = case(
    (tasks.c.state == TaskState.INPUT_REQUIRED, 0),
    (tasks.c.state.in_(FINAL), 1),
    (tasks.c.state == TaskState.WORKING, 2),
    else_=3,
)
"""People are waited for first; then come results, work in progress, and the queue."""


@dataclass(frozen=True)
class ToSay:
    """The messages for a task's thread, oldest first. `asking`: a delivery waits for an approval of its own."""

    messages: list[ThreadMessage]
    asking: bool


class Showing(Part):
    """The changes of tasks that are not private and not on Discord yet."""

    async def next(
        self, limit: int, *, queues: Collection[str] = (), without: Collection[str] = (), placed: bool = False
    ) -> list[Task]:
        """Return the most urgent tasks that have changed since Discord showed them.

        Args:
            limit: The largest number of tasks.
            queues: The agents of which only the first waiting tasks are returned.
            without: The ids of tasks to leave out.
            placed: True to return only tasks that have a thread.
        """
        return await self._database.read(_next, limit, queues, without, placed)

    async def comes_soon(self, task_id: str, limit: int, *, queues: Collection[str] = ()) -> bool:
        """Return whether the task is among the first `limit` tasks of `next`."""
        return await self._database.read(
            lambda connection: task_id in connection.scalars(_urgent(connection, limit, queues, tasks.c.id)).all()
        )

    async def shown(self, task: Task) -> bool:
        """Record that Discord shows this version of the task. Returns False when the task has changed since."""
        return await self._database.write(_shown, task, self._clock())

    async def add_message(self, task_id: str, event: str, text: str, deliveries: Sequence[str] = ()) -> None:
        """Store a message for the task's thread, once per `event`."""
        await self._database.write(_add_message, task_id, event, text, deliveries)

    async def messages(self, task_id: str) -> list[ThreadMessage]:
        """Return the messages for the task's thread, oldest first."""
        return (await self.to_say(task_id)).messages

    async def to_say(self, task_id: str) -> ToSay:
        """Return what the task's thread does not show yet, and whether the thread has an open question."""
        return await self._database.read(_to_say, task_id)

    async def sent(self, message: ThreadMessage) -> None:
        """Delete a message that is on Discord."""
        change = delete(thread_messages).where(thread_messages.c.number == message.number)
        await self._database.write(lambda connection: connection.execute(change) and None)


def _next(
    connection: Connection, limit: int, queues: Collection[str], without: Collection[str], placed: bool
) -> list[Task]:
    # Sorts the numbers of the tasks alone: whole tasks have texts and results.
    urgent = _urgent(connection, limit, queues, tasks.c.number).where(tasks.c.id.not_in(without))
    if placed:
        urgent = urgent.where(tasks.c.thread_id.is_not(None))
    query = select(tasks).where(tasks.c.number.in_(urgent)).order_by(_URGENCY, tasks.c.number)
    return every(connection, Task, query)


def _urgent(connection: Connection, limit: int, queues: Collection[str], column: Column[Any]) -> Select[Any]:
    unshown = select(column).where(tasks.c.shown < tasks.c.version)
    for agent in queues:
        waiting = (tasks.c.agent == agent) & (tasks.c.state == TaskState.SUBMITTED)
        first_hidden = select(tasks.c.number).where(waiting).order_by(tasks.c.number).offset(QUEUE_SHOWN).limit(1)
        number = connection.execute(first_hidden).scalar_one_or_none()
        if number is not None:
            unshown = unshown.where(~(waiting & (tasks.c.number >= number)))
    return unshown.order_by(_URGENCY, tasks.c.number).limit(limit)


def _to_say(connection: Connection, task_id: str) -> ToSay:
    messages = select(thread_messages).where(thread_messages.c.task_id == task_id).order_by(thread_messages.c.number)
    held = (deliveries.c.state == DeliveryState.HELD) & deliveries.c.held_for.is_(None)
    asking = select(deliveries.c.id).where(deliveries.c.task_id == task_id, held).limit(1)
    return ToSay(every(connection, ThreadMessage, messages), connection.execute(asking).first() is not None)


def _shown(connection: Connection, task: Task, at: datetime) -> bool:
    change = update(tasks).where(tasks.c.id == task.id, tasks.c.shown < task.version).values(shown=task.version)
    shown = only(connection, Task, change.returning(tasks))
    if shown is None:  # shown by an earlier attempt
        return False
    close(connection, shown, at)
    return shown.shown == shown.version


def _add_message(connection: Connection, task_id: str, event: str, text: str, deliveries: Sequence[str]) -> None:
    row = {"task_id": task_id, "event": event, "text": text, "deliveries": list(deliveries)}
    if insert_new(connection, thread_messages, row):
        connection.execute(update(tasks).where(tasks.c.id == task_id).values(version=next_version()))
