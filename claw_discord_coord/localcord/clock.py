"""The clock that the local Discord lives by, which tests may move forward."""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

log = logging.getLogger(__name__)

_MOST_S = 100 * 365 * 86_400.0


@dataclass(order=True)
class Timer:
    """Something to be done at a moment; `cancel()` takes it back."""

    when_s: float
    number: int
    action: Callable[[], None] = field(compare=False)
    canceled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Make sure the action will not be run; harmless after it has run."""
        self.canceled = True


class Clock:
    """Wall time that never runs backwards, plus whatever it was moved forward.

    Timers run on the event loop; moving the clock runs those that became due before `advance` returns.
    """

    def __init__(self, offset_s: float = 0.0) -> None:
        self._base_s = time.time() - time.monotonic()
        self.offset_s = offset_s
        self._unique_ms = 0
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._wakeup: asyncio.TimerHandle | None = None

    def now_s(self) -> float:
        """Seconds since 1970."""
        return self._base_s + time.monotonic() + self.offset_s

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return int(self.now_s() * 1000)

    def now_iso(self) -> str:
        """The moment in the form Discord writes it, e.g. `2026-11-21T21:00:00.123000+00:00`."""
        return iso(self.now_s())

    def unique_iso(self) -> str:
        """The moment as `now_iso` writes it, but later than any this gave before: fit for paging by time."""
        self._unique_ms = max(self.now_ms(), self._unique_ms + 1)
        return iso(self._unique_ms / 1000)

    def call_later(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Run `action` once `delay_s` have passed on this clock."""
        timer = Timer(self.now_s() + delay_s, next(self._numbers), action)
        heapq.heappush(self._timers, timer)
        self._arm()
        return timer

    def advance(self, seconds: float) -> None:
        """Move the clock forward and run what became due, in order; raises ValueError for any other way."""
        if not 0 <= seconds <= _MOST_S:
            raise ValueError("the clock only moves forward, by a hundred years at most")
        self.offset_s += seconds
        self._run_due()

    def close(self) -> None:
        """Forget all timers."""
        self._timers.clear()
        if self._wakeup is not None:
            self._wakeup.cancel()
            self._wakeup = None

    def _run_due(self) -> None:
        while self._timers and self._timers[0].when_s <= self.now_s():
            timer = heapq.heappop(self._timers)
            if timer.canceled:
                continue
            try:
                timer.action()
            except Exception:
                log.exception("something that was due failed; the timers after it go on")
        self._arm()

    def _arm(self) -> None:
        while self._timers and self._timers[0].canceled:
            heapq.heappop(self._timers)
        if self._wakeup is not None:
            self._wakeup.cancel()
            self._wakeup = None
        if self._timers:
            delay_s = max(0.0, self._timers[0].when_s - self.now_s())
            self._wakeup = asyncio.get_running_loop().call_later(delay_s, self._run_due)


def iso(seconds: float) -> str:
    """Write a moment (seconds since 1970) the way Discord does, with milliseconds."""
    moment = datetime.fromtimestamp(int(seconds * 1000 + 0.001) / 1000, UTC)
    return moment.isoformat(timespec="microseconds")


def from_iso(text: str) -> float:
    """Read a moment in ISO 8601 as seconds since 1970; raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
