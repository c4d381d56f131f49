"""Publishes updates on tasks to subscribers, in memory."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

BACKLOG = 1_000
"""The updates that a slow subscriber may be behind."""


@dataclass(frozen=True)
class Update:
    """One change of a task.

    Attributes:
        task_id: The task; empty for an output without a task.
        type: The sort of update, which decides the content of `text`.
        text: For `placed` the link of the thread, for `state` the new state, for `progress` a line of the run, for
            `waiting` the counterpart and the pause, for `delivery` the outcome of an output, for
            `announcement` why the session that asked was not told, for `message` the name of a new message for the
            thread, for `shown` the final state that Discord shows now.
    """

    task_id: str
    type: Literal["placed", "state", "progress", "waiting", "delivery", "announcement", "message", "shown"]
    text: str


class Updates:
    """The subscribers of updates. A restart loses updates; the registry has the lasting records."""

    def __init__(self) -> None:
        self._subscribers: dict[str | None, set[asyncio.Queue[Update]]] = defaultdict(set)

    def publish(self, update: Update) -> None:
        """Pass an update to the subscribers of the task and of all tasks."""
        for subscriber in (*self._subscribers.get(update.task_id, ()), *self._subscribers.get(None, ())):
            # A full queue drops the newest update: a workflow must never wait for a slow reader.
            if not subscriber.full():
                subscriber.put_nowait(update)

    @asynccontextmanager
    async def subscribe(self, task_id: str | None) -> AsyncGenerator[asyncio.Queue[Update]]:
        """Yield a queue of all future updates on one task, or on all tasks with None."""
        queue: asyncio.Queue[Update] = asyncio.Queue(BACKLOG)
        self._subscribers[task_id].add(queue)
        try:
            yield queue
        finally:
            self._subscribers[task_id].discard(queue)
            if not self._subscribers[task_id]:
                del self._subscribers[task_id]
