"""Reads handoffs. Admission creates a handoff with its task; executions change both together."""

from __future__ import annotations

from sqlalchemy import or_, select

from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import Handoff
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import every, only
from claw_discord_coord.registry.storage.schema import handoffs


class Handoffs(Part):
    """The handoffs."""

    async def of_task(self, task_id: str) -> list[Handoff]:
        """Return the handoffs that a task gave or received, oldest first."""
        query = (
            select(handoffs)
            .where(or_(handoffs.c.from_task == task_id, handoffs.c.to_task == task_id))
            .order_by(handoffs.c.number)
        )
        return await self._database.read(every, Handoff, query)

    async def get(self, handoff_id: str) -> Handoff:
        """Return the handoff.

        Raises:
            UsageError: There is no such handoff.
        """
        query = select(handoffs).where(handoffs.c.id == handoff_id)
        handoff = await self._database.read(only, Handoff, query)
        if handoff is None:
            raise UsageError(f"There is no handoff {handoff_id!r}.", fix="Ask registry_status for the task.")
        return handoff
