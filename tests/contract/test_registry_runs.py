"""The records of runs."""

import pytest

from claw_discord_coord.errors import Conflict, UnknownTask, UsageError
from claw_discord_coord.models import Result, RunOutcome, RunState, Task, TaskState, Usage
from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import FakeClock, Records

pytestmark = pytest.mark.anyio


@pytest.fixture
async def task(registry: Registry, records: Records) -> Task:
    task = (await registry.admission.create(records.task(), event=".")).task
    await registry.executions.claim(task.id)
    return await registry.executions.move(task.id, TaskState.WORKING)


async def test_a_run_is_stored_as_it_was_given(registry: Registry, records: Records, task: Task) -> None:
    run = records.run(task)
    assert await registry.runs.add(run, fence=1) == run
    assert await registry.runs.get(run.id) == run
    assert await registry.runs.of_task(task.id) == [run]


async def test_the_same_attempt_again_is_the_first_run(registry: Registry, records: Records, task: Task) -> None:
    first = await registry.runs.add(records.run(task, attempt=1), fence=1)
    assert await registry.runs.add(records.run(task, attempt=1), fence=1) == first
    second = await registry.runs.add(records.run(task, attempt=2), fence=1)
    assert await registry.runs.of_task(task.id) == [first, second]


async def test_a_run_needs_a_task(registry: Registry, records: Records) -> None:
    with pytest.raises(UnknownTask):
        await registry.runs.add(records.run(records.task()), fence=0)


async def test_an_ended_task_is_not_run_again_but_its_runs_are_still_found(
    registry: Registry, records: Records, task: Task
) -> None:
    first = await registry.runs.add(records.run(task, attempt=1), fence=1)
    await registry.executions.move(task.id, TaskState.CANCELED)
    assert await registry.runs.add(records.run(task, attempt=1), fence=1) == first
    with pytest.raises(Conflict, match="is canceled, so it is not run again"):
        await registry.runs.add(records.run(task, attempt=2), fence=1)
    assert await registry.runs.of_task(task.id) == [first]


async def test_the_first_end_of_a_run_stays(registry: Registry, records: Records, task: Task, clock: FakeClock) -> None:
    run = await registry.runs.add(records.run(task), fence=1)
    clock.pass_(3)
    result = Result(text="done")
    outcome = RunOutcome(RunState.COMPLETED, result=result, exit_code=0, stderr="note\n", session_id="5f0c")
    ended = await registry.runs.end(run.id, outcome)
    assert (ended.state, ended.result, ended.exit_code, ended.stderr) == (RunState.COMPLETED, result, 0, "note\n")
    assert ended.session_id == "5f0c"
    assert ended.ended_at == clock.now
    clock.pass_(3)
    assert await registry.runs.end(run.id, RunOutcome(RunState.COMPLETED, result=result)) == ended
    assert await registry.runs.end(run.id, RunOutcome(RunState.LOST, error="gone")) == ended


@pytest.mark.proves("doubled.usage")
async def test_what_runs_use_is_added_up_for_their_task_once_each_however_they_end(
    registry: Registry, records: Records, task: Task
) -> None:
    one, two, three = [await registry.runs.add(records.run(task, attempt=n), fence=1) for n in (1, 2, 3)]
    used = Usage(input_tokens=10, output_tokens=7, cost_usd=0.25)
    for _ in range(2):
        await registry.runs.end(one.id, RunOutcome(RunState.FAILED, error="broke", usage=used))
    assert (await registry.tasks.get(task.id)).usage == used
    await registry.runs.end(two.id, RunOutcome(RunState.LOST))
    ended = await registry.runs.end(three.id, RunOutcome(RunState.COMPLETED, result=Result(text="done"), usage=used))
    assert ended.usage == used
    assert (await registry.tasks.get(task.id)).usage == Usage(input_tokens=20, output_tokens=14, cost_usd=0.5)


async def test_only_runs_that_have_not_ended_are_running(registry: Registry, records: Records, task: Task) -> None:
    one, two, three = [await registry.runs.add(records.run(task, attempt=n), fence=1) for n in (1, 2, 3)]
    await registry.runs.end(two.id, RunOutcome(RunState.LOST, error="nobody saw how it ended"))
    assert await registry.runs.running() == [one, three]


async def test_a_run_is_found_by_its_tokens_hash(registry: Registry, records: Records, task: Task) -> None:
    run = await registry.runs.add(records.run(task, token_sha256="a" * 64), fence=1)
    assert await registry.runs.by_token("a" * 64) == run
    assert await registry.runs.by_token("b" * 64) is None


async def test_a_run_that_does_not_exist_is_named(registry: Registry) -> None:
    with pytest.raises(UsageError, match="'nobody'"):
        await registry.runs.get("nobody")
    with pytest.raises(UsageError, match="'nobody'"):
        await registry.runs.end("nobody", RunOutcome(RunState.LOST))
