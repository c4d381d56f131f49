"""Runs blocking work in a thread to the end, also when the caller is canceled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking work in a thread and return the result. A cancellation waits for the end of the work."""
    # A thread cannot be killed. Without the wait, a lock around this call would be free while the thread still writes.
    running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        if running.done() and not running.cancelled():
            # Retrieved, because asyncio logs an error that is never retrieved; the caller has gone.
            running.exception()
        raise
