"""How long a delivery pauses between its attempts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from claw_discord_coord.config.destinations import PluginDestinationConfig
from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.updates import Updates
from claw_discord_coord.coordination.workflows.delivery_workflow import LONGEST_COOLDOWN_S, DeliveryWorkflow
from claw_discord_coord.coordination.workflows.steps import Steps
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.errors import Unavailable
from claw_discord_coord.models import Delivery, DeliveryState, Receipt
from claw_discord_coord.ports import Destination
from claw_discord_coord.registry.registry import Registry
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import settings

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


class NoEngine:
    """Runs no workflow by itself."""

    def wake(self, workflow: str, id: str) -> None:  # noqa: A002
        pass

    def due_changed(self) -> None:
        pass


class Patient:
    """Runs the workflow of one delivery until nothing is due, with a clock that jumps to each due time."""

    def __init__(self, registry: Registry, config: Config, destination: Destination) -> None:
        self.registry = registry
        self.waited_s: list[float] = []
        self._now = datetime.now(UTC) + timedelta(seconds=60)
        engine: Any = NoEngine()
        services = Services(registry, engine, MemoryWorkspace(), Updates(), lambda: config, lambda: self._now)
        found = {"files": destination}
        self._deliveries = Deliveries(services, lambda: found)
        self._workflow = DeliveryWorkflow(services, self._deliveries, lambda: found)

    async def approved(self) -> str:
        """Return a delivery that a person has just released."""
        request = self._deliveries.content_request("the report", Caller("r-1", "test", "ada"), kind="report")
        (delivery,) = await self._deliveries.plan(request, ["files"])
        await self.registry.deliveries.approve(delivery.id, "ada")
        return delivery.id

    async def run(self, delivery_id: str) -> Delivery:
        while True:
            await self._workflow.run(delivery_id, Steps("delivery", delivery_id))
            delivery = await self.registry.deliveries.get(delivery_id)
            if delivery.due_at is None:
                return delivery
            self.waited_s.append((delivery.due_at - self._now).total_seconds())
            self._now = delivery.due_at


@asynccontextmanager
async def waiting(folder: Path, config: Config, destination: Destination) -> AsyncIterator[Patient]:
    async with Registry.open(f"sqlite:///{folder / 'registry.sqlite3'}") as registry:
        yield Patient(registry, config, destination)


def careful(attempts: int) -> Config:
    """Settings with an approval, so that a person's decision begins the attempts."""
    config = settings()
    held = config.destinations["files"].model_copy(update={"approval": True})
    limits = config.limits.model_copy(update={"delivery_attempts": attempts})
    return config.model_copy(update={"limits": limits, "destinations": {**config.destinations, "files": held}})


@pytest.mark.proves("lost.delivery-retry")
async def test_a_pause_grows_and_is_as_long_as_the_destination_asks_but_not_endless(
    tmp_path: Path, anyio_backend: str
) -> None:
    async with waiting(tmp_path, careful(9), Busy(None, 0.5, 120, None, 3_600, 99_999)) as patient:
        assert (await patient.run(await patient.approved())).state is DeliveryState.DELIVERED
    assert patient.waited_s == [1.0, 2.0, 120, 8.0, 3_600, LONGEST_COOLDOWN_S]


async def test_what_is_sent_again_has_attempts_and_pauses_of_its_own(tmp_path: Path, anyio_backend: str) -> None:
    async with waiting(tmp_path, careful(2), Busy(None, None, None)) as patient:
        gave_up = await patient.run(await patient.approved())
        await patient.registry.deliveries.resend(gave_up.id, "ada")
        arrived = await patient.run(gave_up.id)
    assert (gave_up.state, gave_up.attempts) == (DeliveryState.FAILED, 2)
    assert (gave_up.error or "").startswith("gave up after 2 attempts")
    assert (arrived.state, arrived.attempts) == (DeliveryState.DELIVERED, 4)
    assert patient.waited_s == [1.0, 1.0]


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
    config = careful(2)
    foreign = PluginDestinationConfig.model_construct(kind="hanging", timeout_s=0.01, approval=True)
    config = config.model_copy(update={"destinations": {**config.destinations, "files": foreign}})
    async with waiting(tmp_path, config, destination) as patient, asyncio.timeout(10):
        ended = await patient.run(await patient.approved())
    assert (ended.state, ended.attempts, ended.error) == (DeliveryState.FAILED, attempts, error)
