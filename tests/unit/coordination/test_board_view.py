"""The content of the board."""

from __future__ import annotations

import pytest

from claw_discord_coord.clock import utc_now
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.people.board import SHOWN_FINISHED, Board
from claw_discord_coord.coordination.privacy import TITLE
from claw_discord_coord.models import Delivery, DeliveryState, NewTask
from tests.house import House

pytestmark = pytest.mark.anyio


async def test_the_tasks_of_deliveries_that_need_a_person_come_without_the_words_of_private_ones(house: House) -> None:
    titles: dict[str, str] = {}
    for private in (False, True):
        task = await house.spawn(f"survey {private}", private=private)
        held = Delivery(
            id=f"d-{private}",
            key=f"k/{private}",
            task_id=task.id,
            destination="files",
            route="r",
            title="T",
            text="x",
            state=DeliveryState.HELD,
            created_at=utc_now(),
        )
        await house.registry.deliveries.plan(held)
        titles[task.id] = TITLE if private else task.title
    view = await Board(house.services).view()
    assert {task.id: task.title for task in view.delivery_tasks.values()} == titles


async def test_the_last_ended_tasks_come_first_with_what_they_delivered(house: House) -> None:
    async def finish(title: str) -> str:
        spawned = await house.coordinator.delegation.spawn(NewTask(task=title, title=title), Caller(title, "cli", "me"))
        house.runtime.complete(await house.running(spawned.task.id), "The report.", kind="report")
        return (await house.closed(spawned.task.id)).id

    tasks = [await finish(f"survey {number}") for number in range(SHOWN_FINISHED + 1)]
    for delivery in await house.registry.deliveries.of_task(tasks[-1]):
        await house.delivered(delivery.id)
    view = await Board(house.services).view()
    assert view.tasks == ()
    assert [ended.task.id for ended in view.finished] == tasks[:0:-1]
    planned = await house.services.registry.deliveries.of_task(tasks[-1])
    assert [delivery.id for delivery in view.finished[0].delivered] == [delivery.id for delivery in planned]
    assert planned
