"""Counts the requests that Discord really gets, retries included, for whoever caused them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp


@dataclass
class RequestCounter:
    """How many HTTP requests were begun."""

    requests: int = 0


_current: ContextVar[RequestCounter | None] = ContextVar("discord_tally", default=None)


@contextmanager
def counted() -> Generator[RequestCounter]:
    """Count the requests made inside, in this asyncio task and those it starts there."""
    tally = RequestCounter()
    token = _current.set(tally)
    try:
        yield tally
    finally:
        _current.reset(token)


def trace() -> aiohttp.TraceConfig:
    """Make what discord.py's `http_trace` takes; aiohttp calls it in the asyncio task that asks."""
    config: aiohttp.TraceConfig = aiohttp.TraceConfig()
    config.on_request_start.append(_count)
    return config


async def _count(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, _request: aiohttp.TraceRequestStartParams
) -> None:
    tally = _current.get()
    if tally is not None:
        tally.requests += 1
