"""The content of the board."""

from __future__ import annotations

import pytest

from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.people.board import SHOWN_FINISHED, Board
from claw_discord_coord.models import NewTask
from tests.house import House

pytestmark = pytest.mark.anyio


async def test_the_last_ended_tasks_come_first_with_what_they_delivered(house: House) -> None:
    async def finish(title: str) -> str:
        spawned = await house.coordinator.delegation.spawn(NewTask(task=title, title=title), Caller(title, "cli", "me"))
        house.runtime.complete(await house.running(spawned.task.id), "The report.", kind="report")
        return (await house.closed(spawned.task.id)).id

    tasks = [await finish(f"survey {number}") for number in range(SHOWN_FINISHED + 1)]
    view = await Board(house.services).view()
    assert view.tasks == ()
    assert [ended.task.id for ended in view.finished] == tasks[:0:-1]
    planned = await house.services.registry.deliveries.of_task(tasks[-1])
    assert [delivery.id for delivery in view.finished[0].delivered] == [delivery.id for delivery in planned]
    assert planned
