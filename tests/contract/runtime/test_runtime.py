"""What every runtime promises; runtimes/README.md says how to run these tests on a runtime of another package."""

import asyncio

import pytest

from claw_discord_coord.errors import Conflict, Refused
from claw_discord_coord.models import RunState
from tests.contract.runtime.benches import Act

pytestmark = pytest.mark.anyio

WORKS_ON = Act(lines=("at work",))


async def test_an_agent_gets_its_task_and_its_progress_and_result_come_back(bench, notes):
    runtime = bench.runtime()
    await runtime.start(bench.order(Act(("reading", "half way"), result="# {text}"), text="Grüße 🦀"))
    outcome = await within(runtime.watch("run-1", notes))
    assert outcome.state is RunState.COMPLETED
    assert outcome.error is None
    assert outcome.result is not None
    assert outcome.result.text == "# Grüße 🦀"
    assert notes.lines == ["reading", "half way"]


@pytest.mark.proves("doubled.run")
async def test_starting_a_run_again_does_not_run_it_again(bench, notes):
    order = bench.order(Act(result="once"))
    first, second = bench.runtime(), bench.runtime()
    await asyncio.gather(*(runtime.start(order) for runtime in (first, second) * 6))
    await within(first.watch("run-1", notes))
    await second.start(order)
    await within(second.watch("run-1", notes))
    assert bench.times_begun("run-1") == 1


async def test_runs_of_one_runtime_are_apart(bench, notes):
    runtime = bench.runtime()
    await runtime.start(bench.order(Act(result="one"), run_id="run-1"))
    await runtime.start(bench.order(Act(error="bad day"), run_id="run-2"))
    one, two = await asyncio.gather(*(within(runtime.watch(run_id, notes)) for run_id in ("run-1", "run-2")))
    assert (one.state, two.state) == (RunState.COMPLETED, RunState.FAILED)


async def test_every_watcher_gets_the_same_outcome_also_later_and_after_a_restart(bench, notes):
    runtime = bench.runtime()
    await runtime.start(bench.order(Act(("line",), result="end")))
    one, two = await asyncio.gather(*(within(runtime.watch("run-1", notes)) for _ in range(2)))
    three = await within(runtime.watch("run-1", notes))
    four = await within(bench.runtime().watch("run-1", notes))
    assert one == two == three == four


async def test_a_run_that_failed_says_why(bench, notes):
    runtime = bench.runtime()
    await runtime.start(bench.order(Act(error="bad day")))
    outcome = await within(runtime.watch("run-1", notes))
    assert outcome.state is RunState.FAILED
    assert "bad day" in outcome.error
    assert outcome.result is None


async def test_a_run_that_exceeds_its_time_has_failed(bench, notes):
    runtime = bench.runtime()
    await runtime.start(bench.order(WORKS_ON, timeout_s=0.5))
    outcome = await within(runtime.watch("run-1", notes))
    assert outcome.state is RunState.FAILED
    assert outcome.error
    assert not bench.is_at_work("run-1")


async def test_a_run_goes_on_when_its_watcher_is_gone_and_is_followed_by_a_runtime_built_anew(bench, notes):
    runtime = bench.runtime()
    await runtime.start(bench.order(WORKS_ON))
    watching = asyncio.ensure_future(runtime.watch("run-1", notes))
    await notes.first("at work")
    watching.cancel()
    await asyncio.wait([watching])
    assert bench.is_at_work("run-1")
    anew = bench.runtime()
    watching = asyncio.ensure_future(anew.watch("run-1", notes))
    await anew.stop("run-1")
    assert (await within(watching)).state is RunState.CANCELED
    assert bench.times_begun("run-1") == 1


async def test_stopping_ends_the_run_and_its_watcher_returns_canceled(bench, notes):
    runtime = bench.runtime()
    await runtime.start(bench.order(WORKS_ON))
    watching = asyncio.ensure_future(runtime.watch("run-1", notes))
    await notes.first("at work")
    await runtime.stop("run-1")
    assert not bench.is_at_work("run-1")
    assert (await within(watching)).state is RunState.CANCELED
    await runtime.stop("run-1")
    assert (await within(runtime.watch("run-1", notes))).state is RunState.CANCELED


async def test_stopping_an_ended_run_changes_nothing(bench, notes):
    await bench.runtime().start(bench.order(Act(result="well done")))
    outcome = await within(bench.runtime().watch("run-1", notes))
    await bench.runtime().stop("run-1")
    assert await within(bench.runtime().watch("run-1", notes)) == outcome
    assert outcome.state is RunState.COMPLETED


async def test_a_run_stopped_before_its_start_never_starts(bench, notes):
    await bench.runtime().stop("run-1")
    await bench.runtime().start(bench.order(Act(result="done")))
    outcome = await within(bench.runtime().watch("run-1", notes))
    assert outcome.state is RunState.CANCELED
    assert bench.times_begun("run-1") == 0


async def test_a_run_nobody_knows_is_lost(bench, notes):
    assert (await within(bench.runtime().watch("run-unknown", notes))).state is RunState.LOST


async def test_a_forgotten_run_leaves_no_record(bench, notes):
    runtime = bench.runtime()
    await runtime.start(bench.order(Act(result="done")))
    await within(runtime.watch("run-1", notes))
    assert bench.records() != []
    await runtime.forget("run-1")
    await runtime.forget("run-1")
    assert bench.records() == []


async def test_forgetting_a_run_that_still_goes_on_ends_it(bench, notes):
    runtime = bench.runtime()
    await runtime.start(bench.order(WORKS_ON))
    watching = asyncio.ensure_future(runtime.watch("run-1", notes))
    await notes.first("at work")
    watching.cancel()
    await asyncio.wait([watching])
    await runtime.forget("run-1")
    assert not bench.is_at_work("run-1")


async def test_what_a_runtime_declares_holds(bench, notes):
    runtime = bench.runtime()
    assert isinstance(runtime.ends_with_us, bool)
    await runtime.start(bench.order(Act(result="done")))
    await within(runtime.watch("run-1", notes))
    if runtime.messages is not None:
        with pytest.raises((Conflict, Refused)):
            await runtime.messages.send_message("run-1", "m1", "too late")
    if runtime.sessions is not None:
        assert await runtime.sessions.run_of("agent:main:main") is None, "it is a person's"


async def within(watch):
    async with asyncio.timeout(30):
        return await watch
