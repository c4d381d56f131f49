"""Keeps Discord's `retry_after` for all callers: one caller tries again, the others wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import discord
from discord.http import Route

from claw_discord_coord.workspace.connecting.discord_errors import retry_after_s

Bucket = tuple[str, str, tuple[str, ...]]
"""The key of a rate limit: the route, its channel, server or webhook, and the fields that a PATCH changes (Discord
documentation, topics/rate-limits; renaming a channel has a lower limit than other changes)."""

Request = Callable[..., Awaitable[Any]]
"""discord.py's `HTTPClient.request`: takes a Route and the request's arguments."""


@dataclass
class _Gate:
    """The cooldown of one bucket until `open_at_s`; the caller that tries again holds `turn`."""

    open_at_s: float
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    queue: int = 0


class Cooldowns:
    """The cooldowns that Discord asked for.

    discord.py forgets a cooldown that it does not sleep through, and would send a request for every caller. Too many
    refused requests ban the bot for a while (Discord documentation, topics/rate-limits, "Invalid Request Limit").
    """

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._gates: dict[Bucket, _Gate] = {}

    def kept(self, request: Request) -> Request:
        """Wrap a request function: inside a cooldown the request raises discord.RateLimited with the remaining time."""

        async def resting(route: Route, **given: Any) -> Any:
            async with self._at(_place(route, given.get("json"))):
                return await request(route, **given)

        return resting

    @asynccontextmanager
    async def _at(self, place: Bucket) -> AsyncGenerator[None]:
        gate = self._gates.get(place)
        if gate is None:
            with self._noting(place):
                yield
            return
        # A waiting caller keeps the gate alive: after `_sweep` others would create a second gate for the same bucket.
        gate.queue += 1
        try:
            async with gate.turn:
                left_s = gate.open_at_s - self._clock_s()
                # Raising instead of sleeping keeps the wait visible in the registry, and the task stays stoppable.
                if left_s > 0:
                    raise discord.RateLimited(left_s)
                with self._noting(place):
                    yield
        finally:
            gate.queue -= 1
            self._sweep()

    @contextmanager
    def _noting(self, place: Bucket) -> Generator[None]:
        try:
            yield
        except discord.RateLimited as error:
            self._rest(place, error.retry_after)
            raise
        except discord.HTTPException as error:
            # discord.py raises HTTPException after its own retries of a 429.
            if error.status == 429:
                self._rest(place, retry_after_s(error) or 0.0)
            raise

    def _rest(self, place: Bucket, rest_s: float) -> None:
        self._sweep()
        gate = self._gates.setdefault(place, _Gate(0.0))
        gate.open_at_s = max(gate.open_at_s, self._clock_s() + rest_s)

    def _sweep(self) -> None:
        """Remove the cooldowns that have passed."""
        now_s = self._clock_s()
        for place, gate in list(self._gates.items()):
            if not gate.queue and gate.open_at_s <= now_s:
                del self._gates[place]


def _place(route: Route, body: dict[str, Any] | None) -> Bucket:
    # Discord limits a rename of a channel to two in ten minutes, other changes of the same route not.
    changed = tuple(sorted(body or ())) if route.method == "PATCH" else ()
    return (route.key, route.major_parameters, changed)
