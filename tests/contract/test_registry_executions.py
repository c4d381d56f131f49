"""How tasks go from state to state."""

import dataclasses
from datetime import timedelta

import pytest

from claw_discord_coord.errors import Conflict, Fenced, UnknownTask
from claw_discord_coord.models import HandoffState, Result, Task, TaskLocation, TaskState
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.transitions import FINAL, sources
from tests.contract.registry_records import FakeClock, Records, claim, events_after

pytestmark = pytest.mark.anyio

PATHS: dict[TaskState, list[TaskState]] = {
    TaskState.SUBMITTED: [],
    TaskState.WORKING: [TaskState.WORKING],
    TaskState.INPUT_REQUIRED: [TaskState.WORKING, TaskState.INPUT_REQUIRED],
    TaskState.COMPLETED: [TaskState.WORKING, TaskState.COMPLETED],
    TaskState.FAILED: [TaskState.WORKING, TaskState.FAILED],
    TaskState.CANCELED: [TaskState.CANCELED],
    TaskState.REJECTED: [TaskState.REJECTED],
}


@pytest.fixture
async def task(registry: Registry, records: Records) -> Task:
    return (await registry.admission.create(records.task(), event=".")).task


@pytest.mark.parametrize("target", TaskState)
@pytest.mark.parametrize("start", TaskState)
async def test_a_task_goes_only_where_the_table_lets_it(
    registry: Registry, task: Task, start: TaskState, target: TaskState
) -> None:
    for state in PATHS[start]:
        task = await registry.executions.move(task.id, state)
    before = await events_after(registry, 0)
    if start in sources(target):
        assert (await registry.executions.move(task.id, target)).state is target
    elif start is target:
        assert await registry.executions.move(task.id, target) == task
        assert await events_after(registry, 0) == before
    else:
        expected = " or ".join(sorted(sources(target))) or "no state at all"
        with pytest.raises(Conflict, match=f"expected {expected}, got {start}"):
            await registry.executions.move(task.id, target)
        assert await registry.tasks.get(task.id) == task
        assert await events_after(registry, 0) == before


async def test_every_claim_is_a_higher_fence(registry: Registry, task: Task) -> None:
    assert [await claim(registry, task) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("call", ["claim", "handled", "move", "place", "add_requests", "cancel_tree"])
async def test_a_task_that_does_not_exist_cannot_be_changed(registry: Registry, records: Records, call: str) -> None:
    calls = {
        "claim": lambda: registry.executions.claim("nobody"),
        "handled": lambda: registry.executions.handled(records.task(id="nobody")),
        "move": lambda: registry.executions.move("nobody", TaskState.WORKING),
        "place": lambda: registry.executions.set_location("nobody", TaskLocation("1", "2", "3", "u")),
        "add_requests": lambda: registry.tasks.add_requests("nobody", 1),
        "cancel_tree": lambda: registry.cancellations.request("nobody", "ana"),
    }
    with pytest.raises(UnknownTask, match="'nobody'"):
        await calls[call]()


async def test_a_task_begins_when_its_agent_has_a_free_slot(registry: Registry, task: Task, clock: FakeClock) -> None:
    clock.pass_(5)
    (begun,) = await registry.executions.begin_waiting(task.agent, concurrency=1)
    assert (begun.id, begun.state, begun.started_at) == (task.id, TaskState.WORKING, clock.now)
    assert await registry.tasks.get(task.id) == begun
    assert [event.type for event in await registry.events.of_task(task.id)] == ["task.submitted", "task.working"]
    assert await registry.due.now() == [("task", task.id)]


@pytest.mark.proves("lost.queue")
async def test_the_tasks_of_an_agent_begin_oldest_first_and_only_in_free_slots(
    registry: Registry, records: Records, task: Task
) -> None:
    second, third = [(await registry.admission.create(records.task(), event=".")).task for _ in range(2)]
    assert await begun(registry, task.agent, concurrency=1) == [task.id]
    assert await begun(registry, task.agent, concurrency=1) == []
    await registry.executions.move(task.id, TaskState.COMPLETED)
    assert await begun(registry, task.agent, concurrency=2) == [second.id, third.id]
    assert await begun(registry, task.agent, concurrency=3) == []


async def test_no_further_task_begins_while_an_agent_works_on_more_than_it_may_now(
    registry: Registry, records: Records, task: Task
) -> None:
    second, third = [(await registry.admission.create(records.task(), event=".")).task for _ in range(2)]
    assert await begun(registry, task.agent, concurrency=2) == [task.id, second.id]
    assert await begun(registry, task.agent, concurrency=1) == []
    await registry.executions.move(second.id, TaskState.COMPLETED)
    assert await begun(registry, task.agent, concurrency=1) == []
    await registry.executions.move(task.id, TaskState.COMPLETED)
    assert await begun(registry, task.agent, concurrency=1) == [third.id]


async def test_a_task_does_not_wait_for_the_tasks_of_other_agents(
    registry: Registry, records: Records, task: Task
) -> None:
    other = (await registry.admission.create(records.task(agent="writing"), event=".")).task
    assert await begun(registry, "writing", concurrency=1) == [other.id]
    assert await begun(registry, "writing", concurrency=2) == []
    assert await begun(registry, "nobody", concurrency=1) == []
    assert await begun(registry, task.agent, concurrency=1) == [task.id]


async def test_a_task_that_is_to_stop_or_is_too_late_never_begins_and_holds_no_place_in_the_queue(
    registry: Registry, records: Records, task: Task, clock: FakeClock
) -> None:
    deadlines = [clock.now + timedelta(seconds=seconds) for seconds in (10, 11)]
    late, punctual = [
        (await registry.admission.create(records.task(deadline_at=deadline), event=".")).task for deadline in deadlines
    ]
    await registry.cancellations.request(task.id, "ana")
    clock.pass_(10)
    assert await begun(registry, task.agent, concurrency=1) == [punctual.id]
    assert await begun(registry, task.agent, concurrency=3) == []
    for waiting in (task, late):
        assert (await registry.tasks.get(waiting.id)).state is TaskState.SUBMITTED


async def test_a_task_that_waits_for_a_person_holds_no_slot_and_keeps_the_time_of_its_first_start(
    registry: Registry, records: Records, task: Task, clock: FakeClock
) -> None:
    second = (await registry.admission.create(records.task(), event=".")).task
    (first,) = await registry.executions.begin_waiting(task.agent, concurrency=1)
    await registry.executions.move(task.id, TaskState.INPUT_REQUIRED)
    assert await begun(registry, task.agent, concurrency=1) == [second.id]
    clock.pass_(60)
    again = await registry.executions.move(task.id, TaskState.WORKING)
    assert (again.state, again.started_at) == (TaskState.WORKING, first.started_at)


@pytest.mark.parametrize("final", sorted(FINAL))
async def test_a_task_that_has_ended_never_begins(registry: Registry, task: Task, final: TaskState) -> None:
    for state in PATHS[final]:
        await registry.executions.move(task.id, state)
    assert await begun(registry, task.agent, concurrency=1) == []
    assert (await registry.tasks.get(task.id)).state is final


async def begun(registry: Registry, agent: str, *, concurrency: int) -> list[str]:
    return [task.id for task in await registry.executions.begin_waiting(agent, concurrency=concurrency)]


async def test_a_request_that_comes_during_an_execution_is_due_afterwards(registry: Registry, task: Task) -> None:
    first = await registry.executions.claim(task.id)
    await registry.cancellations.request(task.id, "ana")
    assert first is not None
    await registry.executions.handled(first)
    assert await registry.due.now() == [("task", task.id)]
    second = await registry.executions.claim(task.id)
    assert second is not None
    await registry.executions.handled(second)
    assert await registry.due.now() == []


@pytest.mark.proves("waiting.rows")
async def test_an_execution_that_a_crash_ended_is_still_due(
    registry: Registry, second_registry: Registry, task: Task
) -> None:
    assert await registry.due.now() == []
    crashed = await registry.executions.claim(task.id)
    assert await second_registry.due.now() == [("task", task.id)]
    again = await second_registry.executions.claim(task.id)
    assert crashed is not None
    assert again is not None
    with pytest.raises(Fenced):
        await registry.executions.handled(crashed)
    assert await registry.due.now() == [("task", task.id)]
    await second_registry.executions.handled(again)
    assert await registry.due.now() == []


@pytest.mark.parametrize("final", sorted(FINAL))
async def test_an_ended_task_is_claimed_until_its_ending_is_handled(
    registry: Registry, task: Task, final: TaskState
) -> None:
    execution = await registry.executions.claim(task.id)
    assert execution is not None
    for state in PATHS[final]:
        await registry.executions.move(task.id, state, fence=execution.fence)
    again = await registry.executions.claim(task.id)
    assert again is not None
    assert again.state is final
    await registry.executions.handled(again)
    assert await registry.executions.claim(task.id) is None
    assert (await registry.tasks.get(task.id)).fence == again.fence


async def test_the_end_of_an_execution_that_is_repeated_answers_the_same(registry: Registry, task: Task) -> None:
    execution = await registry.executions.claim(task.id)
    assert execution is not None
    handled = await registry.executions.handled(execution)
    assert (handled.handled, handled.woken) == (execution.woken, execution.woken)
    assert await registry.executions.handled(execution) == handled


async def test_an_end_is_stored_with_its_time_reason_and_result(
    registry: Registry, task: Task, clock: FakeClock
) -> None:
    await registry.executions.move(task.id, TaskState.WORKING)
    clock.pass_(30)
    result = Result(text="**42**", kind="report", artifacts=("/srv/a.csv",))
    ended = await registry.executions.move(
        task.id, TaskState.COMPLETED, reason="approved by ana", result=result, event="All done."
    )
    assert (ended.ended_at, ended.reason, ended.result) == (clock.now, "approved by ana", result)
    assert (await registry.events.of_task(task.id))[-1].text == "All done."


@pytest.mark.proves("lost.result")
async def test_a_result_stays_when_a_later_move_brings_none(registry: Registry, task: Task) -> None:
    await registry.executions.move(task.id, TaskState.WORKING)
    await registry.executions.move(task.id, TaskState.INPUT_REQUIRED, reason="review", result=Result(text="draft"))
    ended = await registry.executions.move(task.id, TaskState.COMPLETED)
    assert (ended.result, ended.reason) == (Result(text="draft"), None)


async def test_without_a_line_given_the_story_tells_state_and_reason(registry: Registry, task: Task) -> None:
    await registry.executions.move(task.id, TaskState.WORKING)
    await registry.executions.move(task.id, TaskState.FAILED, reason="the program is missing")
    events = await registry.events.of_task(task.id)
    assert [(event.type, event.text) for event in events[1:]] == [
        ("task.working", "Work has begun."),
        ("task.failed", "Failed: the program is missing"),
    ]


@pytest.mark.parametrize(
    ("target", "expired", "state", "answer"),
    [
        (TaskState.COMPLETED, False, HandoffState.COMPLETED, "x" * 1_000),
        (TaskState.FAILED, False, HandoffState.FAILED, "because"),
        (TaskState.CANCELED, False, HandoffState.FAILED, "because"),
        (TaskState.FAILED, True, HandoffState.EXPIRED, "because"),
    ],
)
async def test_a_handoff_goes_with_the_task_that_came_by_it(
    registry: Registry,
    records: Records,
    task: Task,
    clock: FakeClock,
    target: TaskState,
    expired: bool,
    state: HandoffState,
    answer: str,
) -> None:
    received, handoff = records.handoff(task)
    await registry.admission.create(received, handoff=handoff, event=".")
    await registry.executions.move(received.id, TaskState.WORKING)
    assert (await registry.handoffs.get(handoff.id)).state is HandoffState.ACCEPTED
    await registry.executions.move(received.id, TaskState.INPUT_REQUIRED)
    await registry.executions.move(received.id, TaskState.WORKING)
    clock.pass_(9)
    result = Result(text="x" * 1_500) if target is TaskState.COMPLETED else None
    await registry.executions.move(received.id, target, reason="because", result=result, expired=expired)
    ended = await registry.handoffs.get(handoff.id)
    assert (ended.state, ended.answer, ended.answered_at) == (state, answer, clock.now)


@pytest.mark.proves("lost.handoff")
async def test_a_handoff_that_nobody_took_up_ends_with_its_task(
    registry: Registry, records: Records, task: Task
) -> None:
    received, handoff = records.handoff(task)
    await registry.admission.create(received, handoff=handoff, event=".")
    await registry.executions.move(received.id, TaskState.REJECTED, reason="not mine")
    ended = await registry.handoffs.get(handoff.id)
    assert (ended.state, ended.answer) == (HandoffState.FAILED, "not mine")


async def test_a_tasks_place_and_requests_are_kept(registry: Registry, task: Task) -> None:
    location = TaskLocation("1", "2", "3", "https://x/3")
    placed = await registry.executions.set_location(task.id, location)
    assert (placed.channel_id, placed.message_id, placed.thread_id, placed.thread_url) == dataclasses.astuple(location)
    await registry.tasks.add_requests(task.id, 3)
    await registry.tasks.add_requests(task.id, 1)
    assert (await registry.tasks.get(task.id)).discord_requests == 4


async def test_who_asked_first_for_a_stop_stays_noted(registry: Registry, task: Task) -> None:
    await registry.cancellations.request(task.id, "ana")
    assert [each.cancel_requested for each in await registry.cancellations.request(task.id, "ben")] == ["ana"]
    told = [event.text for event in await registry.events.of_task(task.id) if event.type == "task.cancel-requested"]
    assert told == ["ana asked for it to be stopped."]


@pytest.mark.parametrize("final", sorted(FINAL))
async def test_an_ended_task_is_not_told_to_stop(registry: Registry, task: Task, final: TaskState) -> None:
    for state in PATHS[final]:
        task = await registry.executions.move(task.id, state)
    assert await registry.cancellations.request(task.id, "ana") == []
    assert await registry.tasks.get(task.id) == task


async def test_a_stop_reaches_everything_below_a_task_and_nothing_beside_it(
    registry: Registry, records: Records
) -> None:
    root = (await registry.admission.create(records.task(), event=".")).task
    child, beside = [(await registry.admission.create(records.child(root), event=".")).task for _ in range(2)]
    grandchild, ended = [(await registry.admission.create(records.child(child), event=".")).task for _ in range(2)]
    await registry.executions.move(ended.id, TaskState.CANCELED)
    stopped = await registry.cancellations.request(child.id, "ana")
    assert [(one.id, one.cancel_requested) for one in stopped] == [(child.id, "ana"), (grandchild.id, "ana")]
    for untouched in (root, beside, ended):
        assert (await registry.tasks.get(untouched.id)).cancel_requested is None


async def test_a_stop_reaches_what_an_ended_task_has_started(registry: Registry, records: Records, task: Task) -> None:
    child = (await registry.admission.create(records.child(task), event=".")).task
    await registry.executions.move(task.id, TaskState.CANCELED)
    assert [one.id for one in await registry.cancellations.request(task.id, "ana")] == [child.id]


@pytest.mark.proves("doubled.fence")
async def test_an_execution_with_an_older_fence_changes_nothing(
    registry: Registry, records: Records, task: Task
) -> None:
    old, new = await claim(registry, task), await claim(registry, task)
    calls = [
        lambda fence: registry.executions.move(task.id, TaskState.WORKING, fence=fence),
        lambda fence: registry.runs.add(records.run(task), fence=fence),
        lambda fence: registry.executions.move(task.id, TaskState.COMPLETED, fence=fence, result=Result(text="late")),
        lambda fence: registry.executions.handled(task.model_copy(update={"fence": fence, "woken": 1})),
    ]
    for call in calls:
        before = (
            await registry.tasks.get(task.id),
            await registry.runs.of_task(task.id),
            await events_after(registry, 0),
        )
        with pytest.raises(Fenced, match="taken over by a newer execution"):
            await call(old)
        with pytest.raises(Fenced):
            await call(new + 1)
        after = (
            await registry.tasks.get(task.id),
            await registry.runs.of_task(task.id),
            await events_after(registry, 0),
        )
        assert after == before
        await call(new)
        with pytest.raises(Fenced):
            await call(old)


async def test_a_replayed_move_is_answered_and_an_older_execution_hears_that_it_is_fenced(
    registry: Registry, task: Task
) -> None:
    await registry.executions.begin_waiting(task.agent, concurrency=1)
    old = await claim(registry, task)
    ended = await registry.executions.move(task.id, TaskState.COMPLETED, fence=old, result=Result(text="a"))
    assert await registry.executions.move(task.id, TaskState.COMPLETED, fence=old, result=Result(text="b")) == ended
    new = await claim(registry, task)
    assert (await registry.executions.move(task.id, TaskState.COMPLETED, fence=new)).result == Result(text="a")
    with pytest.raises(Fenced):
        await registry.executions.move(task.id, TaskState.COMPLETED, fence=old)
