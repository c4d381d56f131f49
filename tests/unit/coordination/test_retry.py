"""Waiting for a counterpart: as long as it asks, told to those who wonder, and no longer than what is waited for
matters."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict

import pytest

from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.coordination.workflows.retry import retry_until_available
from claw_discord_coord.coordination.workflows.wait_notices import UNSHOWN
from claw_discord_coord.errors import DiscordUnavailable, RegistryUnavailable, Unavailable
from claw_discord_coord.models import TaskState
from claw_discord_coord.skills.base import terminal
from tests.house import PATIENCE_S, House

pytestmark = pytest.mark.anyio


class Busy:
    """Something that cannot be had until it has been asked a few times, and notes when it was."""

    def __init__(self, *rests_s: float | None) -> None:
        self._rests_s = list(rests_s)
        self.asked_at: list[float] = []

    async def ask(self) -> str:
        self.asked_at.append(time.monotonic())
        if self._rests_s:
            raise DiscordUnavailable(retry_after_s=self._rests_s.pop(0))
        return "here"


async def test_a_counterpart_is_left_alone_for_as_long_as_it_asks() -> None:
    busy = Busy(1.0)
    assert await retry_until_available("it", busy.ask) == "here"
    first, second = busy.asked_at
    assert second - first >= 1.0


async def test_a_pause_that_is_worth_telling_is_told_once_and_each_that_is_asked_for() -> None:
    busy, wake_up = Busy(None, 600.0, 5.0, 4.0, 300.0), asyncio.Event()
    told: list[float] = []

    async def waiting(_error: Unavailable, pause_s: float) -> None:
        told.append(pause_s)

    async def ask() -> str:
        asyncio.get_running_loop().call_soon(wake_up.set)
        return await busy.ask()

    async with asyncio.timeout(PATIENCE_S):
        assert await retry_until_available("it", ask, waiting=waiting, wake_up=wake_up) == "here"
    assert told == [600.0, 300.0]


@pytest.mark.proves("lost.discord-away", "shown.waiting")
async def test_a_task_that_waits_for_discord_says_so_and_goes_on_by_itself(house: House) -> None:
    house.workspace.failing = DiscordUnavailable("Discord wants rest.", retry_after_s=2.5)
    async with house.coordinator.updates.subscribe(None) as lines:
        task = await house.spawn()
        assert await _waiting(house, task.id) == "waiting for Discord, 2 s: Discord wants rest."
        house.workspace.failing = None
        house.runtime.complete(await house.running(task.id))
        await house.closed(task.id)
        told = [terminal.update(asdict(line)) for line in _all(lines)]
    assert "  waiting for Discord, 2 s: Discord wants rest." in told


async def test_a_task_that_is_stopped_while_discord_is_away_ends_at_once_and_is_shown_later(house: House) -> None:
    house.workspace.failing = DiscordUnavailable(retry_after_s=600)
    task = await house.spawn()
    await _waiting(house, task.id)
    await house.coordinator.control.cancel(task.id, "ada")
    assert (await house.until(task.id, TaskState.CANCELED)).reason == "canceled by ada"
    assert house.workspace.requests == 0


async def test_of_a_task_that_never_began_nothing_shows(house: House) -> None:
    first, second = await house.spawn("survey one"), await house.spawn("survey two")
    await house.running(first.id)
    house.workspace.failing = DiscordUnavailable(retry_after_s=0.1)
    third = await house.spawn("survey three")
    await house.coordinator.control.cancel(third.id, "ada")
    await house.until(third.id, TaskState.CANCELED)
    house.workspace.failing = None
    await house.closed(third.id)
    assert third.id not in house.workspace.places
    assert second.state is TaskState.SUBMITTED


async def test_the_display_goes_on_after_the_registry_was_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    away = RegistryUnavailable("The database is away.", retry_after_s=0.1)

    async def no_task(_task_id: str) -> None:
        raise away

    house.workspace.failing = away
    task = await house.spawn()
    run_id = await house.running(task.id)
    with monkeypatch.context() as patched:
        patched.setattr(house.registry.tasks, "get", no_task)
        async with asyncio.timeout(PATIENCE_S):
            while len([call for call in house.workspace.calls if call == ("open", task.id)]) < 2:
                await asyncio.sleep(0.01)
    house.workspace.failing = None
    house.runtime.complete(run_id)
    assert (await house.closed(task.id)).thread_url is not None


@pytest.mark.proves("lost.discord-away")
async def test_a_review_is_decided_while_discord_is_away(house: House) -> None:
    house.workspace.failing = DiscordUnavailable(retry_after_s=600)
    task = await house.spawn(review=True)
    house.runtime.complete(await house.running(task.id), "a draft")
    await house.until(task.id, TaskState.INPUT_REQUIRED)
    await house.coordinator.control.review(task.id, "ada", approved=True)
    await house.until(task.id, TaskState.COMPLETED)


def _all(lines: asyncio.Queue[Update]) -> list[Update]:
    return [lines.get_nowait() for _ in range(lines.qsize())]


async def _waiting(house: House, task_id: str) -> str:
    async with asyncio.timeout(PATIENCE_S):
        while not (events := await house.registry.events.of_task(task_id, types=[UNSHOWN])):
            await asyncio.sleep(0.01)
    return events[0].text
