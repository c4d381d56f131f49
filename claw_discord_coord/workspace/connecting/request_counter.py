"""Counts the requests that reach Discord, retries included, by cause."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp


@dataclass
class RequestCounter:
    """The number of HTTP requests that were begun."""

    requests: int = 0


# A context variable follows asyncio tasks, so retries inside discord.py count for the caller.
_current: ContextVar[RequestCounter | None] = ContextVar("discord_requests", default=None)


@contextmanager
def counted() -> Generator[RequestCounter]:
    """Count the requests of this asyncio task and of the asyncio tasks started inside."""
    counter = RequestCounter()
    token = _current.set(counter)
    try:
        yield counter
    finally:
        _current.reset(token)


def trace() -> aiohttp.TraceConfig:
    """Return the object for discord.py's `http_trace`; aiohttp calls the object in the asyncio task that sends the
    request.
    """
    config: aiohttp.TraceConfig = aiohttp.TraceConfig()
    config.on_request_start.append(_count)
    return config


async def _count(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, _request: aiohttp.TraceRequestStartParams
) -> None:
    counter = _current.get()
    if counter is not None:
        counter.requests += 1
