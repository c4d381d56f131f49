"""The deliveries of private tasks, at every attempt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw_discord_coord.clock import utc_now
from claw_discord_coord.config.model import Config
from claw_discord_coord.models import Delivery, DeliveryState, Task
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import PATIENCE_S, House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio

SECRET = "merger-on-friday"


@pytest.fixture
async def house(tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    """A house with a destination that repeats the output in its error, and one that gets alerts."""
    plain = settings().model_dump(mode="json", exclude_unset=True)
    plain["destinations"] |= {
        "busy": {"kind": "command", "command": ["sh", "-c", "cat >&2; exit 75"], "leaves_machine": False},
        "phone": {"kind": "command", "command": ["true"]},
    }
    plain["routes"] += [{"when": {"state": "alert"}, "to": ["phone"]}]
    async with open_house(tmp_path, Config.model_validate(plain), MemoryWorkspace(), ScriptedRuntime()) as opened:
        yield opened


async def planned_before(house: House, task: Task, state: DeliveryState) -> Delivery:
    """Store a delivery to a destination that others see, as if skill.yaml had changed since it was planned."""
    delivery = Delivery(
        id=f"d-{state}",
        key=f"task/{task.id}/reports",
        task_id=task.id,
        destination="reports",
        route="before",
        title=f"The {SECRET}",
        text=f"It is about the {SECRET}.",
        state=state,
        created_at=utc_now(),
        due_at=utc_now() if state is DeliveryState.PLANNED else None,
    )
    stored = await house.registry.deliveries.plan(delivery)
    if state is DeliveryState.PLANNED:
        house.engine.wake("delivery", stored.id)
    return stored


@pytest.mark.proves("secret.private")
@pytest.mark.parametrize("state", [DeliveryState.PLANNED, DeliveryState.HELD, DeliveryState.FAILED])
async def test_no_attempt_sends_a_private_output_where_others_see_it(house: House, state: DeliveryState) -> None:
    task = await house.spawn(private=True)
    delivery = await planned_before(house, task, state)
    if state is DeliveryState.HELD:
        await house.coordinator.deliveries.review(delivery.id, "ada", approved=True)
    if state is DeliveryState.FAILED:
        await house.coordinator.deliveries.resend(delivery.id, "ada")
    async with asyncio.timeout(PATIENCE_S):
        while (ended := await house.registry.deliveries.get(delivery.id)).error is None:
            await asyncio.sleep(0.01)
    assert (ended.state, ended.attempts) == (DeliveryState.FAILED, 0)
    assert ended.error == (
        "The output is private, and others can see reports. "
        "Make reports a destination on this machine and resend, or name another destination."
    )


async def test_an_open_output_and_an_alert_about_a_private_task_are_sent(house: House) -> None:
    opened = await planned_before(house, await house.spawn(), DeliveryState.PLANNED)
    await house.delivered(opened.id)
    private = await house.spawn("survey the private sources", private=True)
    await house.coordinator.deliveries.alert("trouble", "title", "text", private)
    (alert,) = [each for each in await house.registry.deliveries.of_task(private.id) if each.destination == "phone"]
    await house.delivered(alert.id)


@pytest.mark.parametrize("private", [True, False])
async def test_the_log_quotes_a_destination_only_about_an_open_task(
    house: House, caplog: pytest.LogCaptureFixture, private: bool
) -> None:
    caplog.set_level(logging.INFO)
    task = await house.spawn(private=private, to=("busy",))
    house.runtime.complete(await house.running(task.id), f"It is about the {SECRET}.")
    async with asyncio.timeout(PATIENCE_S):
        while "will be tried again" not in caplog.text:
            await asyncio.sleep(0.01)
    assert (SECRET in caplog.text) is not private
    assert "Unavailable" in caplog.text or not private
