"""Faults on demand: what goes wrong, where, and how often."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

When = Literal["before", "after"]
"""Before the request has any effect, or after its effect is saved but before the answer."""

Action = Literal["status", "drop", "reset", "hang", "rate_limit", "slow"]


@dataclass(slots=True)
class HttpFault:
    """What happens to the next requests that match.

    `method` and `path` are shell patterns; the path is the one below `/api/v10`, or `/gateway` for the handshake of
    a WebSocket. The first `skip` matching requests
    are left alone, then `times` are hit (None: all until `remove()`). `hits` counts them; `hit` is set at the first.
    """

    action: Action
    method: str = "*"
    path: str = "*"
    when: When = "before"
    status: int = 500
    seconds: float = 0.0
    via: bool = True
    overall: bool = False
    scope: str = "user"
    body: str | None = None
    times: int | None = 1
    skip: int = 0
    hits: int = 0
    removed: bool = False
    hit: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def remove(self) -> None:
        """End the fault; requests that hang because of it go on."""
        self.removed = True
        self.released.set()

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault would hit this request."""
        spent = self.times is not None and self.hits >= self.times
        return not self.removed and not spent and fnmatchcase(method, self.method) and fnmatchcase(path, self.path)


@dataclass(slots=True)
class LostEvents:
    """Dispatches that never arrive, though the session counts on."""

    left: int
    name: str = "*"
    user_id: str | None = None


class Faults:
    """All faults in force; one line each to cause one. The gateway's are carried out by whoever set `on_gateway`."""

    def __init__(self) -> None:
        self._http: list[HttpFault] = []
        self.lost: list[LostEvents] = []
        self.refused_resumes = 0
        self.refused_identifies = 0
        self.ignored_heartbeats = False
        self.up = asyncio.Event()
        self.up.set()
        self.on_down: Callable[[], None] = lambda: None
        self.on_close: Callable[[int, str | None], int] = lambda code, user_id: 0
        self.on_op: Callable[[int, bool | None, str | None], int] = lambda op, data, user_id: 0

    # -- HTTP ------------------------------------------------------------------------------------------------------

    def add(self, fault: HttpFault) -> HttpFault:
        """Put a fault in force."""
        self._http.append(fault)
        return fault

    def fail(
        self,
        method: str = "*",
        path: str = "*",
        *,
        status: int = 500,
        when: When = "before",
        times: int | None = 1,
        skip: int = 0,
        body: str | None = None,
    ) -> HttpFault:
        """Answer with a status, before or after the request took effect."""
        return self.add(HttpFault("status", method, path, when, status, body=body, times=times, skip=skip))

    def drop(
        self, method: str = "*", path: str = "*", *, when: When = "before", times: int | None = 1, skip: int = 0
    ) -> HttpFault:
        """Close the connection without an answer."""
        return self.add(HttpFault("drop", method, path, when, times=times, skip=skip))

    def reset(
        self, method: str = "*", path: str = "*", *, when: When = "before", times: int | None = 1, skip: int = 0
    ) -> HttpFault:
        """Reset the connection (RST) without an answer."""
        return self.add(HttpFault("reset", method, path, when, times=times, skip=skip))

    def hang(
        self, method: str = "*", path: str = "*", *, when: When = "before", times: int | None = 1, skip: int = 0
    ) -> HttpFault:
        """Give no answer until the fault is removed."""
        return self.add(HttpFault("hang", method, path, when, times=times, skip=skip))

    def slow(
        self, seconds: float, method: str = "*", path: str = "*", *, when: When = "before", times: int | None = None
    ) -> HttpFault:
        """Answer late."""
        return self.add(HttpFault("slow", method, path, when, seconds=seconds, times=times))

    def rate_limit(
        self,
        method: str = "*",
        path: str = "*",
        *,
        retry_after: float = 1.0,
        via: bool = True,
        overall: bool = False,
        scope: str = "user",
        times: int | None = 1,
        skip: int = 0,
    ) -> HttpFault:
        """Answer 429; without `via` as Cloudflare's own page, `overall` for the global limit."""
        fault = HttpFault(
            "rate_limit", method, path, "before", 429, retry_after, via, overall, scope, None, times, skip
        )
        return self.add(fault)

    def next_for(self, method: str, path: str, when: When) -> HttpFault | None:
        """The fault that hits a request now, counted as used."""
        self._http = [fault for fault in self._http if not fault.removed]
        for fault in self._http:
            if fault.when == when and fault.matches(method, path):
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                fault.hit.set()
                return fault
        return None

    # -- gateway ---------------------------------------------------------------------------------------------------

    def close_gateway(self, code: int = 4000, *, user_id: str | None = None) -> int:
        """Close gateway connections (all, or one user's) with a code; 0 aborts the TCP connection. Answers how many."""
        return self.on_close(code, user_id)

    def reconnect(self, *, user_id: str | None = None) -> int:
        """Send op 7; answers to how many connections."""
        return self.on_op(7, None, user_id)

    def invalidate(self, *, resumable: bool = False, user_id: str | None = None) -> int:
        """Send op 9; a session that is not resumable is gone. Answers to how many connections."""
        return self.on_op(9, resumable, user_id)

    def refuse_resume(self, times: int = 1) -> None:
        """Answer the next RESUMEs with op 9 (false)."""
        self.refused_resumes = times

    def refuse_identify(self, times: int = 1) -> None:
        """Answer the next IDENTIFYs with op 9 (false)."""
        self.refused_identifies = times

    def ignore_heartbeats(self, ignored: bool = True) -> None:
        """Stop (or start again) answering heartbeats, as a dead peer would."""
        self.ignored_heartbeats = ignored

    def lose_events(self, count: int = 1, name: str = "*", *, user_id: str | None = None) -> LostEvents:
        """Let the next dispatches (of a name, to a user) vanish."""
        lost = LostEvents(count, name, user_id)
        self.lost.append(lost)
        return lost

    def loses(self, name: str, user_id: str) -> bool:
        """Whether a dispatch vanishes, counted as used."""
        for lost in self.lost:
            if lost.left > 0 and fnmatchcase(name, lost.name) and lost.user_id in (None, user_id):
                lost.left -= 1
                return True
        return False

    # -- everything ------------------------------------------------------------------------------------------------

    def down(self) -> None:
        """Break all connections and every new one until `back_up`."""
        self.up.clear()
        self.on_down()

    def back_up(self) -> None:
        """Serve again."""
        self.up.set()

    def clear(self) -> None:
        """End all faults."""
        for fault in self._http:
            fault.remove()
        self._http.clear()
        self.lost.clear()
        self.refused_resumes = self.refused_identifies = 0
        self.ignored_heartbeats = False
        self.back_up()
