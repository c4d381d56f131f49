"""Limits how often the bot sends IDENTIFY, since Discord resets the token of a bot that sends too many."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

IDENTIFIES_PER_DAY = 1000
"""The number of IDENTIFYs in 24 hours; one more resets the token (Discord documentation, events/gateway,
"Identifying")."""

_RESERVE = 100
_DAY_S = 86_400.0


class IdentifyBudgetSpent(Exception):
    """No IDENTIFY is left; `wait_s` is the time until the next."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"no IDENTIFY left for {wait_s:.0f} s")
        self.wait_s = wait_s


class IdentifyBudget:
    """The IDENTIFYs of the last 24 hours. A reserve remains for restarts and for other programs with the same token."""

    def __init__(self, clock_s: Callable[[], float], limit: int = IDENTIFIES_PER_DAY - _RESERVE) -> None:
        self._clock_s = clock_s
        self._limit = limit
        self._spent: deque[float] = deque()

    def spend(self) -> None:
        """Record one IDENTIFY before sending.

        Raises:
            IdentifyBudgetSpent: The IDENTIFY must not be sent yet.
        """
        now_s = self._clock_s()
        while self._spent and now_s - self._spent[0] >= _DAY_S:
            self._spent.popleft()
        if len(self._spent) >= self._limit:
            raise IdentifyBudgetSpent(self._spent[0] + _DAY_S - now_s)
        self._spent.append(now_s)
