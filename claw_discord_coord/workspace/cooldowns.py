"""Leaves places on Discord alone for as long as Discord asks: one asks again, and the others wait for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import discord
from discord.http import Route

from claw_discord_coord.workspace.discord_errors import retry_after_s

Bucket = tuple[str, str, tuple[str, ...]]
"""What a rate limit counts by: the route, its channel, server or webhook, and what a PATCH changes (Discord
documentation, topics/rate-limits; of a channel's name it allows fewer changes than of the rest)."""

Request = Callable[..., Awaitable[Any]]
"""discord.py's `HTTPClient.request`: a Route, and whatever is to be sent there."""


@dataclass
class _Gate:
    """Stands before a place that wants rest until `open_at_s`; `turn` is held by the one who asks."""

    open_at_s: float
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    queue: int = 0


class Cooldowns:
    """The rests that Discord has asked for. discord.py forgets those that it does not sleep through, and would ask
    again for every caller, though asking in vain too often locks the bot out (ibid., "Invalid Request Limit").
    """

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._gates: dict[Bucket, _Gate] = {}

    def kept(self, request: Request) -> Request:
        """The same request, but to a resting place it raises discord.RateLimited with what is left of the rest."""

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
        gate.queue += 1
        try:
            async with gate.turn:
                left_s = gate.open_at_s - self._clock_s()
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
            if error.status == 429:
                self._rest(place, retry_after_s(error) or 0.0)
            raise

    def _rest(self, place: Bucket, rest_s: float) -> None:
        self._sweep()
        gate = self._gates.setdefault(place, _Gate(0.0))
        gate.open_at_s = max(gate.open_at_s, self._clock_s() + rest_s)

    def _sweep(self) -> None:
        """Take down the gates that keep nobody."""
        now_s = self._clock_s()
        for place, gate in list(self._gates.items()):
            if not gate.queue and gate.open_at_s <= now_s:
                del self._gates[place]


def _place(route: Route, body: dict[str, Any] | None) -> Bucket:
    changed = tuple(sorted(body or ())) if route.method == "PATCH" else ()
    return (route.key, route.major_parameters, changed)
