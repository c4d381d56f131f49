"""Resumes workflows after a start, and wakes waiting tasks after a change of the settings."""

from __future__ import annotations

from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.models import TaskState


async def resume(services: Services, deliveries: Deliveries) -> None:
    """Continue the unfinished tasks and deliveries of an earlier coordinator."""
    for task in await services.registry.tasks.unfinished():
        await services.engine.start("task", task.id)
        # The change that should have woken the task may have been recorded just before the last coordinator died.
        await services.engine.wake("task", task.id)
    await deliveries.resume()


async def wake_waiting(services: Services) -> None:
    """Wake the tasks without a slot, since changed settings may allow more slots."""
    for task in await services.registry.tasks.unfinished():
        if task.state is TaskState.SUBMITTED:
            await services.engine.wake("task", task.id)
