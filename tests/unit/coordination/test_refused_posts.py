"""Discord's refusals of a task's place and posts: the work goes on, and people are told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.task_posts import REFUSED
from claw_discord_coord.errors import DiscordRefused, DiscordUnavailable
from claw_discord_coord.models import Task, TaskState
from claw_discord_coord.ports import Sent
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.skills.registry_status import RegistryStatus, registry_status
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio

NO_RIGHT = DiscordRefused("Discord refused to start a thread: Missing Permissions (50013).", fix="Give the bot a role.")


async def attention(house: House) -> list[Any]:
    return list((await registry_status(house.coordinator, RegistryStatus(), Caller("r", "cli", "ada"))).attention)


@pytest.mark.proves("lost.refused")
async def test_a_task_whose_place_is_refused_runs_and_its_result_goes_by_its_routes(house: House) -> None:
    house.workspace.failing = NO_RIGHT
    task = await house.spawn()
    house.runtime.complete(await house.running(task.id), "all of it", kind="report")
    ended = await house.closed(task.id)

    assert (ended.state, ended.result and ended.result.text) == (TaskState.COMPLETED, "all of it")
    files = next(one for one in await house.registry.deliveries.of_task(task.id) if one.destination == "files")
    await house.delivered(files.id)
    (problem,) = [one for one in await attention(house) if getattr(one, "task_id", None) == task.id]
    assert problem.problem == NO_RIGHT.sentence()
    assert (await house.registry.runs.of_task(task.id))[0].attempt == 1


async def test_a_refusal_of_a_place_is_sent_as_an_alert(tmp_path: Path) -> None:
    config = settings()
    alerts = {"when": {"state": ["alert"]}, "to": ["files"]}
    config = type(config).model_validate(config.model_dump() | {"routes": [alerts]})
    workspace = MemoryWorkspace(failing=NO_RIGHT)
    async with open_house(tmp_path, config, workspace, ScriptedRuntime()) as house:
        task = await house.spawn()
        async with asyncio.timeout(10):
            while not (alerts := await house.registry.deliveries.of_task(task.id)):
                await asyncio.sleep(0.01)
        (alert,) = alerts
        assert "Give the bot a role." in alert.text


async def test_a_place_that_was_refused_is_made_before_the_end_once_a_person_allows_it(house: House) -> None:
    house.workspace.failing = NO_RIGHT
    task = await house.spawn()
    run_id = await house.running(task.id)
    house.workspace.failing = None
    house.runtime.complete(run_id, "all of it")
    ended = await house.closed(task.id)

    assert ended.thread_id == house.workspace.places[task.id].thread_id
    assert [said.text for said in house.workspace.threads[task.id]] == ["all of it"]
    assert house.workspace.closed[task.id] is TaskState.COMPLETED
    assert await attention(house) == []


async def test_a_review_goes_on_without_a_place(house: House) -> None:
    house.workspace.failing = NO_RIGHT
    task = await house.spawn(review=True)
    house.runtime.complete(await house.running(task.id))
    await house.until(task.id, "input-required")
    await house.coordinator.control.review(task.id, "ada", approved=True)
    assert (await house.closed(task.id)).state is TaskState.COMPLETED


class RefusesResult(MemoryWorkspace):
    """Refuses the result, as a server's AutoMod may, and nothing else."""

    async def say(self, task: Task, event: str, text: str, *, files: Sequence[Path] = (), **options: Any) -> Sent:
        if event == "result":
            raise DiscordRefused("Discord refused to post a message: blocked by automatic moderation (200000).")
        return await super().say(task, event, text, files=files, **options)


@pytest.mark.parametrize("review", [True, False])
@pytest.mark.proves("lost.refused")
async def test_a_refused_post_leaves_a_sign_in_the_thread_and_in_attention(tmp_path: Path, review: bool) -> None:
    async with open_house(tmp_path, settings(), RefusesResult(), ScriptedRuntime()) as house:
        task = await house.spawn(review=review)
        house.runtime.complete(await house.running(task.id), "bad words", kind="report")
        if review:
            await house.until(task.id, "input-required")
            await house.coordinator.control.review(task.id, "ada", approved=True)
        assert (await house.closed(task.id)).state is TaskState.COMPLETED

        (sign,) = [said.text for said in house.workspace.threads[task.id] if "refused a message" in said.text]
        assert f"registry-status --task {task.id}" in sign
        assert house.workspace.closed[task.id] is TaskState.COMPLETED
        assert len(await house.registry.events.of_task(task.id, types=[REFUSED])) == 1
        assert [one.task_id for one in await attention(house) if hasattr(one, "problem")] == [task.id]


async def test_a_task_that_waits_for_discord_needs_attention_until_it_goes_on(house: House) -> None:
    house.workspace.failing = DiscordUnavailable("Too many active threads (160006).", fix="Archive some.")
    task = await house.spawn()
    async with asyncio.timeout(10):
        while not (found := [one for one in await attention(house) if hasattr(one, "problem")]):
            await asyncio.sleep(0.05)
    assert "160006" in found[0].problem
    assert (await house.registry.tasks.get(task.id)).state not in FINAL

    house.workspace.failing = None
    house.runtime.complete(await house.running(task.id))
    await house.closed(task.id)
    assert await attention(house) == []
