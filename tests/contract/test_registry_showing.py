"""What is not on Discord yet, and the last event of a task."""

import asyncio

import pytest

from claw_discord_coord.models import DeliveryState, Task, TaskLocation, TaskState
from claw_discord_coord.registry.executions import CLOSED
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.showing import QUEUE_SHOWN
from tests.contract.registry_records import Records

pytestmark = pytest.mark.anyio


@pytest.fixture
async def task(registry: Registry, records: Records) -> Task:
    return await put(registry, records.task())


async def put(registry: Registry, task: Task, *states: TaskState) -> Task:
    task = (await registry.admission.create(task, event=".")).task
    for state in states:
        task = await registry.executions.move(task.id, state)
    return task


async def closings(registry: Registry, task: Task) -> int:
    return len(await registry.events.of_task(task.id, types=[CLOSED]))


async def test_the_most_urgent_tasks_are_shown_first_and_the_oldest_of_those(
    registry: Registry, records: Records
) -> None:
    paths = [
        [],
        [TaskState.WORKING],
        [TaskState.WORKING, TaskState.COMPLETED],
        [TaskState.WORKING, TaskState.INPUT_REQUIRED],
        [TaskState.FAILED],
        [TaskState.WORKING, TaskState.INPUT_REQUIRED],
        [TaskState.WORKING],
        [],
    ]
    tasks = [await put(registry, records.task(), *path) for path in paths]
    in_order = [tasks[number] for number in (3, 5, 2, 4, 1, 6, 0, 7)]
    assert await registry.showing.next(100) == in_order
    assert await registry.showing.next(3) == in_order[:3]
    left_out = [tasks[3].id, tasks[2].id]
    assert await registry.showing.next(3, without=left_out) == [tasks[5], tasks[4], tasks[1]]


async def test_of_a_long_queue_only_the_first_tasks_are_shown_and_the_next_ones_when_these_have_begun(
    registry: Registry, records: Records
) -> None:
    queue = [await put(registry, records.task()) for _ in range(QUEUE_SHOWN + 3)]
    other = await put(registry, records.task(agent="writing"))
    queues = [queue[0].agent, other.agent]
    assert await registry.showing.next(100, queues=queues) == [*queue[:QUEUE_SHOWN], other]
    assert await registry.showing.comes_soon(queue[0].id, 3, queues=queues)
    assert not await registry.showing.comes_soon(queue[5].id, 3, queues=queues), "others come first"
    assert not await registry.showing.comes_soon(queue[-1].id, 100, queues=queues)
    for task in queue[:QUEUE_SHOWN]:
        await registry.showing.shown(task)
    assert await registry.showing.next(100, queues=queues) == [other]
    begun = await registry.executions.move(queue[0].id, TaskState.WORKING)
    assert await registry.showing.next(100, queues=queues) == [begun, queue[QUEUE_SHOWN], other]


async def test_only_tasks_with_a_thread_are_shown_while_there_are_no_new_threads(
    registry: Registry, records: Records, task: Task
) -> None:
    await put(registry, records.task())
    placed = await registry.executions.set_location(task.id, TaskLocation("1", "2", "3", "u"))
    assert await registry.showing.next(100, placed=True) == [placed]


async def test_a_shown_task_is_not_shown_again_until_it_changes(registry: Registry, task: Task) -> None:
    await registry.showing.shown(task)
    assert await registry.showing.next(100) == []
    working = await registry.executions.move(task.id, TaskState.WORKING)
    (found,) = await registry.showing.next(100)
    assert (found.id, found.version) == (task.id, working.version)


@pytest.mark.proves("waiting.discord")
async def test_a_change_during_the_showing_is_shown_next(registry: Registry, task: Task) -> None:
    (shown,) = await registry.showing.next(100)
    working = await registry.executions.move(task.id, TaskState.WORKING)
    await registry.showing.shown(shown)
    (again,) = await registry.showing.next(100)
    assert (again.state, again.version) == (TaskState.WORKING, working.version)
    await registry.showing.shown(again)
    await registry.showing.shown(shown)
    assert await registry.showing.next(100) == [], "an older version takes no newer one's place"


async def test_the_place_of_a_task_is_no_change(registry: Registry, task: Task) -> None:
    await registry.showing.shown(task)
    await registry.executions.set_location(task.id, TaskLocation("1", "2", "3", "u"))
    assert await registry.showing.next(100) == []


async def test_a_decision_on_a_delivery_is_shown(registry: Registry, records: Records, task: Task) -> None:
    held = await registry.deliveries.plan(records.delivery(task_id=task.id, state=DeliveryState.HELD))
    await registry.showing.shown(task)
    await registry.deliveries.approve(held.id, "ada", call="r-1")
    (found,) = await registry.showing.next(100)
    await registry.showing.shown(found)
    await registry.deliveries.approve(held.id, "ada", call="r-1")
    assert await registry.showing.next(100) == []


async def test_messages_for_a_thread_wait_in_order_once_for_each_event(registry: Registry, task: Task) -> None:
    await registry.showing.shown(task)
    await registry.showing.add_message(task.id, "held", "Asks.", ["d-1", "d-2"])
    await registry.showing.add_message(task.id, "failed", "Failed.")
    (found,) = await registry.showing.next(100)
    await registry.showing.shown(found)
    await registry.showing.add_message(task.id, "held", "Asks again.")
    assert await registry.showing.next(100) == []
    held, failed = await registry.showing.messages(task.id)
    assert (held.event, held.text, held.deliveries) == ("held", "Asks.", ("d-1", "d-2"))
    assert (failed.event, failed.text, failed.deliveries) == ("failed", "Failed.", ())
    await registry.showing.sent(held)
    await registry.showing.sent(held)
    assert await registry.showing.messages(task.id) == [failed]


async def test_messages_that_are_added_at_once_are_one_for_each_event(
    registry: Registry, second_registry: Registry, task: Task
) -> None:
    calls = [
        opened.showing.add_message(task.id, f"event-{number}", "Text.")
        for number in range(3)
        for opened in (registry, second_registry) * 2
    ]
    await asyncio.gather(*calls)
    events = [message.event for message in await registry.showing.messages(task.id)]
    assert sorted(events) == ["event-0", "event-1", "event-2"]
    assert (await registry.tasks.get(task.id)).version == task.version + 3


@pytest.mark.proves("secret.private")
async def test_a_private_task_is_never_shown(registry: Registry, records: Records) -> None:
    private = await put(registry, records.task(private=True))
    held = await registry.deliveries.plan(records.delivery(task_id=private.id, state=DeliveryState.HELD))
    assert await registry.showing.next(100) == []
    for state in (TaskState.WORKING, TaskState.INPUT_REQUIRED, TaskState.COMPLETED):
        await registry.executions.move(private.id, state)
        assert await registry.showing.next(100) == []
    await registry.showing.add_message(private.id, "held", "Asks.")
    await registry.deliveries.approve(held.id, "ada")
    assert await registry.showing.next(100) == []


@pytest.mark.parametrize("first", ["handled", "shown"])
@pytest.mark.proves("shown.record")
async def test_the_last_event_of_a_task_comes_once_its_ending_is_handled_and_shown(
    registry: Registry, records: Records, task: Task, first: str
) -> None:
    execution = await registry.executions.claim(task.id)
    assert execution is not None
    await registry.showing.shown(task)
    for state in (TaskState.WORKING, TaskState.COMPLETED):
        ended = await registry.executions.move(task.id, state)
    steps = [lambda: registry.executions.handled(last), lambda: registry.showing.shown(ended)]
    last = await registry.executions.claim(task.id)
    assert last is not None
    for step in steps if first == "handled" else reversed(steps):
        assert await closings(registry, task) == 0
        await step()
    assert await closings(registry, task) == 1
    for step in steps:
        await step()
    await registry.showing.add_message(task.id, "late", "One more.")
    (found,) = await registry.showing.next(100)
    await registry.showing.shown(found)
    assert await closings(registry, task) == 1
    assert (await registry.events.of_task(task.id))[-1].type == CLOSED


async def test_an_ending_that_is_handled_and_shown_at_once_has_one_last_event(
    registry: Registry, second_registry: Registry, records: Records
) -> None:
    for _ in range(10):
        task = await put(registry, records.task())
        execution = await registry.executions.claim(task.id)
        assert execution is not None
        canceled = await registry.executions.move(task.id, TaskState.CANCELED, fence=execution.fence)
        await asyncio.gather(registry.executions.handled(execution), second_registry.showing.shown(canceled))
        assert await closings(registry, task) == 1


async def test_a_private_task_is_closed_without_being_shown(registry: Registry, records: Records) -> None:
    task = await put(registry, records.task(private=True))
    execution = await registry.executions.claim(task.id)
    assert execution is not None
    await registry.executions.move(task.id, TaskState.CANCELED, fence=execution.fence)
    await registry.executions.handled(execution)
    assert await closings(registry, task) == 1


async def test_a_task_that_has_not_ended_is_not_closed(registry: Registry, task: Task) -> None:
    execution = await registry.executions.claim(task.id)
    assert execution is not None
    await registry.executions.handled(execution)
    await registry.showing.shown(task)
    assert await closings(registry, task) == 0
