"""Counts requests and says when someone must wait.

Source: Discord documentation, topics/rate-limits; the numbers are in `limits`.
"""

import hashlib
import math
from dataclasses import dataclass, field

from .clock import Clock
from .limits import Limits, Rate
from .shapes import Json

MAJOR = ("channel_id", "guild_id", "webhook_id")
"""Top-level parameters: each value has buckets of its own."""


@dataclass(slots=True)
class _Window:
    reset_s: float
    used: int = 0


@dataclass(frozen=True, slots=True)
class Pool:
    """A rate that is not visible in headers, and what it is counted by."""

    key: str
    rate: Rate
    shared: bool = False
    code: int | None = None
    message: str = "You are being rate limited."


@dataclass(frozen=True, slots=True)
class Verdict:
    """Headers for the answer and, when the request came too fast, the body of the 429."""

    headers: dict[str, str] = field(default_factory=lambda: dict[str, str]())
    refusal: Json | None = None
    counts_as_invalid: bool = True


class RateLimits:
    """The windows of all buckets. A window begins with its first request and lasts the rate's period."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self.limits = limits
        self._windows: dict[str, _Window] = {}
        self._invalid: dict[str, _Window] = {}

    def check(
        self, method: str, template: str, major: str, caller: str, *, hidden: list[Pool], exempt: bool
    ) -> Verdict:
        """Count a request, or refuse it without counting it."""
        if not self.limits.rates:
            return Verdict()
        overall = f"global:{caller}"
        if not exempt and (wait_s := self._wait(overall, self.limits.global_rate)) > 0:
            return _refused({"X-RateLimit-Global": "true"}, "global", wait_s)
        rate, shared = self._rate_of(method, template)
        bucket = hashlib.md5(f"{method} {template}".encode(), usedforsecurity=False).hexdigest()
        key = f"{bucket}:{major}:{'' if shared else caller}"
        if (wait_s := self._wait(key, rate)) > 0:
            return _refused(self._headers(key, rate, bucket), "shared" if shared else "user", wait_s)
        for pool in hidden:
            if (wait_s := self._wait(pool.key, pool.rate)) > 0:
                self._use(key, rate)
                headers = self._headers(key, rate, bucket)
                return _refused(headers, "shared" if pool.shared else "user", wait_s, pool)
        for pool in hidden:
            self._use(pool.key, pool.rate)
        self._use(key, rate)
        if not exempt:
            self._use(overall, self.limits.global_rate)
        return Verdict(self._headers(key, rate, bucket))

    def count_invalid(self, address: str) -> None:
        """Count a 401, 403 or 429 of an address."""
        self._use_in(self._invalid, address, self.limits.invalid_requests)

    def is_banned(self, address: str) -> bool:
        """Whether an address sent too many invalid requests."""
        window = self._invalid.get(address)
        if window is None or not self.limits.rates or window.reset_s <= self._clock.now_s():
            return False
        return window.used >= self.limits.invalid_requests.count

    def reset(self) -> None:
        """Forget all that was counted."""
        self._windows.clear()
        self._invalid.clear()

    def _rate_of(self, method: str, template: str) -> tuple[Rate, bool]:
        for route in self.limits.routes:
            if route.template == template and route.method in (method, "*"):
                return route.rate, route.shared
        return self.limits.default_route, False

    def _wait(self, key: str, rate: Rate) -> float:
        window = self._windows.get(key)
        if window is None or window.used < rate.count:
            return 0.0
        return max(0.0, window.reset_s - self._clock.now_s())

    def _use(self, key: str, rate: Rate) -> None:
        self._use_in(self._windows, key, rate)

    def _use_in(self, windows: dict[str, _Window], key: str, rate: Rate) -> None:
        now_s = self._clock.now_s()
        window = windows.get(key)
        if window is None or window.reset_s <= now_s:
            if len(windows) > 10_000:
                for old in [name for name, other in windows.items() if other.reset_s <= now_s]:
                    del windows[old]
            window = windows[key] = _Window(now_s + rate.per_s)
        window.used += 1

    def _headers(self, key: str, rate: Rate, bucket: str) -> dict[str, str]:
        now_s = self._clock.now_s()
        window = self._windows.get(key) or _Window(now_s + rate.per_s)
        if window.reset_s <= now_s:
            window = _Window(now_s + rate.per_s)
        return {
            "X-RateLimit-Limit": str(rate.count),
            "X-RateLimit-Remaining": str(max(0, rate.count - window.used)),
            "X-RateLimit-Reset": f"{window.reset_s:.3f}",
            "X-RateLimit-Reset-After": f"{max(0.0, window.reset_s - now_s):.3f}",
            "X-RateLimit-Bucket": bucket,
        }


def _refused(headers: dict[str, str], scope: str, wait_s: float, pool: Pool | None = None) -> Verdict:
    wait_s = math.ceil(wait_s * 1000) / 1000
    message = pool.message if pool else "You are being rate limited."
    body: Json = {"message": message, "retry_after": wait_s, "global": scope == "global"}
    if pool is not None and pool.code is not None:
        body["code"] = pool.code
    more = {"Retry-After": str(math.ceil(wait_s)), "X-RateLimit-Scope": scope}
    return Verdict(headers | more, body, counts_as_invalid=scope != "shared")
