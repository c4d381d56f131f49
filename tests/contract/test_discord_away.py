"""Discord that is away or slow holds up no work, and gets only what is still true."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from claw_discord_coord.errors import DiscordUnavailable
from claw_discord_coord.models import DeliveryState, Task, TaskLocation, TaskState
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import PATIENCE_S, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio


@dataclass
class SlowWorkspace(MemoryWorkspace):
    """Opens no place before the test lets it."""

    opening: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, task: Task) -> TaskLocation:
        self.opening.set()
        await self.go_on.wait()
        return await super().open(task)


@pytest.mark.proves("waiting.discord")
async def test_a_task_begins_and_ends_while_discord_is_away_and_is_then_shown_as_it_ended(
    tmp_path: Path, registry_url: str
) -> None:
    workspace = MemoryWorkspace(failing=DiscordUnavailable())
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        task = await house.spawn()
        behind = await house.spawn("survey more")
        for one in (task, behind):
            house.runtime.complete(await house.running(one.id), "found it")
            await house.until(one.id, "completed")
        assert workspace.shown == {}
        workspace.failing = None
        for one in (task, behind):
            await house.closed(one.id)
            assert workspace.shown[one.id] == [TaskState.COMPLETED]
            assert [said.text for said in workspace.threads[one.id]] == ["found it"]


@pytest.mark.proves("waiting.discord")
async def test_other_destinations_get_a_result_while_discord_is_away(tmp_path: Path, registry_url: str) -> None:
    workspace = MemoryWorkspace(failing=DiscordUnavailable())
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        task = await house.spawn()
        house.runtime.complete(await house.running(task.id), "found it", kind="report")
        await house.until(task.id, "completed")
        async with asyncio.timeout(PATIENCE_S):
            while len(found := await house.registry.deliveries.of_task(task.id)) < 2:
                await asyncio.sleep(0.01)
        files, reports = sorted(found, key=lambda delivery: delivery.destination)
        await house.delivered(files.id)
        assert (await house.registry.deliveries.get(reports.id)).state is DeliveryState.PLANNED
        workspace.failing = None
        await house.delivered(reports.id)


@pytest.mark.proves("waiting.discord")
async def test_work_goes_on_while_a_request_to_discord_takes_long(tmp_path: Path, registry_url: str) -> None:
    workspace = SlowWorkspace()
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        task = await house.spawn()
        await asyncio.wait_for(workspace.opening.wait(), PATIENCE_S)
        behind = await house.spawn("survey more")
        for one in (task, behind):
            house.runtime.complete(await house.running(one.id), "found it")
            await house.until(one.id, "completed")
        workspace.go_on.set()
        for one in (task, behind):
            await house.closed(one.id)
            assert workspace.shown[one.id][-1] is TaskState.COMPLETED
            assert [said.text for said in workspace.threads[one.id]] == ["found it"]
            assert len([call for call in workspace.calls if call == ("open", one.id)]) == 1


@pytest.mark.proves("waiting.discord")
async def test_a_result_is_reviewed_elsewhere_while_discord_is_away(tmp_path: Path, registry_url: str) -> None:
    workspace = MemoryWorkspace(failing=DiscordUnavailable())
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        task = await house.spawn(review=True)
        house.runtime.complete(await house.running(task.id), "found it")
        await house.until(task.id, "input-required")
        await house.coordinator.control.review(task.id, "ada", approved=True)
        await house.until(task.id, "completed")
        workspace.failing = None
        await house.closed(task.id)
        assert workspace.shown[task.id] == [TaskState.COMPLETED]


@pytest.mark.proves("waiting.discord")
async def test_of_a_task_that_was_canceled_in_the_queue_while_discord_was_away_nothing_is_sent(
    tmp_path: Path, registry_url: str
) -> None:
    workspace = MemoryWorkspace(failing=DiscordUnavailable())
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        ahead = await house.spawn()
        run_id = await house.running(ahead.id)
        waiting = await house.spawn("survey more")
        await house.coordinator.control.cancel(waiting.id, "ada")
        await house.until(waiting.id, "canceled")
        workspace.failing = None
        house.runtime.complete(run_id, "found it")
        for one in (ahead, waiting):
            await house.closed(one.id)
        assert waiting.id not in workspace.places
        assert workspace.shown[waiting.id] == []
        assert workspace.threads[waiting.id] == []


@pytest.mark.proves("waiting.discord")
async def test_what_discord_did_not_get_before_a_restart_it_gets_afterwards(tmp_path: Path, registry_url: str) -> None:
    workspace = MemoryWorkspace(failing=DiscordUnavailable())
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        task = await house.spawn()
        house.runtime.complete(await house.running(task.id), "found it")
        await house.until(task.id, "completed")
    workspace.failing = None
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        await house.closed(task.id)
        assert workspace.shown[task.id] == [TaskState.COMPLETED]
        assert [said.text for said in workspace.threads[task.id]] == ["found it"]
