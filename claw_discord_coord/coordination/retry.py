"""Goes on asking while a counterpart cannot be reached."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from claw_discord_coord.errors import Unavailable

FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 15.0

TOLD_FROM_S = 2.0
"""From which pause on it is told that something waits; shorter ones are nobody's business."""

Waiting = Callable[[Unavailable, float], Awaitable[None]]
"""Is told of a pause: why, and for how many seconds."""

T = TypeVar("T")
log = logging.getLogger(__name__)


async def retry_until_available(
    name: str, do: Callable[[], Awaitable[T]], *, waiting: Waiting | None = None, nudge: asyncio.Event | None = None
) -> T:
    """Its answer, once it can be had; only Unavailable is waited out, for as long as the counterpart asks at least.

    `name` is for the log. `waiting` is told of the first pause that is worth telling, and of each that the counterpart
    asks for. Setting `nudge` ends the pause: something has changed, and `do` is to look at once.
    """
    delay_s, told, nudge = FIRST_RETRY_S, False, nudge or asyncio.Event()
    while True:
        nudge.clear()
        try:
            return await do()
        except Unavailable as error:
            pause_s = max(delay_s, error.retry_after_s or 0.0)
            log.warning("%s waits %.1f s: %s", name, pause_s, error)
            if waiting is not None and pause_s >= TOLD_FROM_S and (not told or pause_s > LONGEST_RETRY_S):
                told = True
                await waiting(error, pause_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await nudge.wait()
        delay_s = min(delay_s * 2, LONGEST_RETRY_S)
