"""The log shows one task travel: each hop is one line that names the task."""

from __future__ import annotations

import asyncio
import logging

import pytest

from claw_discord_coord.actions import Action
from claw_discord_coord.coordination import hops
from claw_discord_coord.coordination.people.inbox import Inbox
from claw_discord_coord.ports import Click
from claw_discord_coord.surfaces.dispatch import Dispatcher, UnverifiedCaller
from tests.house import PATIENCE_S, House

pytestmark = pytest.mark.anyio


async def logged(caplog: pytest.LogCaptureFixture, line: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while line not in caplog.messages:
            await asyncio.sleep(0.01)


async def test_the_hops_of_one_task_are_logged_in_order(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger=hops.__name__)
    visitor = UnverifiedCaller("call-1", "cli", "ada")
    await Dispatcher(house.coordinator).call("spawn_agent", {"task": "survey the hidden sources"}, visitor)
    (task,) = await house.registry.tasks.find()
    await logged(caplog, f"task {task.id}: shown as working")
    house.runtime.complete(await house.running(task.id), "the secret report", kind="report")
    await house.closed(task.id)
    deliveries = [await house.delivered(one.id) for one in await house.registry.deliveries.of_task(task.id)]

    for delivery in deliveries:
        await logged(caplog, f"task {task.id}: delivery {delivery.id} to {delivery.destination}: delivered")
    await logged(caplog, f"task {task.id}: step clean ended")

    lines = [record.getMessage() for record in caplog.records if record.name == hops.__name__]
    assert "task -: call call-1 received by cli: spawn_agent" in lines
    traveled = [line.removeprefix(f"task {task.id}: ") for line in lines if line.startswith(f"task {task.id}: ")]
    # Deliveries and the display travel beside their task, and `settle` looks twice.
    beside = ("delivery ", "thread ", "shown ")
    assert [line for line in dict.fromkeys(traveled) if not line.startswith(beside)] == [
        "admitted for research (depth 0), call call-1 by cli",
        "took a slot",
        "step settle started",
        "step settle ended",
        "step run started",
        f"run {task.id}-r1 started on command",
        "step run ended",
        f"run {task.id}-r1 ended: completed",
        "step end started",
        "ended: completed",
        "step end ended",
        "step plan started",
        "step plan ended",
        "step announce started",
        "step announce ended",
        "step clean started",
        "cleaned up",
        "step clean ended",
    ]
    shown = [line for line in traveled if line.startswith(("thread ", "shown "))]
    assert shown == ["thread opened", "shown as working", "shown as completed"]
    assert len(deliveries) == 2
    for delivery in deliveries:
        name = f"delivery {delivery.id} to {delivery.destination}: "
        sent = [line.removeprefix(name) for line in traveled if line.startswith(name)]
        assert sent[:3] == ["planned", "attempt 1", "delivered"]
    assert not any(word in line for line in lines for word in ("hidden", "secret"))


@pytest.mark.parametrize("record", ["task t-abcdefgh", "delivery d-abcdefgh"])
async def test_a_click_is_logged_for_the_record_that_it_is_about(
    house: House, caplog: pytest.LogCaptureFixture, record: str
) -> None:
    caplog.set_level(logging.INFO, logger=hops.__name__)
    click = Click(Action.CANCEL, record.split()[1], "1", "Ada")
    waiting = asyncio.ensure_future(Inbox(house.registry).button_clicked(click))
    await logged(caplog, f"{record}: click received: cancel")
    waiting.cancel()
