"""Keeps the board current: after every piece of news, and at most every few seconds."""

from __future__ import annotations

import asyncio
import logging

from claw_discord_coord.coordination.updates import Updates
from claw_discord_coord.errors import CoordError
from claw_discord_coord.models import DeliveryState, TaskState
from claw_discord_coord.ports import BoardView, Workspace
from claw_discord_coord.registry.registry import Registry

EVERY_S = 5.0
"""Between two edits; Discord allows about one a second, and they are wanted elsewhere."""
SHOWN_TASKS = 25
SHOWN_DELIVERIES = 20
GOING_ON = (TaskState.INPUT_REQUIRED, TaskState.WORKING, TaskState.SUBMITTED)

log = logging.getLogger(__name__)


class Board:
    """Looks at the registry when something has happened, and shows what it finds. Private tasks are not shown."""

    def __init__(self, registry: Registry, workspace: Workspace, updates: Updates) -> None:
        self._registry = registry
        self._workspace = workspace
        self._updates = updates

    async def run(self) -> None:
        """Keep it current until canceled."""
        async with self._updates.subscribe(None) as lines:
            while True:
                try:
                    await self._workspace.show_board(await self.view())
                except CoordError as error:
                    log.info("the board is not shown: %s", error)
                await asyncio.sleep(EVERY_S)
                while (await lines.get()).type in {"progress", "waiting"}:
                    pass
                while not lines.empty():
                    lines.get_nowait()

    async def view(self) -> BoardView:
        """What there is to show now."""
        tasks = [
            task
            for state in GOING_ON
            for task in await self._registry.tasks.find(state=state, limit=200)
            if not task.private
        ]
        deliveries = [
            delivery
            for state in (DeliveryState.HELD, DeliveryState.FAILED)
            for delivery in await self._registry.deliveries.find(state, limit=SHOWN_DELIVERIES)
        ]
        return BoardView(
            tasks=tuple(tasks[:SHOWN_TASKS]),
            more_tasks=len(tasks[SHOWN_TASKS:]),
            deliveries=tuple(deliveries),
            counts=await self._registry.tasks.count(),
        )
