"""Says of a task what it waits for, so that nobody wonders why it stands still."""

from __future__ import annotations

import logging

from claw_discord_coord.coordination.updates import Update, Updates
from claw_discord_coord.errors import CoordError, Unavailable
from claw_discord_coord.registry.registry import Registry

WAITING = "task.waiting"
"""The event that says for what, and how long if that is known."""

log = logging.getLogger(__name__)


class WaitNotices:
    """Notes pauses in the stories of tasks, and tells them as news. Deliveries count their attempts instead."""

    def __init__(self, registry: Registry, updates: Updates) -> None:
        self._registry = registry
        self._updates = updates

    async def note(self, life: str, id: str, error: Unavailable, pause_s: float) -> None:  # noqa: A002
        """A life waits; what cannot be noted is only in the log."""
        if life != "task":
            return
        known = "" if error.retry_after_s is None else f", {pause_s:.0f} s"
        text = f"waiting for {error.counterpart}{known}: {error}"
        self._updates.publish(Update(id, "waiting", text))
        try:
            await self._registry.events.add(id, WAITING, text)
        except CoordError as problem:
            log.warning("task %s is %s (which is not on record: %s)", id, text, problem)
