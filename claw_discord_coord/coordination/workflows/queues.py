"""Limits how many deliveries one destination takes at once and per minute."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

WINDOW_S = 60.0


class Queue:
    """Passes the deliveries of one destination in the order of arrival.

    Args:
        at_once: The most deliveries at one time.
        per_minute: The most starts of deliveries within 60 seconds; None for no limit.
        clock_s: A monotonic clock.
    """

    def __init__(self, *, at_once: int, per_minute: int | None, clock_s: Callable[[], float]) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._per_minute = per_minute
        self._clock_s = clock_s
        self._pace = asyncio.Lock()
        self._begun: deque[float] = deque()

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for a turn, which lasts as long as the context."""
        async with self._slots:
            await self._wait_for_the_minute()
            yield

    async def _wait_for_the_minute(self) -> None:
        if self._per_minute is None:
            return
        # The lock is held while sleeping: waiting deliveries then begin in the order of their arrival.
        async with self._pace:
            while len(self._begun) >= self._per_minute:
                rest_s = self._begun[0] + WINDOW_S - self._clock_s()
                if rest_s > 0:
                    await asyncio.sleep(rest_s)
                else:
                    self._begun.popleft()
            self._begun.append(self._clock_s())
