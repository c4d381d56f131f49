"""Notices when another coordinator has taken over the registry."""

from __future__ import annotations

import asyncio
import logging

from claw_discord_coord.coordination.runs import Runs
from claw_discord_coord.errors import RegistryUnavailable
from claw_discord_coord.registry.storage.lock import Hold

LOOK_EVERY_S = 5.0
"""The pause between two looks at the lock of the registry."""

log = logging.getLogger(__name__)


async def watch_for_takeover(held: Hold, runs: Runs, lost: asyncio.Event) -> None:
    """Watch the lock of the registry. After a loss, leave all runs to the new owner and set `lost`."""
    # A restart of the PostgreSQL server drops the lock, and another coordinator may get it first.
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            if await asyncio.to_thread(held.still):
                continue
        except RegistryUnavailable as error:
            log.warning("could not ask for the owner of the registry: %s", error)
            continue
        log.error("another coordinator has taken over this registry; this one ends")
        await runs.abandon()
        lost.set()
        return
