"""What may go wrong around a task, and that nothing is lost by it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from claw_discord_coord.errors import RegistryUnavailable, UnknownTask
from claw_discord_coord.models import DeliveryState, NewTask, TaskState
from claw_discord_coord.skills.registry_status import RegistryStatus, registry_status
from tests.house import House

pytestmark = pytest.mark.anyio


def away(house: House, monkeypatch: pytest.MonkeyPatch, method: str, times: int) -> None:
    """Let a method of the registry fail so many times first."""
    part, _, name = method.partition(".")
    records = type(getattr(house.registry, part))
    real = getattr(records, name)
    left = [times]

    async def failing(self: Any, *args: Any, **kwargs: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise RegistryUnavailable
        return await real(self, *args, **kwargs)

    monkeypatch.setattr(records, name, failing)


@pytest.mark.parametrize("method", ["executions.claim", "runs.end", "tasks.get", "runs.of_task", "executions.move"])
@pytest.mark.proves("lost.database-away")
async def test_a_registry_that_is_away_for_a_moment_changes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    away(house, monkeypatch, method, 2) if method == "executions.claim" else None
    task = await house.spawn()
    run_id = await house.running(task.id)
    if method != "executions.claim":
        away(house, monkeypatch, method, 2)
    house.runtime.complete(run_id, "all the same")
    async with asyncio.timeout(10):
        while True:
            try:
                task = await house.closed(task.id)
                break
            except RegistryUnavailable:
                continue
    assert task.state is TaskState.COMPLETED
    assert task.result is not None
    assert task.result.text == "all the same"
    assert len(house.runtime.orders) == 1


@pytest.mark.proves("lost.result")
async def test_a_run_that_has_completed_is_not_thrown_away_by_a_late_stop(house: House) -> None:
    task = await house.spawn()
    run_id = await house.running(task.id)
    house.runtime.complete(run_id, "just in time")
    await house.runs.stop(task.id)
    assert (await house.closed(task.id)).state is TaskState.COMPLETED


@pytest.mark.proves("lost.delivery-alone")
async def test_a_destination_that_breaks_inside_is_a_dead_letter(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("secret words")

    monkeypatch.setattr("claw_discord_coord.destinations.file.File.deliver", broken)
    task = await house.spawn()
    house.runtime.complete(await house.running(task.id), "text", kind="report")
    await house.closed(task.id)
    async with asyncio.timeout(10):
        while True:
            found = {one.destination: one for one in await house.registry.deliveries.of_task(task.id)}
            if all(one.state is not DeliveryState.PLANNED for one in found.values()):
                break
            await asyncio.sleep(0.01)
    assert found["files"].state is DeliveryState.FAILED
    assert found["files"].error is not None
    assert "ValueError" in found["files"].error
    assert "secret words" not in found["files"].error
    assert found["reports"].state is DeliveryState.DELIVERED


@pytest.mark.proves("obeyed.agent-token")
async def test_an_agent_sees_its_own_tree_and_nothing_else(house: House) -> None:
    secret = await house.spawn("survey the secret", private=True)
    task = await house.spawn("write a report")
    run_id = await house.running(task.id)
    caller = await house.coordinator.agent_caller(house.sessions.token(run_id), request_id="a", surface="cli")
    with pytest.raises(UnknownTask):
        await registry_status(house.coordinator, RegistryStatus(task_id=secret.id), caller)
    seen = await registry_status(house.coordinator, RegistryStatus(), caller)
    assert [one.task_id for one in seen.tasks] == [task.id]
    assert seen.counts == {"working": 1}


@pytest.mark.proves("obeyed.agent-token")
async def test_an_agents_key_joins_no_work_outside_its_tree(house: House) -> None:
    other = await house.spawn("survey the secret", private=True, key="weekly")
    task = await house.spawn("write a report")
    run_id = await house.running(task.id)
    caller = await house.coordinator.agent_caller(house.sessions.token(run_id), request_id="a", surface="cli")
    new = NewTask(task="write another report", key="weekly")
    admitted = await house.coordinator.delegation.spawn(new, caller)
    child, joined = admitted.task, admitted.joined
    assert (child.id == other.id, joined) == (False, False)
