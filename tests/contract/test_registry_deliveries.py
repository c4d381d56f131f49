"""The ledger of deliveries."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from claw_discord_coord.errors import Conflict, UnknownTask, UsageError
from claw_discord_coord.models import DeliveryState, Receipt
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
    task, _ = await registry.create_task(records.task(), event=".")
    planned = records.delivery(task_id=task.id, artifacts=("/a", "/b"), kind="report")
    free = records.delivery()
    assert await registry.plan(planned) == planned
    assert await registry.plan(free) == free
    assert await registry.get_delivery(planned.id) == planned
    assert await registry.deliveries_of(task.id) == [planned]


async def test_the_same_key_again_is_the_first_delivery(registry: Registry, records: Records) -> None:
    first = await registry.plan(records.delivery(key="task-1:blog"))
    assert await registry.plan(records.delivery(key="task-1:blog", text="other")) == first


async def test_an_id_that_belongs_to_another_delivery_is_refused(registry: Registry, records: Records) -> None:
    first = await registry.plan(records.delivery(key="one"))
    with pytest.raises(Conflict, match="belongs to another delivery"):
        await registry.plan(records.delivery(id=first.id, key="two"))
    assert await registry.list_deliveries() == [first]


async def test_a_delivery_of_a_task_needs_that_task(registry: Registry, records: Records) -> None:
    with pytest.raises(UnknownTask):
        await registry.plan(records.delivery(task_id="nobody"))


async def test_attempts_are_counted_while_it_is_planned(registry: Registry, records: Records, clock: FakeClock) -> None:
    planned = await registry.plan(records.delivery())
    assert [(await registry.attempt(planned.id, 0)).attempts for _ in range(2)] == [1, 2]
    await registry.delivered(planned.id, receipt(clock))
    with pytest.raises(Conflict, match="expected planned, got delivered"):
        await registry.attempt(planned.id, 0)


async def test_the_first_receipt_stays(registry: Registry, records: Records, clock: FakeClock) -> None:
    planned = await registry.plan(records.delivery())
    proof = receipt(clock)
    done = await registry.delivered(planned.id, proof)
    assert (done.state, done.receipt, done.ended_at) == (DeliveryState.DELIVERED, proof, clock.now)
    assert await registry.delivered(planned.id, receipt(clock, path="/blog/b.md")) == done
    with pytest.raises(Conflict, match="expected planned, got delivered"):
        await registry.failed(planned.id, "too late")


async def test_a_dead_letter_can_be_sent_again_and_its_attempts_still_count(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    planned = await registry.plan(records.delivery())
    await registry.attempt(planned.id, 0)
    dead = await registry.failed(planned.id, "the folder is read-only")
    assert (dead.state, dead.error, dead.ended_at) == (DeliveryState.FAILED, "the folder is read-only", clock.now)
    assert await registry.failed(planned.id, "again") == dead
    with pytest.raises(Conflict, match="expected planned, got failed"):
        await registry.delivered(planned.id, receipt(clock))
    clock.pass_(60)
    again = await registry.resend(planned.id, "ada")
    assert (dead.as_of, again.as_of) == (planned.created_at, clock.now)
    assert (again.state, again.error, again.ended_at) == (DeliveryState.PLANNED, None, None)
    assert (again.attempts, again.earlier_attempts, again.generation) == (1, 1, 1)
    with pytest.raises(Conflict, match="has not failed: it is planned"):
        await registry.resend(planned.id, "ada")
    await registry.delivered(planned.id, receipt(clock))
    with pytest.raises(Conflict, match="has not failed: it is delivered"):
        await registry.resend(planned.id, "ada")


async def test_only_one_judgement_of_a_held_delivery_counts(registry: Registry, records: Records) -> None:
    for _ in range(10):
        held = await registry.plan(records.delivery(state=DeliveryState.HELD))
        judged = [registry.approve(held.id, "ada"), registry.refuse(held.id, "ben"), registry.approve(held.id, "ada")]
        answers = await asyncio.gather(*judged, return_exceptions=True)
        (accepted,) = [answer for answer in answers if not isinstance(answer, Conflict)]
        assert await registry.get_delivery(held.id) == accepted
        with pytest.raises(Conflict, match=f"does not wait for approval: it is {accepted.state}"):
            await registry.approve(held.id, "ada")


async def test_what_was_approved_is_as_new_as_its_approval(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    held = await registry.plan(records.delivery(state=DeliveryState.HELD))
    clock.pass_(60)
    approved = await registry.approve(held.id, "ada")
    clock.pass_(60)
    assert (await registry.attempt(held.id, 1)).as_of == approved.as_of == clock.now - timedelta(minutes=1)


async def test_the_same_call_again_is_the_same_decision(registry: Registry, records: Records) -> None:
    task, _ = await registry.create_task(records.task(), event=".")
    held = await registry.plan(records.delivery(task_id=task.id, state=DeliveryState.HELD))
    for _ in range(2):
        assert (await registry.refuse(held.id, "ada", call="r-1")).error == "refused by ada"
    with pytest.raises(Conflict, match="does not wait for approval: it is failed"):
        await registry.approve(held.id, "ada", call="r-1")
    for _ in range(2):
        assert (await registry.resend(held.id, "ada", held=True, call="r-2")).state is DeliveryState.HELD
    for _ in range(2):
        assert (await registry.approve(held.id, "ada", call="r-3")).generation == 3
    await registry.failed(held.id, "no")
    for _ in range(2):
        assert (await registry.resend(held.id, "ada", call="r-4")).state is DeliveryState.PLANNED
    await registry.failed(held.id, "no again")
    assert (await registry.resend(held.id, "ada", call="r-4")).state is DeliveryState.FAILED
    told = [event.text for event in await registry.events_of(task.id) if event.type.startswith("delivery.")]
    assert told == [
        "delivery to blog refused by ada",
        "delivery to blog sent again by ada; it waits for approval",
        "delivery to blog approved by ada",
        "delivery to blog sent again by ada",
    ]


async def test_an_older_life_attempts_nothing(registry: Registry, records: Records) -> None:
    planned = await registry.plan(records.delivery())
    await registry.failed(planned.id, "no")
    await registry.resend(planned.id, "ada")
    with pytest.raises(Conflict, match="belongs to a newer life, 1; this one is 0"):
        await registry.attempt(planned.id, 0)
    assert (await registry.attempt(planned.id, 1)).attempts == 1


async def test_deliveries_are_listed_newest_first_by_state(registry: Registry, records: Records) -> None:
    one, two, three = [await registry.plan(records.delivery()) for _ in range(3)]
    two = await registry.failed(two.id, "no")
    assert await registry.list_deliveries() == [three, two, one]
    assert await registry.list_deliveries(limit=1) == [three]
    assert await registry.list_deliveries(state=DeliveryState.PLANNED) == [three, one]
    assert await registry.list_deliveries(state=DeliveryState.FAILED) == [two]


async def test_a_delivery_that_does_not_exist_is_named(registry: Registry, clock: FakeClock) -> None:
    calls = [
        lambda: registry.get_delivery("nobody"),
        lambda: registry.attempt("nobody", 0),
        lambda: registry.delivered("nobody", receipt(clock)),
        lambda: registry.failed("nobody", "x"),
        lambda: registry.resend("nobody", "ada"),
        lambda: registry.approve("nobody", "ada"),
        lambda: registry.refuse("nobody", "ben"),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="no delivery 'nobody'"):
            await call()


async def test_a_handoff_that_does_not_exist_is_named(registry: Registry) -> None:
    with pytest.raises(UsageError, match="no handoff 'nobody'"):
        await registry.get_handoff("nobody")
