"""One queue per destination: so many at once, so many in a minute."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

WINDOW_S = 60.0


class Queue:
    """Lets deliveries to one destination pass in the order they come, no faster than it takes them."""

    def __init__(self, *, at_once: int, per_minute: int | None, clock_s: Callable[[], float]) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._per_minute = per_minute
        self._clock_s = clock_s
        self._pace = asyncio.Lock()
        self._begun: deque[float] = deque()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for one's turn, and have it while the context lasts."""
        async with self._places:
            await self._wait_for_the_minute()
            yield

    async def _wait_for_the_minute(self) -> None:
        if self._per_minute is None:
            return
        async with self._pace:
            while len(self._begun) >= self._per_minute:
                rest_s = self._begun[0] + WINDOW_S - self._clock_s()
                if rest_s > 0:
                    await asyncio.sleep(rest_s)
                else:
                    self._begun.popleft()
            self._begun.append(self._clock_s())
