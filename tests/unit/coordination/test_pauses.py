"""How long a delivery pauses between its attempts."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import pytest

from claw_discord_coord.config.destinations import PluginDestinationConfig
from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.workflows.delivery_workflow import LONGEST_COOLDOWN_S, DeliveryWorkflow
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.errors import Unavailable
from claw_discord_coord.models import Delivery, DeliveryState, Receipt
from claw_discord_coord.ports import Destination
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import House, ScriptedRuntime, StraightJournal, open_house, settings

pytestmark = pytest.mark.anyio


class Busy:
    """A destination that wants to be left alone for as long as it is told to say."""

    def __init__(self, *rests_s: float | None) -> None:
        self._rests_s = list(rests_s)

    async def deliver(self, delivery: Delivery) -> Receipt:
        if self._rests_s:
            raise Unavailable(retry_after_s=self._rests_s.pop(0))
        at = datetime.now(UTC)
        return Receipt(destination="files", at=at, id="1", sha256="0" * 64, size_bytes=1)

    async def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def leaves_machine(self) -> bool:
        return False


class Hanging:
    """A destination of another package that never answers."""

    async def deliver(self, delivery: Delivery) -> Receipt:
        await asyncio.Event().wait()
        raise AssertionError

    async def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def leaves_machine(self) -> bool:
        return False


class HangingWithKey(Hanging):
    """One that knows the keys it has seen."""

    guarantee = Guarantee.ONCE_BY_KEY


def workflow(house: House, config: Config, destination: Destination) -> DeliveryWorkflow:
    services = dataclasses.replace(house.services, config=lambda: config)
    found = {"files": destination}
    return DeliveryWorkflow(services, Deliveries(services, lambda: found), lambda: found)


@pytest.mark.proves("lost.delivery-retry")
async def test_a_pause_grows_and_is_as_long_as_the_destination_asks_but_not_endless(
    tmp_path: Path, anyio_backend: str
) -> None:
    config = settings()
    config = config.model_copy(update={"limits": config.limits.model_copy(update={"delivery_attempts": 9})})
    held = config.destinations["files"].model_copy(update={"approval": True})
    config = config.model_copy(update={"destinations": {**config.destinations, "files": held}})
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        deliveries = workflow(house, config, Busy(None, 0.5, 120, None, 3_600, 99_999))
        request = house.coordinator.deliveries.content_request(
            "the report", Caller("r-1", "test", "ada"), kind="report"
        )
        (delivery,) = await house.coordinator.deliveries.plan(request, ["files"])
        await house.registry.deliveries.approve(delivery.id, "ada")
        notebook = StraightJournal()

        await deliveries.run(f"{delivery.id}/1", notebook)

        assert (await house.registry.deliveries.get(delivery.id)).state is DeliveryState.DELIVERED
    assert notebook.waited_s == [1.0, 2.0, 120, 8.0, 3_600, LONGEST_COOLDOWN_S]


async def test_what_is_sent_again_has_attempts_and_pauses_of_its_own(tmp_path: Path, anyio_backend: str) -> None:
    config = settings()
    config = config.model_copy(update={"limits": config.limits.model_copy(update={"delivery_attempts": 2})})
    held = config.destinations["files"].model_copy(update={"approval": True})
    config = config.model_copy(update={"destinations": {**config.destinations, "files": held}})
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        deliveries = workflow(house, config, Busy(None, None, None))
        request = house.coordinator.deliveries.content_request(
            "the report", Caller("r-1", "test", "ada"), kind="report"
        )
        (delivery,) = await house.coordinator.deliveries.plan(request, ["files"])
        await house.registry.deliveries.approve(delivery.id, "ada")
        notebook = StraightJournal()

        await deliveries.run(f"{delivery.id}/1", notebook)
        gave_up = await house.registry.deliveries.get(delivery.id)
        await house.registry.deliveries.resend(delivery.id, "ada")
        await deliveries.run(f"{delivery.id}/2", notebook)
        arrived = await house.registry.deliveries.get(delivery.id)

    assert (gave_up.state, gave_up.attempts) == (DeliveryState.FAILED, 2)
    assert (gave_up.error or "").startswith("gave up after 2 attempts")
    assert (arrived.state, arrived.attempts) == (DeliveryState.DELIVERED, 4)
    assert notebook.waited_s == [1.0, 1.0]


@pytest.mark.parametrize(
    ("destination", "attempts", "error"),
    [
        (Hanging(), 1, "files took longer than 0.01 s. Look whether it arrived; send it again if not."),
        (
            HangingWithKey(),
            2,
            "gave up after 2 attempts: files took longer than 0.01 s. Fix it, then send it again.",
        ),
    ],
)
async def test_a_destination_of_another_package_has_no_more_time_than_it_is_given(
    tmp_path: Path, anyio_backend: str, destination: Hanging, attempts: int, error: str
) -> None:
    config = settings()
    foreign = PluginDestinationConfig.model_construct(kind="hanging", timeout_s=0.01, approval=True)
    limits = config.limits.model_copy(update={"delivery_attempts": 2})
    given = {**config.destinations, "files": foreign}
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        config = config.model_copy(update={"limits": limits, "destinations": given})
        services = dataclasses.replace(house.services, config=lambda: config)
        deliveries = Deliveries(services, lambda: {"files": destination})
        request = deliveries.content_request("the report", Caller("r-1", "test", "ada"), kind="report")
        (delivery,) = await deliveries.plan(request, ["files"])
        await house.registry.deliveries.approve(delivery.id, "ada")
        async with asyncio.timeout(10):
            await workflow(house, config, destination).run(f"{delivery.id}/1", StraightJournal())
        ended = await house.registry.deliveries.get(delivery.id)
    assert (ended.state, ended.attempts, ended.error) == (DeliveryState.FAILED, attempts, error)
