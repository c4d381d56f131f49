"""Looking up handoffs. They come with their task (admission) and move with it (moves)."""

from __future__ import annotations

from sqlalchemy import or_, select

from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import Handoff
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.rows import every, only
from claw_discord_coord.registry.schema import handoffs


class Handoffs(Part):
    """The handoffs that there are."""

    async def of_task(self, task_id: str) -> list[Handoff]:
        """The handoffs that a task gave or came by, oldest first."""
        query = (
            select(handoffs)
            .where(or_(handoffs.c.from_task == task_id, handoffs.c.to_task == task_id))
            .order_by(handoffs.c.number)
        )
        return await self._database.read(every, Handoff, query)

    async def get(self, handoff_id: str) -> Handoff:
        """The handoff of that id.

        Raises:
            UsageError: there is none.
        """
        query = select(handoffs).where(handoffs.c.id == handoff_id)
        handoff = await self._database.read(only, Handoff, query)
        if handoff is None:
            raise UsageError(f"There is no handoff {handoff_id!r}.", fix="Ask registry_status for the task.")
        return handoff
