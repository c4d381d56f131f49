"""What the registry says is due: woken tasks, deadlines and the times of deliveries, and nothing else."""

from datetime import timedelta

import pytest

from claw_discord_coord.models import DeliveryState, Receipt, Task, TaskState
from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import FakeClock, Records

pytestmark = pytest.mark.anyio


async def put(registry: Registry, task: Task, *states: TaskState) -> Task:
    """A task that went through these states, with nothing left to do."""
    task = (await registry.admission.create(task, event=".")).task
    for state in states:
        task = await registry.executions.move(task.id, state)
    claimed = await registry.executions.claim(task.id)
    return task if claimed is None else await registry.executions.handled(claimed)


@pytest.mark.proves("waiting.rows")
async def test_nothing_is_due_while_all_records_wait(registry: Registry, records: Records) -> None:
    await put(registry, records.task())
    await put(registry, records.task(), TaskState.WORKING)
    await put(registry, records.task(), TaskState.WORKING, TaskState.INPUT_REQUIRED)
    await put(registry, records.task(), TaskState.WORKING, TaskState.COMPLETED)
    await registry.deliveries.plan(records.delivery(state=DeliveryState.HELD))
    assert await registry.due.now() == []
    assert await registry.due.next_at() is None


async def test_a_woken_task_is_due_whatever_wakes_it(registry: Registry, records: Records) -> None:
    stopped, reviewed, begun, asleep = [
        await put(registry, records.task()),
        await put(registry, records.task(review=True), TaskState.WORKING, TaskState.INPUT_REQUIRED),
        await put(registry, records.task(agent="writing")),
        await put(registry, records.task()),
    ]
    await registry.executions.begin_waiting("writing", concurrency=1)
    await registry.reviews.decide(reviewed.id, "ada", approved=True)
    await registry.cancellations.request(stopped.id, "ada")
    assert await registry.due.now() == [("task", task.id) for task in (stopped, reviewed, begun)]
    assert await registry.due.next_at() is None
    assert (await registry.tasks.get(asleep.id)).woken == asleep.woken


@pytest.mark.parametrize("states", [[], [TaskState.WORKING]])
async def test_a_task_is_due_from_its_deadline_on(
    registry: Registry, records: Records, clock: FakeClock, states: list[TaskState]
) -> None:
    deadline = clock.now + timedelta(seconds=60)
    task = await put(registry, records.task(deadline_at=deadline), *states)
    assert await registry.due.now() == []
    assert await registry.due.next_at() == deadline
    clock.pass_(60)
    assert await registry.due.now() == [("task", task.id)]
    assert await registry.due.next_at() is None
    await registry.cancellations.request(task.id, "ada")
    assert await registry.due.now() == [("task", task.id)], "once, though there are two reasons"


@pytest.mark.parametrize(
    "states",
    [
        [TaskState.WORKING, TaskState.INPUT_REQUIRED],
        [TaskState.WORKING, TaskState.COMPLETED],
        [TaskState.FAILED],
        [TaskState.CANCELED],
        [TaskState.REJECTED],
    ],
)
async def test_a_result_that_waits_for_a_person_and_an_ended_task_have_no_deadline(
    registry: Registry, records: Records, clock: FakeClock, states: list[TaskState]
) -> None:
    await put(registry, records.task(deadline_at=clock.now + timedelta(seconds=60)), *states)
    assert await registry.due.next_at() is None
    clock.pass_(60)
    assert await registry.due.now() == []


async def test_deliveries_are_due_at_their_times_and_in_their_order(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    later, first, second = [
        await registry.deliveries.plan(records.delivery(due_at=clock.now + timedelta(seconds=seconds)))
        for seconds in (90, 60, 30)
    ]
    assert await registry.due.now() == []
    assert await registry.due.next_at() == second.due_at
    clock.pass_(60)
    assert await registry.due.now() == [("delivery", second.id), ("delivery", first.id)]
    assert await registry.due.next_at() == later.due_at
    for delivery in (first, second, later):
        proof = Receipt(destination="blog", size_bytes=3, sha256="0", at=clock.now)
        await registry.deliveries.delivered(delivery.id, proof)
    assert await registry.due.now() == []
    assert await registry.due.next_at() is None


async def test_the_next_time_is_the_earliest_of_tasks_and_deliveries(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    soon, late = [clock.now + timedelta(seconds=seconds) for seconds in (30, 60)]
    task = await put(registry, records.task(deadline_at=late))
    delivery = await registry.deliveries.plan(records.delivery(due_at=soon))
    assert await registry.due.next_at() == soon
    clock.pass_(30)
    assert await registry.due.next_at() == late
    clock.pass_(30)
    assert await registry.due.now() == [("task", task.id), ("delivery", delivery.id)]


async def test_a_start_takes_up_the_tasks_at_work_and_the_agents_with_waiting_tasks(
    registry: Registry, records: Records
) -> None:
    assert await registry.due.after_start() == []
    one = await put(registry, records.task(agent="writing"), TaskState.WORKING)
    await put(registry, records.task(agent="reading"), TaskState.WORKING, TaskState.INPUT_REQUIRED)
    await put(registry, records.task(agent="reading"), TaskState.WORKING, TaskState.COMPLETED)
    await put(registry, records.task(agent="research"))
    two = await put(registry, records.task(agent="research"), TaskState.WORKING)
    await put(registry, records.task(agent="research"))
    found = await registry.due.after_start()
    assert found == [("task", one.id), ("task", two.id), ("agent", "research")]
