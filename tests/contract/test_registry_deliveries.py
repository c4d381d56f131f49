"""The records of deliveries."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from claw_discord_coord.errors import Conflict, UnknownTask, UsageError
from claw_discord_coord.models import DeliveryState, Receipt
from claw_discord_coord.registry.deliveries import Rendered
from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import FakeClock, Records

pytestmark = pytest.mark.anyio


def receipt(clock: FakeClock, **fields: Any) -> Receipt:
    given: dict[str, Any] = {
        "destination": "blog",
        "path": "/blog/a.md",
        "size_bytes": 3,
        "sha256": "0",
        "at": clock.now,
    }
    return Receipt(**given | fields)


async def test_a_delivery_is_stored_as_it_was_given(registry: Registry, records: Records) -> None:
    task = (await registry.admission.create(records.task(), event=".")).task
    planned = records.delivery(task_id=task.id, artifacts=("/a", "/b"), kind="report")
    free = records.delivery()
    assert await registry.deliveries.plan(planned) == planned
    assert await registry.deliveries.plan(free) == free
    assert await registry.deliveries.get(planned.id) == planned
    assert await registry.deliveries.of_task(task.id) == [planned]


@pytest.mark.proves("doubled.delivery")
async def test_the_same_key_again_is_the_first_delivery(registry: Registry, records: Records) -> None:
    first = await registry.deliveries.plan(records.delivery(key="task-1:blog"))
    assert await registry.deliveries.plan(records.delivery(key="task-1:blog", text="other")) == first


async def test_an_id_that_belongs_to_another_delivery_is_refused(registry: Registry, records: Records) -> None:
    first = await registry.deliveries.plan(records.delivery(key="one"))
    with pytest.raises(Conflict, match="belongs to another delivery"):
        await registry.deliveries.plan(records.delivery(id=first.id, key="two"))
    assert await registry.deliveries.find() == [first]


async def test_a_delivery_of_a_task_needs_that_task(registry: Registry, records: Records) -> None:
    with pytest.raises(UnknownTask):
        await registry.deliveries.plan(records.delivery(task_id="nobody"))


async def test_attempts_are_counted_while_it_is_planned(registry: Registry, records: Records, clock: FakeClock) -> None:
    planned = await registry.deliveries.plan(records.delivery())
    assert [(await registry.deliveries.attempt(planned.id, 0)).attempts for _ in range(2)] == [1, 2]
    await registry.deliveries.delivered(planned.id, receipt(clock))
    with pytest.raises(Conflict, match="expected planned, got delivered"):
        await registry.deliveries.attempt(planned.id, 0)


@pytest.mark.proves("shown.receipt")
async def test_the_first_receipt_stays(registry: Registry, records: Records, clock: FakeClock) -> None:
    planned = await registry.deliveries.plan(records.delivery())
    proof = receipt(clock)
    done = await registry.deliveries.delivered(planned.id, proof)
    assert (done.state, done.receipt, done.ended_at) == (DeliveryState.DELIVERED, proof, clock.now)
    assert await registry.deliveries.delivered(planned.id, receipt(clock, path="/blog/b.md")) == done
    with pytest.raises(Conflict, match="expected planned, got delivered"):
        await registry.deliveries.failed(planned.id, "too late")


async def test_a_dead_letter_can_be_sent_again_and_its_attempts_still_count(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    planned = await registry.deliveries.plan(records.delivery())
    await registry.deliveries.attempt(planned.id, 0)
    dead = await registry.deliveries.failed(planned.id, "the folder is read-only")
    assert (dead.state, dead.error, dead.ended_at) == (DeliveryState.FAILED, "the folder is read-only", clock.now)
    assert await registry.deliveries.failed(planned.id, "again") == dead
    with pytest.raises(Conflict, match="expected planned, got failed"):
        await registry.deliveries.delivered(planned.id, receipt(clock))
    clock.pass_(60)
    again = await registry.deliveries.resend(planned.id, "ada")
    assert (dead.as_of, again.as_of) == (planned.created_at, clock.now)
    assert (again.state, again.error, again.ended_at) == (DeliveryState.PLANNED, None, None)
    assert (again.attempts, again.earlier_attempts, again.generation) == (1, 1, 1)
    with pytest.raises(Conflict, match="has not failed: it is planned"):
        await registry.deliveries.resend(planned.id, "ada")
    await registry.deliveries.delivered(planned.id, receipt(clock))
    with pytest.raises(Conflict, match="has not failed: it is delivered"):
        await registry.deliveries.resend(planned.id, "ada")


async def test_only_one_judgment_of_a_held_delivery_counts(registry: Registry, records: Records) -> None:
    for _ in range(10):
        held = await registry.deliveries.plan(records.delivery(state=DeliveryState.HELD))
        judged = [
            registry.deliveries.approve(held.id, "ada"),
            registry.deliveries.reject(held.id, "ben"),
            registry.deliveries.approve(held.id, "ada"),
        ]
        answers = await asyncio.gather(*judged, return_exceptions=True)
        (accepted,) = [answer for answer in answers if not isinstance(answer, Conflict)]
        assert await registry.deliveries.get(held.id) == accepted
        with pytest.raises(Conflict, match=f"is not held: it is {accepted.state}"):
            await registry.deliveries.approve(held.id, "ada")


async def test_what_was_approved_is_as_new_as_its_approval(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    held = await registry.deliveries.plan(records.delivery(state=DeliveryState.HELD))
    clock.pass_(60)
    approved = await registry.deliveries.approve(held.id, "ada")
    clock.pass_(60)
    assert (await registry.deliveries.attempt(held.id, 1)).as_of == approved.as_of == clock.now - timedelta(minutes=1)


async def test_the_same_call_again_is_the_same_decision(registry: Registry, records: Records) -> None:
    task = (await registry.admission.create(records.task(), event=".")).task
    held = await registry.deliveries.plan(records.delivery(task_id=task.id, state=DeliveryState.HELD))
    for _ in range(2):
        assert (await registry.deliveries.reject(held.id, "ada", call="r-1")).error == "rejected by ada"
    with pytest.raises(Conflict, match="is not held: it is failed"):
        await registry.deliveries.approve(held.id, "ada", call="r-1")
    for _ in range(2):
        assert (await registry.deliveries.resend(held.id, "ada", held=True, call="r-2")).state is DeliveryState.HELD
    for _ in range(2):
        assert (await registry.deliveries.approve(held.id, "ada", call="r-3")).generation == 3
    await registry.deliveries.failed(held.id, "no")
    for _ in range(2):
        assert (await registry.deliveries.resend(held.id, "ada", call="r-4")).state is DeliveryState.PLANNED
    await registry.deliveries.failed(held.id, "no again")
    assert (await registry.deliveries.resend(held.id, "ada", call="r-4")).state is DeliveryState.FAILED
    told = [event.text for event in await registry.events.of_task(task.id) if event.type.startswith("delivery.")]
    assert told == [
        "delivery to blog rejected by ada",
        "delivery to blog sent again by ada; it is held for approval",
        "delivery to blog approved by ada",
        "delivery to blog sent again by ada",
    ]


async def test_an_older_life_attempts_nothing(registry: Registry, records: Records) -> None:
    planned = await registry.deliveries.plan(records.delivery())
    await registry.deliveries.failed(planned.id, "no")
    await registry.deliveries.resend(planned.id, "ada")
    with pytest.raises(Conflict, match="belongs to a newer life, 1; this one is 0"):
        await registry.deliveries.attempt(planned.id, 0)
    assert (await registry.deliveries.attempt(planned.id, 1)).attempts == 1


async def test_deliveries_are_listed_newest_first_by_state(registry: Registry, records: Records) -> None:
    one, two, three = [await registry.deliveries.plan(records.delivery()) for _ in range(3)]
    two = await registry.deliveries.failed(two.id, "no")
    assert await registry.deliveries.find() == [three, two, one]
    assert await registry.deliveries.find(limit=1) == [three]
    assert await registry.deliveries.find(state=DeliveryState.PLANNED) == [three, one]
    assert await registry.deliveries.find(state=DeliveryState.FAILED) == [two]


async def test_a_delivery_that_does_not_exist_is_named(registry: Registry, clock: FakeClock) -> None:
    calls = [
        lambda: registry.deliveries.get("nobody"),
        lambda: registry.deliveries.attempt("nobody", 0),
        lambda: registry.deliveries.delivered("nobody", receipt(clock)),
        lambda: registry.deliveries.failed("nobody", "x"),
        lambda: registry.deliveries.resend("nobody", "ada"),
        lambda: registry.deliveries.approve("nobody", "ada"),
        lambda: registry.deliveries.reject("nobody", "ben"),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="no delivery 'nobody'"):
            await call()


async def test_a_handoff_that_does_not_exist_is_named(registry: Registry) -> None:
    with pytest.raises(UsageError, match="no handoff 'nobody'"):
        await registry.handoffs.get("nobody")


async def test_content_that_could_be_rendered_at_last_replaces_the_old(registry: Registry, records: Records) -> None:
    failed = records.delivery(state=DeliveryState.FAILED, about={"draft": True}, output={"text": "Words."})
    await registry.deliveries.plan(failed)
    rendered = Rendered("Another post", "Other words.", {"tags": ["a"], "number": 1.5})
    resent = await registry.deliveries.resend(failed.id, "ada", rendered=rendered)
    assert (resent.title, resent.text, resent.about) == ("Another post", "Other words.", {"tags": ["a"], "number": 1.5})
    assert resent.output is None


@pytest.mark.proves("waiting.rows")
async def test_a_delivery_is_due_from_its_planning_until_it_has_arrived(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    planned = await registry.deliveries.plan(records.delivery(due_at=clock.now))
    attempted = await registry.deliveries.attempt(planned.id, 0)
    assert planned.due_at == attempted.due_at == clock.now
    later = clock.now + timedelta(seconds=90)
    await registry.deliveries.postpone(attempted, later)
    assert (await registry.deliveries.get(planned.id)).due_at == later
    assert (await registry.deliveries.attempt(planned.id, 0)).due_at == later
    assert (await registry.deliveries.delivered(planned.id, receipt(clock))).due_at is None


async def test_a_failure_is_due_until_it_is_reported_and_a_resend_makes_the_delivery_due(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    planned = await registry.deliveries.plan(records.delivery(due_at=clock.now))
    clock.pass_(5)
    failed = await registry.deliveries.failed(planned.id, "the folder is read-only")
    assert failed.due_at == clock.now
    await registry.deliveries.reported(failed)
    assert (await registry.deliveries.get(planned.id)).due_at is None
    clock.pass_(5)
    assert (await registry.deliveries.resend(planned.id, "ada")).due_at == clock.now


async def test_a_held_delivery_is_due_until_its_person_is_asked_and_again_once_it_is_approved(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    held = await registry.deliveries.plan(records.delivery(state=DeliveryState.HELD, due_at=clock.now))
    assert held.due_at == clock.now
    await registry.deliveries.reported(held)
    assert (await registry.deliveries.get(held.id)).due_at is None
    clock.pass_(5)
    assert (await registry.deliveries.approve(held.id, "ada")).due_at == clock.now


async def test_a_refused_delivery_is_due_no_more(registry: Registry, records: Records, clock: FakeClock) -> None:
    held = await registry.deliveries.plan(records.delivery(state=DeliveryState.HELD, due_at=clock.now))
    assert (await registry.deliveries.reject(held.id, "ada")).due_at is None


@pytest.mark.proves("obeyed.review-others")
async def test_a_delivery_that_waits_for_a_review_is_due_when_it_asks_for_an_approval_of_its_own(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    task = (await registry.admission.create(records.task(review=True), event=".")).task
    waiting = records.delivery(task_id=task.id, state=DeliveryState.HELD, held_for=task.id)
    held = await registry.deliveries.plan(waiting)
    assert held.due_at is None
    assert await registry.deliveries.held_for(task.id) == [held]
    assert not (await registry.showing.to_say(task.id)).asking
    clock.pass_(5)
    asking = await registry.deliveries.ask_for_approval(held.id)
    assert (asking.held_for, asking.due_at) == (None, clock.now)
    assert await registry.deliveries.held_for(task.id) == []
    assert (await registry.showing.to_say(task.id)).asking


@pytest.mark.parametrize("decide", ["approve", "refuse"])
async def test_a_delivery_on_which_a_person_has_decided_asks_for_no_approval(
    registry: Registry, records: Records, clock: FakeClock, decide: str
) -> None:
    task = (await registry.admission.create(records.task(review=True), event=".")).task
    waiting = records.delivery(task_id=task.id, state=DeliveryState.HELD, held_for=task.id)
    held = await registry.deliveries.plan(waiting)
    decisions = {"approve": registry.deliveries.approve, "refuse": registry.deliveries.reject}
    decided = await decisions[decide](held.id, "ada")
    clock.pass_(5)
    assert (await registry.deliveries.ask_for_approval(held.id)).due_at == decided.due_at


async def test_what_an_earlier_life_learned_changes_no_due_time(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    planned = await registry.deliveries.plan(records.delivery(due_at=clock.now))
    failed = await registry.deliveries.failed(planned.id, "no")
    clock.pass_(5)
    resent = await registry.deliveries.resend(planned.id, "ada")
    await registry.deliveries.postpone(planned, clock.now + timedelta(hours=1))
    await registry.deliveries.reported(failed)
    assert await registry.deliveries.get(planned.id) == resent
