"""Retries a call while the counterpart cannot be reached."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from claw_discord_coord.errors import RegistryUnavailable, Unavailable

FIRST_RETRY_S = 0.25
LONGEST_RETRY_S = 15.0
LONGEST_DATABASE_RETRY_S = 2.0
"""The longest pause for the registry's database: all work stands still meanwhile, and an attempt costs little."""

REPORTED_FROM_S = 2.0
"""The shortest pause that is reported; people need not hear of shorter ones."""

Waiting = Callable[[Unavailable, float], Awaitable[None]]
"""Called with the reason of a pause and its length in seconds."""

T = TypeVar("T")
log = logging.getLogger(__name__)


async def retry_until_available(
    name: str, do: Callable[[], Awaitable[T]], *, waiting: Waiting | None = None, wake_up: asyncio.Event | None = None
) -> T:
    """Return the result of `do`, and repeat the call while the call raises Unavailable.

    Args:
        name: The call's name in the log.
        do: The call. Pauses between calls grow, and are never shorter than the counterpart asks for.
        waiting: Called for the first long pause, and for every longer pause on request of the counterpart.
        wake_up: Setting this event ends the pause, since something has changed.
    """
    delay_s, reported, wake_up = FIRST_RETRY_S, False, wake_up or asyncio.Event()
    while True:
        # Cleared before the call, not after: a change during the call must lead to another call.
        wake_up.clear()
        try:
            return await do()
        except Unavailable as error:
            longest_s = LONGEST_DATABASE_RETRY_S if isinstance(error, RegistryUnavailable) else LONGEST_RETRY_S
            pause_s = max(min(delay_s, longest_s), error.retry_after_s or 0.0)
            log.warning("%s waits %.1f s: %s", name, pause_s, error)
            if waiting is not None and pause_s >= REPORTED_FROM_S and (not reported or pause_s > LONGEST_RETRY_S):
                reported = True
                await waiting(error, pause_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await wake_up.wait()
        delay_s = min(delay_s * 2, LONGEST_RETRY_S)
