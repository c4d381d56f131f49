"""Goes on asking while a counterpart cannot be reached."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from claw_discord_coord.errors import Unavailable

FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 15.0

T = TypeVar("T")
log = logging.getLogger(__name__)


async def until_available(name: str, do: Callable[[], Awaitable[T]]) -> T:
    """Its answer, once it can be had; only Unavailable is waited out. `name` is for the log."""
    delay_s = FIRST_RETRY_S
    while True:
        try:
            return await do()
        except Unavailable as error:
            log.warning("%s waits %.1f s: %s", name, delay_s, error)
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * 2, LONGEST_RETRY_S)
