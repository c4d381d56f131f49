"""Records the reasons for pauses of tasks."""

from __future__ import annotations

import logging

from claw_discord_coord.coordination.updates import Update, Updates
from claw_discord_coord.errors import CoordError, Unavailable
from claw_discord_coord.registry.registry import Registry

WAITING = "task.waiting"
"""The event that names the counterpart, and the pause when its length is known."""

UNSHOWN = "discord.waiting"
"""The event about a task whose present state Discord cannot show yet."""

log = logging.getLogger(__name__)


class WaitNotices:
    """Records the pauses of tasks as events, and publishes the pauses as updates."""

    def __init__(self, registry: Registry, updates: Updates) -> None:
        self._registry = registry
        self._updates = updates

    async def record(self, workflow: str, id: str, error: Unavailable, pause_s: float) -> None:  # noqa: A002
        """Record the pause of a task's workflow; the log has the pause even when the registry cannot be reached."""
        if workflow != "task":  # a delivery counts its attempts instead
            return
        await self._record(id, WAITING, error, pause_s)

    async def record_unshown(self, task_id: str, error: Unavailable, pause_s: float) -> None:
        """Record that Discord cannot show the task for a while; the work goes on."""
        await self._record(task_id, UNSHOWN, error, pause_s)

    async def _record(self, task_id: str, type_: str, error: Unavailable, pause_s: float) -> None:
        known = "" if error.retry_after_s is None else f", {pause_s:.0f} s"
        text = f"waiting for {error.counterpart}{known}: {error}"
        self._updates.publish(Update(task_id, "waiting", text))
        try:
            await self._registry.events.add(task_id, type_, text)
        except CoordError as problem:
            log.warning("task %s: %s (not recorded: %s)", task_id, text, problem)
