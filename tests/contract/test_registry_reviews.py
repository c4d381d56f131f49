"""How results that wait for approval are judged."""

import asyncio

import pytest

from claw_discord_coord.errors import Conflict, UnknownTask
from claw_discord_coord.models import Task, TaskState
from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import Records

pytestmark = pytest.mark.anyio


@pytest.fixture
async def task(registry: Registry, records: Records) -> Task:
    return await waiting(registry, records)


async def waiting(registry: Registry, records: Records) -> Task:
    task = (await registry.admission.create(records.task(review=True), event=".")).task
    await registry.executions.move(task.id, TaskState.WORKING)
    return await registry.executions.move(task.id, TaskState.INPUT_REQUIRED)


async def judgments(registry: Registry, task: Task) -> list[str]:
    return [event.text for event in await registry.events.of_task(task.id) if event.type.startswith("review.")]


@pytest.mark.proves("doubled.decision")
async def test_of_judgments_given_at_once_one_counts_and_the_others_hear_whose(
    registry: Registry, second_registry: Registry, records: Records
) -> None:
    for _ in range(8):
        task = await waiting(registry, records)
        calls = [
            opened.reviews.decide(task.id, f"{name}{number}", approved=name == "ada")
            for number in range(2)
            for name in ("ada", "ben")
            for opened in (registry, second_registry)
        ]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, Conflict)]
        (judgment,) = await judgments(registry, task)
        assert len(refused) == len(answers) - 1
        assert {str(refusal) for refusal in refused} == {f"Task {task.id} has already been {judgment}."}


@pytest.mark.proves("doubled.decision-call")
async def test_the_same_call_again_is_the_same_judgment(registry: Registry, task: Task) -> None:
    for _ in range(2):
        await registry.reviews.decide(task.id, "ada", approved=True, note="well done", call="r-1")
    assert await judgments(registry, task) == ["approved by ada: well done"]
    with pytest.raises(Conflict, match="already been approved by ada"):
        await registry.reviews.decide(task.id, "ada", approved=False, call="r-1")


@pytest.mark.proves("doubled.end")
async def test_a_result_is_judged_or_stopped_never_both(
    registry: Registry, second_registry: Registry, records: Records
) -> None:
    for _ in range(8):
        task = await waiting(registry, records)
        answers = await asyncio.gather(
            registry.reviews.decide(task.id, "ada", approved=True),
            second_registry.cancellations.request(task.id, "ben"),
            return_exceptions=True,
        )
        assert [isinstance(answer, Conflict) for answer in answers].count(True) == 1
        stopped = (await registry.tasks.get(task.id)).cancel_requested is not None
        assert stopped is not bool(await judgments(registry, task))


async def test_what_a_judged_task_has_led_to_can_still_be_stopped(
    registry: Registry, records: Records, task: Task
) -> None:
    child = (await registry.admission.create(records.child(task), event=".")).task
    await registry.reviews.decide(task.id, "ada", approved=True)
    assert [stopped.id for stopped in await registry.cancellations.request(task.id, "ben")] == [child.id]
    assert (await registry.tasks.get(task.id)).cancel_requested is None


async def test_what_does_not_wait_for_approval_is_not_judged(registry: Registry, records: Records) -> None:
    task = (await registry.admission.create(records.task(), event=".")).task
    with pytest.raises(Conflict, match="does not wait for a review: submitted"):
        await registry.reviews.decide(task.id, "ada", approved=True)
    with pytest.raises(UnknownTask):
        await registry.reviews.decide("nobody", "ada", approved=True)


async def test_what_has_been_judged_and_ended_says_who_judged(registry: Registry, task: Task) -> None:
    await registry.reviews.decide(task.id, "ada", approved=False)
    await registry.executions.move(task.id, TaskState.REJECTED)
    with pytest.raises(Conflict, match="already been rejected by ada"):
        await registry.reviews.decide(task.id, "ben", approved=True)
