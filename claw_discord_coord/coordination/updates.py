"""Tells those who wait for a task what happens to it, line by line."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

BACKLOG_LINES = 1_000
"""How many lines a slow listener may be behind; beyond that it loses the newest, since news are a courtesy."""


@dataclass(frozen=True)
class Line:
    """One piece of news: `placed` (text: the thread's link), `state` (text: the state), `progress` (text: what the run
    said), `waiting` (text: for what, and how long) or `delivery` (text: what became of an output). `task_id` is empty
    for an output of no task.
    """

    task_id: str
    type: Literal["placed", "state", "progress", "waiting", "delivery"]
    text: str


class Updates:
    """Lines of news, in memory only; what must not be lost is in the registry."""

    def __init__(self) -> None:
        self._listeners: dict[str | None, set[asyncio.Queue[Line]]] = defaultdict(set)

    def tell(self, line: Line) -> None:
        """Pass a line on to everyone who listens to its task, or to all tasks, now."""
        for listener in (*self._listeners.get(line.task_id, ()), *self._listeners.get(None, ())):
            if not listener.full():
                listener.put_nowait(line)

    @asynccontextmanager
    async def listen(self, task_id: str | None) -> AsyncGenerator[asyncio.Queue[Line]]:
        """A queue of the lines told from now on of one task, or of all with None."""
        queue: asyncio.Queue[Line] = asyncio.Queue(BACKLOG_LINES)
        self._listeners[task_id].add(queue)
        try:
            yield queue
        finally:
            self._listeners[task_id].discard(queue)
            if not self._listeners[task_id]:
                del self._listeners[task_id]
