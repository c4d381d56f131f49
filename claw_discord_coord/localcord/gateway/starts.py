"""How many sessions a bot may start. Source: Discord documentation, events/gateway, "Session Start Limit"."""

from collections import defaultdict

from ..clock import Clock
from ..limits import Limits
from ..shapes import Json

DAY_S = 86_400.0


class SessionStarts:
    """Counts IDENTIFYs by user: so many a day, and so many every few seconds."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self.limits = limits
        self._starts: defaultdict[str, list[float]] = defaultdict(list)

    def _today(self, user_id: str) -> list[float]:
        since_s = self._clock.now_s() - DAY_S
        self._starts[user_id] = [moment for moment in self._starts[user_id] if moment > since_s]
        return self._starts[user_id]

    def as_json(self, user_id: str) -> Json:
        """`SessionStartLimit` of a bot."""
        today = self._today(user_id)
        reset_s = today[0] + DAY_S - self._clock.now_s() if today else 0.0
        return {
            "total": self.limits.identifies_per_day,
            "remaining": max(0, self.limits.identifies_per_day - len(today)),
            "reset_after": int(reset_s * 1000),
            "max_concurrency": self.limits.max_concurrency,
        }

    def is_used_up(self, user_id: str) -> bool:
        """Whether there are no starts left today."""
        return len(self._today(user_id)) >= self.limits.identifies_per_day

    def is_too_fast(self, user_id: str) -> bool:
        """Whether the last starts were too close together."""
        if not self.limits.rates:
            return False
        since_s = self._clock.now_s() - self.limits.identify_every_s
        recent = sum(moment > since_s for moment in self._today(user_id))
        return recent >= self.limits.max_concurrency

    def count(self, user_id: str) -> None:
        """Note a start."""
        self._today(user_id).append(self._clock.now_s())
