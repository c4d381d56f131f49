"""The names of agents' calls."""

import asyncio

import pytest

from claw_discord_coord.models import Run
from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import Records

pytestmark = pytest.mark.anyio


@pytest.fixture
async def runs(registry: Registry, records: Records) -> list[Run]:
    task = (await registry.admission.create(records.task(), event=".")).task
    return [await registry.runs.add(records.run(task, attempt=attempt), fence=0) for attempt in (1, 2)]


async def test_the_same_request_always_has_the_same_name(registry: Registry, runs: list[Run]) -> None:
    names = [await registry.calls.origin_of("request-1", run_id=runs[0].id, base="task-1/writing") for _ in range(2)]
    assert names == ["task-1/writing/0"] * 2


async def test_calls_of_one_base_are_numbered_from_nought_and_a_later_run_finds_the_same_names(
    registry: Registry, runs: list[Run]
) -> None:
    for run in runs:
        names = [
            await registry.calls.origin_of(f"{run.id}-{request}", run_id=run.id, base=base)
            for request, base in enumerate(["a", "b", "a"])
        ]
        assert names == ["a/0", "b/0", "a/1"]


async def test_calls_made_at_once_get_names_without_gaps(
    registry: Registry, second_registry: Registry, runs: list[Run]
) -> None:
    names = await asyncio.gather(
        *(
            opened.calls.origin_of(f"request-{request}", run_id=runs[0].id, base="a")
            for request in range(10)
            for opened in (registry, second_registry)
        )
    )
    assert sorted(names) == sorted(f"a/{number}" for number in range(10) for _ in range(2))
    assert names[::2] == names[1::2]
