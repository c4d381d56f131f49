"""Keeps the board on Discord current."""

from __future__ import annotations

import asyncio
import logging

from claw_discord_coord.coordination.privacy import deliveries_for_others, task_for_others
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.task_posts import needing_attention
from claw_discord_coord.errors import CoordError
from claw_discord_coord.models import Delivery, DeliveryState, Task, TaskState
from claw_discord_coord.ports import BoardView, FinishedTask

EVERY_S = 5.0
"""The shortest time between two edits. Discord allows about one a second, and threads need most of them."""
SHOWN_TASKS = 25
SHOWN_DELIVERIES = 20
SHOWN_FINISHED = 5
LOOKED_AT_FINISHED = 50
"""The newest tasks of a state among which the last ended are looked for, since tasks do not end in their order."""
ENDED = (TaskState.COMPLETED, TaskState.FAILED)
SHOWN_ANNOUNCEMENTS = 5
SHOWN_REFUSED = 5
GOING_ON = (TaskState.INPUT_REQUIRED, TaskState.WORKING, TaskState.SUBMITTED)

log = logging.getLogger(__name__)


class Board:
    """Shows the unfinished tasks, the last ended ones with their results, and the deliveries that need a person.

    Private tasks are left out.
    """

    def __init__(self, services: Services) -> None:
        self._registry = services.registry
        self._workspace = services.workspace
        self._updates = services.updates

    async def run(self) -> None:
        """Keep the board current until canceled."""
        async with self._updates.subscribe(None) as updates:
            while True:
                try:
                    await self._workspace.show_board(await self.view())
                except CoordError as error:
                    log.info("could not show the board: %s", error)
                await asyncio.sleep(EVERY_S)
                # Progress and pauses change nothing on the board.
                while (await updates.get()).type in {"progress", "waiting", "placed", "message"}:
                    pass
                # One view shows everything that happened in the meantime.
                while not updates.empty():
                    updates.get_nowait()

    async def view(self) -> BoardView:
        """Return the present view."""
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
            deliveries=tuple(await deliveries_for_others(self._registry, deliveries)),
            delivery_tasks={
                task_id: task_for_others(await self._registry.tasks.get(task_id))
                for task_id in {delivery.task_id for delivery in deliveries}
                if task_id is not None
            },
            counts=await self._registry.tasks.count(),
            finished=await self._finished(),
            not_posted=tuple(
                event.task_id
                for event in await needing_attention(self._registry, limit=SHOWN_REFUSED)
                if event.task_id is not None
            ),
            not_announced=tuple(
                dict.fromkeys(
                    entry.task_id for entry in await self._registry.announcements.given_up(limit=SHOWN_ANNOUNCEMENTS)
                )
            ),
        )

    async def _finished(self) -> tuple[FinishedTask, ...]:
        ended = [
            (task.ended_at, task)
            for state in ENDED
            for task in await self._registry.tasks.find(state=state, limit=LOOKED_AT_FINISHED)
            if task.ended_at and not task.private
        ]
        latest = sorted(ended, key=lambda pair: (pair[0], pair[1].id), reverse=True)[:SHOWN_FINISHED]
        return tuple([FinishedTask(task, await self._delivered(task)) for _, task in latest])

    async def _delivered(self, task: Task) -> tuple[Delivery, ...]:
        deliveries = await self._registry.deliveries.of_task(task.id)
        return tuple(delivery for delivery in deliveries if delivery.state is DeliveryState.DELIVERED)
