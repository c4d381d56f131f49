"""The workflow of a task: each test states what a person would see."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from claw_discord_coord.clock import utc_now
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.workflows.wait_notices import WAITING
from claw_discord_coord.errors import Conflict, LimitReached, NotAuthorized, RunFailed, UnknownAgent, UsageError
from claw_discord_coord.models import (
    DeliveryState,
    HandoffState,
    Kind,
    NewTask,
    RunOutcome,
    RunState,
    Task,
    TaskLocation,
    TaskState,
)
from tests.house import House

pytestmark = pytest.mark.anyio


async def test_a_task_is_carded_run_answered_and_closed(house: House) -> None:
    task = await house.spawn(kind=Kind.INTERN)
    house.runtime.complete(await house.running(task.id), "three sources")
    task = await house.closed(task.id)
    assert task.state is TaskState.COMPLETED
    assert task.result is not None
    assert task.result.text == "three sources"
    assert [said.text for said in house.workspace.threads[task.id]] == ["three sources"]
    assert house.workspace.closed[task.id] is TaskState.COMPLETED
    assert task.id in house.workspace.archived
    assert house.workspace.shown[task.id] == [TaskState.WORKING, TaskState.COMPLETED]
    assert not (house.folder / "sessions" / f"task-{task.id}").exists()


async def test_the_thread_shows_a_result_without_its_front_matter(house: House) -> None:
    task = await house.spawn()
    house.runtime.complete(await house.running(task.id), "---\ndraft: true\n---\n\nthree sources")
    task = await house.closed(task.id)
    assert [said.text for said in house.workspace.threads[task.id]] == ["three sources"]
    assert task.result is not None
    assert task.result.text.startswith("---"), "destinations need it"


async def test_an_intern_costs_five_writes_to_discord(house: House) -> None:
    task = await house.spawn(kind=Kind.INTERN)
    house.runtime.complete(await house.running(task.id))
    await house.closed(task.id)
    assert house.workspace.requests == 5


@pytest.mark.proves("doubled.call")
async def test_the_same_call_twice_is_one_task(house: House) -> None:
    first = await house.spawn(request_id="call-1")
    second = await house.spawn(request_id="call-1")
    assert first.id == second.id
    house.runtime.complete(await house.running(first.id))
    await house.closed(first.id)
    assert len(house.runtime.orders) == 1


@pytest.mark.proves("doubled.key")
async def test_the_same_key_joins_and_a_failed_one_does_not(house: House) -> None:
    first = await house.spawn(key="weekly")
    assert (await house.spawn(key="weekly")).id == first.id
    house.runtime.end(await house.running(first.id), RunOutcome(RunState.FAILED, error="no luck"))
    failed = await house.closed(first.id)
    assert (failed.state, failed.reason) == (TaskState.FAILED, "no luck")
    assert (await house.spawn(key="weekly")).id != first.id


async def test_a_second_task_waits_for_its_agents_free_place(house: House) -> None:
    first, second = await house.spawn("survey one"), await house.spawn("survey two")
    run = await house.running(first.id)
    assert (await house.registry.tasks.get(second.id)).state is TaskState.SUBMITTED
    house.runtime.complete(run)
    house.runtime.complete(await house.running(second.id))
    await house.closed(second.id)
    assert house.workspace.shown[second.id] == [TaskState.SUBMITTED, TaskState.WORKING, TaskState.COMPLETED]


@pytest.mark.proves("obeyed.stop")
async def test_a_stop_ends_the_run_and_everything_below_it(house: House) -> None:
    parent = await house.spawn()
    await house.running(parent.id)
    child = await house.spawn("write a report", parent_task=parent.id)
    await house.running(child.id)
    stopped = await house.coordinator.control.cancel(parent.id, "grace")
    assert {task.id for task in stopped} == {parent.id, child.id}
    for task_id in (parent.id, child.id):
        task = await house.closed(task_id)
        assert (task.state, task.reason) == (TaskState.CANCELED, "canceled by grace")
    with pytest.raises(Conflict, match="already ended"):
        await house.coordinator.control.cancel(parent.id, "grace")


@pytest.mark.proves("obeyed.stop-below")
async def test_nothing_starts_below_a_stopped_task(house: House) -> None:
    parent = await house.spawn()
    await house.running(parent.id)
    await house.coordinator.control.cancel(parent.id, "grace")
    with pytest.raises(Exception, match="told to stop"):
        await house.spawn("write a report", parent_task=parent.id)


async def test_a_waiting_task_can_be_stopped_before_it_starts(house: House) -> None:
    first, second = await house.spawn("survey one"), await house.spawn("survey two")
    await house.running(first.id)
    await house.coordinator.control.cancel(second.id, "grace")
    assert (await house.closed(second.id)).state is TaskState.CANCELED
    assert len(house.runtime.orders) == 1


@pytest.mark.proves("waiting.discord")
async def test_work_begins_ends_and_is_stopped_while_its_thread_is_still_being_opened(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening, go_on = asyncio.Event(), asyncio.Event()
    opened = house.workspace.open

    async def slowly(task: Task) -> TaskLocation:
        opening.set()
        await go_on.wait()
        return await opened(task)

    monkeypatch.setattr(house.workspace, "open", slowly)
    done, stopped = await house.spawn(), await house.spawn("write a report")
    await opening.wait()
    house.runtime.complete(await house.running(done.id), "three sources")
    await house.until(done.id, TaskState.COMPLETED)
    await house.running(stopped.id)
    await house.coordinator.control.cancel(stopped.id, "grace")
    await house.until(stopped.id, TaskState.CANCELED)
    go_on.set()
    assert (await house.closed(done.id)).thread_url is not None
    assert [said.text for said in house.workspace.threads[done.id]] == ["three sources"]
    await house.closed(stopped.id)
    assert house.workspace.closed[stopped.id] is TaskState.CANCELED


@pytest.mark.proves("lost.run-again")
async def test_a_lost_run_is_run_again_and_no_more_often_than_allowed(house: House) -> None:
    task = await house.spawn()
    for attempt in (1, 2, 3):
        house.runtime.end(await house.running(task.id, attempt), RunOutcome(RunState.LOST, error="nobody saw"))
    task = await house.closed(task.id)
    assert task.state is TaskState.FAILED
    assert task.reason == "its run was lost 3 times, so the outcome is unknown"


@pytest.mark.proves("shown.reason")
async def test_a_program_that_cannot_start_fails_its_task_with_the_fix(house: House) -> None:
    house.runtime.refusing = RunFailed("There is no program never-run.", fix="Install it.")
    task = await house.closed((await house.spawn()).id)
    assert (task.state, task.reason) == (TaskState.FAILED, "There is no program never-run. Install it.")


@pytest.mark.proves("obeyed.review")
async def test_a_result_for_review_waits_for_an_operator(house: House) -> None:
    task = await house.spawn(review=True)
    house.runtime.complete(await house.running(task.id), "a draft", kind="report")
    waiting = await house.until(task.id, TaskState.INPUT_REQUIRED)
    assert waiting.result is not None
    assert await house.registry.deliveries.of_task(task.id) == []
    await house.coordinator.control.review(task.id, "ada", approved=True)
    assert (await house.closed(task.id)).state is TaskState.COMPLETED
    assert len(await house.registry.deliveries.of_task(task.id)) == 2
    assert [said.key.rpartition("/")[2] for said in house.workspace.threads[task.id]] == ["result", "review"]


@pytest.mark.proves("obeyed.review")
async def test_a_rejected_result_goes_nowhere(house: House) -> None:
    task = await house.spawn(review=True)
    house.runtime.complete(await house.running(task.id), "a draft", kind="report")
    await house.until(task.id, TaskState.INPUT_REQUIRED)
    await house.coordinator.control.review(task.id, "ada", approved=False, note="too short")
    assert (await house.closed(task.id)).state is TaskState.REJECTED
    assert await house.registry.deliveries.of_task(task.id) == []


async def test_a_report_is_delivered_where_the_route_says(house: House) -> None:
    task = await house.spawn()
    house.runtime.complete(await house.running(task.id), "# All is well", kind="report")
    await house.closed(task.id)
    deliveries = await house.registry.deliveries.of_task(task.id)
    settled = [await _settled(house, delivery.id) for delivery in deliveries]
    assert {(one.destination, one.state) for one in settled} == {
        ("files", DeliveryState.DELIVERED),
        ("reports", DeliveryState.DELIVERED),
    }
    assert len(house.workspace.channels["reports"]) == 1
    assert len(list((house.folder / "out").iterdir())) == 1


@pytest.mark.proves("secret.private")
async def test_a_private_task_never_reaches_discord(house: House) -> None:
    task = await house.spawn(private=True)
    house.runtime.complete(await house.running(task.id), "secret", kind="report")
    await house.closed(task.id)
    assert house.workspace.calls == []
    assert [one.destination for one in await house.registry.deliveries.of_task(task.id)] == ["files"]


async def test_a_handoff_gives_the_packet_and_records_both_sides(house: House) -> None:
    source = await house.spawn()
    await house.running(source.id)
    (house.folder / "findings.json").write_text("{}")
    caller = Caller("r1", "test", "ada")
    artifacts = [str(house.folder / "findings.json")]
    first = await house.handoff(source.id, "writing", "make it a report", caller, artifacts=artifacts)
    record, task = first.handoff, first.task
    kept = [Path(file).parent for file in record.artifacts]
    again = await house.handoff(source.id, "writing", "make it a report", caller, artifacts=artifacts)
    with pytest.raises(UsageError, match="no such file"):
        await house.handoff(
            source.id, "writing", "x", Caller("r2", "test", "ada"), artifacts=["/nowhere", *record.artifacts]
        )
    assert list(kept[0].parent.iterdir()) == kept, "files are left of a handoff that was none"
    assert (first.joined, again.joined, again.handoff.id) == (False, True, record.id)
    run_id = await house.running(task.id)
    brief = house.runtime.orders[-1].brief
    assert brief["packet"]["summary"] == "make it a report"
    assert brief["packet"]["from_task"] == source.id
    assert (await house.registry.handoffs.get(record.id)).state is HandoffState.ACCEPTED
    house.runtime.complete(run_id, "the report")
    await house.closed(task.id)
    record = await house.registry.handoffs.get(record.id)
    assert (record.state, record.answer) == (HandoffState.COMPLETED, "the report")
    assert "handoff.offered" in [event.type for event in await house.registry.events.of_task(source.id)]


@pytest.mark.proves("lost.handoff")
async def test_a_handoff_past_its_deadline_expires(house: House) -> None:
    source = await house.spawn()
    await house.running(source.id)
    caller = Caller("r1", "test", "ada")
    handed_off = await house.handoff(source.id, "writing", "quickly", caller, deadline_s=0.3)
    task = await house.closed(handed_off.task.id)
    assert (task.state, task.reason) == (TaskState.FAILED, "the deadline passed")
    assert (await house.registry.handoffs.get(handed_off.handoff.id)).state is HandoffState.EXPIRED
    assert task.ended_at is not None
    assert task.ended_at - task.created_at >= timedelta(seconds=0.3)
    assert task.ended_at <= utc_now()


@pytest.mark.proves("obeyed.agent-token")
async def test_an_agent_calls_with_its_token_and_only_for_its_own_task(house: House) -> None:
    task, other = await house.spawn(), await house.spawn("write a report")
    run_id = await house.running(task.id)
    token = next(order for order in house.runtime.orders if order.run_id == run_id).environment["CLAW_TASK_TOKEN"]
    caller = await house.coordinator.agent_caller(token, request_id="a1", surface="cli")
    assert caller.task is not None
    child = (await house.coordinator.delegation.spawn(NewTask(task="write a report"), caller)).task
    assert (child.parent_id, child.root_id, child.depth) == (task.id, task.id, 1)
    with pytest.raises(NotAuthorized):
        await house.handoff(other.id, "writing", "mine now", caller)
    with pytest.raises(NotAuthorized):
        await house.coordinator.delegation.spawn(NewTask(task="write a report", parent_task=other.id), caller)
    house.runtime.complete(run_id)
    await house.closed(task.id)
    with pytest.raises(NotAuthorized, match="has ended"):
        await house.coordinator.agent_caller(token, request_id="a2", surface="cli")


@pytest.mark.proves("doubled.children")
async def test_a_run_that_is_run_again_finds_the_children_of_the_lost_one(house: House) -> None:
    task = await house.spawn()
    children: list[list[str]] = []
    for attempt in (1, 2):
        await house.running(task.id, attempt)
        token = (
            house.runtime.orders[-1].environment["CLAW_TASK_TOKEN"]
            if attempt == 1
            else house.sessions.token(f"{task.id}-r2")
        )
        made = []
        for number in (1, 2):  # the same words twice are two children when that is meant, in either run
            caller = await house.coordinator.agent_caller(token, request_id=f"a{attempt}-{number}", surface="cli")
            new = NewTask(task="write a report", again=number == 2)
            child = (await house.coordinator.delegation.spawn(new, caller)).task
            made.append(child.id)
        children.append(made)
        if attempt == 1:
            house.runtime.end(f"{task.id}-r1", RunOutcome(RunState.LOST))
    assert children[0] == children[1]
    assert len(set(children[0])) == 2


@pytest.mark.parametrize(
    ("text", "options", "error"),
    [
        ("  ", {}, UsageError),
        ("x" * 200_000, {}, UsageError),
        ("\u200b\u202e", {}, UsageError),
        ("survey", {"agent": "nobody"}, UnknownAgent),
        ("something else entirely", {}, UnknownAgent),
        ("survey", {"timeout_s": 1e9}, UsageError),
    ],
)
async def test_bad_calls_are_refused_and_leave_nothing(
    house: House, text: str, options: dict, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await house.spawn(text, **options)
    assert await house.registry.tasks.find() == []


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("   ", "survey the sources"),
        ("\u200b\u202e", "survey the sources"),
        ("pay \u202ekcab\u202c\x1b[31m now", "pay kcab[31m now"),
        ("two\nlines", "two lines"),
    ],
)
async def test_a_title_is_one_line_that_hides_nothing_and_never_empty(house: House, title: str, shown: str) -> None:
    assert (await house.spawn(title=title)).title == shown


@pytest.mark.proves("lost.request-id")
async def test_the_request_id_of_another_call_is_no_retry(house: House) -> None:
    task = await house.spawn("survey the sources", "r1")
    assert (await house.spawn("survey the sources", "r1")).id == task.id
    assert (await house.spawn("survey the sources", "r1", agent="research")).id == task.id
    for text, options in (("survey the rest", {}), ("survey the sources", {"agent": "writing"})):
        with pytest.raises(Conflict, match=task.id):
            await house.spawn(text, "r1", **options)
    caller = Caller("r2", "test", "ada")
    passed_on = (await house.handoff(task.id, "writing", "make it a report", caller)).task
    again = await house.handoff(task.id, "writing", "make it a report", caller)
    assert (again.task.id, again.joined) == (passed_on.id, True)
    for agent, summary, call in (
        ("writing", "make it short", caller),
        ("research", "make it a report", caller),
        ("research", "survey the sources", Caller("r1", "test", "ada")),
    ):
        with pytest.raises(Conflict, match="request id"):
            await house.handoff(task.id, agent, summary, call)
    assert len(await house.registry.tasks.find()) == 2


async def test_a_chain_of_handoffs_may_be_as_long_as_handoffs_are_allowed(house: House) -> None:
    task = await house.spawn()
    for hop in range(8):
        caller = Caller(f"r-{hop}", "test", "ada")
        task = (await house.handoff(task.id, "writing", "go on", caller)).task
    child = await house.spawn("write a report", parent_task=task.id)
    assert child.depth == 1
    with pytest.raises(LimitReached, match="already has 8 handoffs"):
        await house.handoff(task.id, "writing", "go on", Caller("r-9", "test", "ada"))


@pytest.mark.proves("obeyed.limits")
async def test_the_tree_has_limits(house: House) -> None:
    task = await house.spawn()
    for _ in range(4):
        task = await house.spawn("write a report", parent_task=task.id)
    with pytest.raises(LimitReached, match="deep"):
        await house.spawn("write a report", parent_task=task.id)


async def _settled(house: House, delivery_id: str):
    import asyncio

    async with asyncio.timeout(10):
        while (delivery := await house.registry.deliveries.get(delivery_id)).state is DeliveryState.PLANNED:
            await asyncio.sleep(0.01)
    return delivery


@pytest.mark.proves("lost.queue")
async def test_tasks_of_an_agent_that_skill_yaml_lost_wait_until_it_is_back(house: House) -> None:
    config = house.services.config()
    agent = config.agents["research"]
    first = await house.spawn("survey one")
    second = await house.spawn("survey two")
    run_id = await house.running(first.id)
    del config.agents["research"]
    house.runtime.complete(run_id)
    await house.closed(first.id)
    async with asyncio.timeout(10):
        while not (waits := await house.registry.events.of_task(second.id, types=[WAITING])):
            await asyncio.sleep(0.01)
    assert "put it back" in waits[0].text
    assert (await house.registry.tasks.get(second.id)).state is TaskState.SUBMITTED
    config.agents["research"] = agent
    house.engine.wake("agent", "research")
    house.runtime.complete(await house.running(second.id))
    assert (await house.closed(second.id)).state is TaskState.COMPLETED


async def test_a_task_that_expires_in_the_queue_is_shown_as_failed(house: House) -> None:
    source = await house.spawn("survey one")
    await house.running(source.id)
    caller = Caller("r1", "test", "ada")
    received = (await house.handoff(source.id, "research", "survey two", caller, deadline_s=0.2)).task
    assert (await house.closed(received.id)).state is TaskState.FAILED
    assert house.workspace.closed[received.id] is TaskState.FAILED
    assert [said.text for said in house.workspace.threads[received.id]] == ["**failed**: the deadline passed"]


@pytest.mark.proves("lost.queue")
async def test_many_tasks_that_come_at_once_all_get_their_turn(house: House) -> None:
    tasks = await asyncio.gather(
        *(house.spawn(f"survey {number}", request_id=f"many-{number}") for number in range(20))
    )
    for task in tasks:
        house.runtime.complete(f"{task.id}-r1")
    for task in tasks:
        assert (await house.closed(task.id)).state is TaskState.COMPLETED
