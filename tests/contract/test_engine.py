"""The engine and everything above it, on both databases: workflows end, and go on after a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from claw_discord_coord.models import RunState, TaskState
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio


async def test_a_task_runs_to_its_end(tmp_path: Path, registry_url: str) -> None:
    async with open_house(tmp_path, settings(), MemoryWorkspace(), ScriptedRuntime(), registry_url) as house:
        task = await house.spawn()
        house.runtime.complete(await house.running(task.id), "done", kind="report")
        assert (await house.closed(task.id)).state is TaskState.COMPLETED
        assert len(await house.registry.deliveries.of_task(task.id)) == 2


@pytest.mark.proves("lost.kill-coordinator", "doubled.step")
async def test_a_task_goes_on_after_a_restart_and_what_was_done_is_not_done_again(
    tmp_path: Path, registry_url: str
) -> None:
    workspace, runtime = MemoryWorkspace(), ScriptedRuntime()
    async with open_house(tmp_path, settings(), workspace, runtime, registry_url) as house:
        task = await house.spawn()
        await house.running(task.id)
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        await house.engine.wake("task", task.id)
        house.runtime.complete(await house.running(task.id, attempt=2), "after all")
        await house.closed(task.id)
        runs = await house.registry.runs.of_task(task.id)
        assert [run.state for run in runs] == [RunState.LOST, RunState.COMPLETED]
    assert len(workspace.threads[task.id]) == 1
    assert [call for call in workspace.calls if call[0] == "open"] == [("open", task.id)]
