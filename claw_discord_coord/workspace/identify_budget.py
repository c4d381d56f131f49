"""Keeps the bot from introducing itself to Discord so often that Discord takes its token away."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

IDENTIFIES_PER_DAY = 1000
"""How many IDENTIFYs a bot has in 24 hours; at one more its token is reset (Discord documentation, events/gateway,
"Identifying")."""

_RESERVE = 100
_DAY_S = 86_400.0


class IdentifyBudgetSpent(Exception):
    """No further IDENTIFY today; `wait_s` says for how long."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"no IDENTIFY left for {wait_s:.0f} s")
        self.wait_s = wait_s


class IdentifyBudget:
    """The IDENTIFYs of the last 24 hours; a few are kept back for restarts and other programs with this token."""

    def __init__(self, clock_s: Callable[[], float], limit: int = IDENTIFIES_PER_DAY - _RESERVE) -> None:
        self._clock_s = clock_s
        self._limit = limit
        self._spent: deque[float] = deque()

    def spend(self) -> None:
        """Note one IDENTIFY that is about to be sent.

        Raises:
            IdentifyBudgetSpent: it must not be sent yet.
        """
        now_s = self._clock_s()
        while self._spent and now_s - self._spent[0] >= _DAY_S:
            self._spent.popleft()
        if len(self._spent) >= self._limit:
            raise IdentifyBudgetSpent(self._spent[0] + _DAY_S - now_s)
        self._spent.append(now_s)
