"""How tasks enter the registry: once, and within limits."""

from datetime import UTC, datetime

import pytest

from claw_discord_coord.config.model import LimitsConfig
from claw_discord_coord.errors import LimitReached, Refused, UnknownTask
from claw_discord_coord.models import Result, TaskState, Usage
from claw_discord_coord.registry.admission import Admitted
from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import FakeClock, Records, events_after

pytestmark = pytest.mark.anyio


async def test_a_new_task_is_stored_as_it_was_given(registry: Registry, records: Records) -> None:
    task = records.task(
        key="weekly",
        packet={"summary": "so far", "artifacts": ["/a", "ü"], "n": 1.5},
        review=True,
        deadline_at=datetime(2026, 5, 4, 13, 30, 0, 123456, tzinfo=UTC),
        result=Result(text="r", artifacts=("/x",)),
        usage=Usage(input_tokens=3),
    )
    assert await registry.admission.create(task, event="Asked for by the lead.") == Admitted(task, joined=False)
    assert await registry.tasks.get(task.id) == task


async def test_a_new_tasks_story_begins_with_the_line_given(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    task = (await registry.admission.create(records.task(), event="Asked for by the lead.")).task
    (event,) = await registry.events.of_task(task.id)
    assert (event.type, event.text, event.at) == ("task.submitted", "Asked for by the lead.", clock.now)


@pytest.mark.proves("doubled.call")
async def test_the_same_call_again_finds_the_first_task_even_when_that_has_ended(
    registry: Registry, records: Records
) -> None:
    first = (await registry.admission.create(records.task(origin="call-1"), event="First.")).task
    ended = await registry.executions.move(first.id, TaskState.FAILED, reason="no program")
    assert await registry.admission.create(records.task(origin="call-1"), event="Again.") == Admitted(
        ended, joined=True
    )
    assert [event.type for event in await events_after(registry, 0)] == ["task.submitted", "task.failed"]


@pytest.mark.parametrize("state", [TaskState.SUBMITTED, TaskState.WORKING, TaskState.COMPLETED])
async def test_the_same_work_joins_a_task_that_has_not_come_to_nothing(
    registry: Registry, records: Records, state: TaskState
) -> None:
    first = (await registry.admission.create(records.task(key="survey"), event="First.")).task
    for step in {TaskState.SUBMITTED: [], TaskState.WORKING: [state], TaskState.COMPLETED: ["working", state]}[state]:
        first = await registry.executions.move(first.id, TaskState(step))
    assert await registry.admission.create(records.task(key="survey"), event="Again.") == Admitted(first, joined=True)


@pytest.mark.parametrize("state", [TaskState.FAILED, TaskState.CANCELED, TaskState.REJECTED])
async def test_the_same_work_starts_anew_after_it_has_come_to_nothing(
    registry: Registry, records: Records, state: TaskState
) -> None:
    first = (await registry.admission.create(records.task(key="survey"), event="First.")).task
    await registry.executions.move(first.id, state)
    second = records.task(key="survey")
    assert await registry.admission.create(second, event="Again.") == Admitted(second, joined=False)


async def test_work_without_a_key_is_never_the_same(registry: Registry, records: Records) -> None:
    assert [(await registry.admission.create(records.task(), event=".")).joined for _ in range(2)] == [False, False]


async def test_a_handoff_is_stored_with_its_task_and_seen_from_both_sides(registry: Registry, records: Records) -> None:
    source = (await registry.admission.create(records.task(), event="First.")).task
    task, handoff = records.handoff(source)
    assert await registry.admission.create(task, handoff=handoff, event="Handed on.") == Admitted(task, joined=False)
    assert await registry.handoffs.of_task(source.id) == await registry.handoffs.of_task(task.id) == [handoff]
    assert await registry.handoffs.get(handoff.id) == handoff


@pytest.mark.proves("doubled.handoff")
async def test_a_handoff_that_arrives_twice_is_one(registry: Registry, records: Records) -> None:
    source = (await registry.admission.create(records.task(), event="First.")).task
    task, handoff = records.handoff(source)
    await registry.admission.create(task, handoff=handoff, event="Handed on.")
    assert await registry.admission.create(task, handoff=handoff, event="Handed on.") == Admitted(task, joined=True)
    assert await registry.handoffs.of_task(source.id) == [handoff]


async def test_a_parent_that_does_not_exist_is_named(registry: Registry, records: Records) -> None:
    with pytest.raises(UnknownTask, match="'nobody'"):
        await registry.admission.create(records.task(parent_id="nobody", root_id="nobody"), event=".")
    assert await events_after(registry, 0) == []


async def test_a_tree_grows_no_deeper_than_allowed(registry: Registry, records: Records) -> None:
    limits = LimitsConfig(depth=1)
    root = (await registry.admission.create(records.task(), limits=limits, event=".")).task
    child = (await registry.admission.create(records.child(root), limits=limits, event=".")).task
    with pytest.raises(LimitReached) as caught:
        await registry.admission.create(records.child(child), limits=limits, event=".")
    assert "already 1 level deep" in str(caught.value)
    assert "limits.depth" in (caught.value.fix or "")


async def test_a_task_starts_no_more_children_than_allowed_and_handoffs_count(
    registry: Registry, records: Records
) -> None:
    limits = LimitsConfig(children=2)
    root = (await registry.admission.create(records.task(), limits=limits, event=".")).task
    await registry.admission.create(records.child(root), limits=limits, event=".")
    task, handoff = records.handoff(root)
    await registry.admission.create(task, handoff=handoff, limits=limits, event=".")
    with pytest.raises(LimitReached, match="already started 2 tasks"):
        await registry.admission.create(records.child(root), limits=limits, event=".")
    assert len(await registry.tasks.find(parent_id=root.id)) == 2


async def test_a_tree_has_no_more_handoffs_than_allowed_wherever_they_are(registry: Registry, records: Records) -> None:
    limits = LimitsConfig(handoffs=1)
    root = (await registry.admission.create(records.task(), limits=limits, event=".")).task
    task, handoff = records.handoff(root)
    await registry.admission.create(task, handoff=handoff, limits=limits, event=".")
    further, another = records.handoff(task)
    with pytest.raises(LimitReached, match=r"already has 1 handoff\."):
        await registry.admission.create(further, handoff=another, limits=limits, event=".")
    await registry.admission.create(records.child(task), limits=limits, event=".")


async def test_a_tree_has_no_more_tasks_than_allowed_and_others_do_not_count(
    registry: Registry, records: Records
) -> None:
    limits = LimitsConfig(tasks=2)
    await registry.admission.create(records.task(), limits=limits, event=".")
    root = (await registry.admission.create(records.task(), limits=limits, event=".")).task
    await registry.admission.create(records.child(root), limits=limits, event=".")
    with pytest.raises(LimitReached, match="already has 2 tasks"):
        await registry.admission.create(records.child(root), limits=limits, event=".")


async def test_the_same_call_is_answered_even_when_the_tree_is_full(registry: Registry, records: Records) -> None:
    limits = LimitsConfig(tasks=2)
    root = (await registry.admission.create(records.task(), limits=limits, event=".")).task
    child = (await registry.admission.create(records.child(root, origin="call-1"), limits=limits, event=".")).task
    assert await registry.admission.create(records.child(root, origin="call-1"), limits=limits, event=".") == Admitted(
        child, joined=True
    )


@pytest.mark.proves("obeyed.stop", "obeyed.stop-below")
async def test_nothing_new_is_started_below_a_stopped_task(registry: Registry, records: Records) -> None:
    root = (await registry.admission.create(records.task(), event=".")).task
    child = (await registry.admission.create(records.child(root), event=".")).task
    await registry.executions.move(child.id, TaskState.WORKING)
    await registry.executions.move(child.id, TaskState.COMPLETED)
    await registry.cancellations.request(root.id, "ana")
    for parent in (root, child):
        with pytest.raises(Refused, match=f"Task {root.id} has been told to stop"):
            await registry.admission.create(records.child(parent), event=".")
    assert len(await registry.tasks.find(root_id=root.id)) == 2


async def test_an_id_that_belongs_to_another_call_is_refused(registry: Registry, records: Records) -> None:
    task = (await registry.admission.create(records.task(), event=".")).task
    with pytest.raises(Exception, match="belongs to another task"):
        await registry.admission.create(records.task(id=task.id, origin="other"), event=".")
    assert await registry.tasks.get(task.id) == task


async def test_text_that_a_database_cannot_store_is_stored_as_near_as_can_be(
    registry: Registry, records: Records
) -> None:
    task = (await registry.admission.create(records.task(text="a\x00b \U0001f600 \u202e"), event="x\x00y")).task
    assert task.text == "a\ufffdb \U0001f600 \u202e"
    assert [event.text for event in await registry.events.of_task(task.id)] == ["x\ufffdy"]


async def test_a_million_characters_come_back_whole(registry: Registry, records: Records) -> None:
    text = "ä" * 1_000_000
    task = (await registry.admission.create(records.task(text=text), event=".")).task
    assert (await registry.tasks.get(task.id)).text == text


async def test_a_time_without_a_zone_is_a_mistake_and_not_guessed(registry: Registry, records: Records) -> None:
    with pytest.raises(Exception, match="aware times only"):
        await registry.admission.create(records.task(created_at=datetime(2026, 5, 4)), event=".")
    assert await registry.tasks.find() == []
