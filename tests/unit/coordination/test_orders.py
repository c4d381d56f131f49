"""Orders reach the method for their action and kind of record, and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from claw_discord_coord.actions import Action
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.people.order import Order
from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import DeliveryState, TaskState
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio


async def test_an_order_to_cancel_stops_the_task_and_records_the_reason(house: House) -> None:
    task = await house.spawn()
    await house.running(task.id)
    taken = await house.coordinator.orders.carry_out(Order(Action.CANCEL, task.id, "ada", note="too slow"))
    assert taken.affected == (task.id,)
    closed = await house.closed(task.id)
    assert (closed.state, closed.reason) == (TaskState.CANCELED, "canceled by ada: too slow")


async def test_an_approved_and_a_rejected_result_end_as_ordered(house: House) -> None:
    ends = {Action.APPROVE: TaskState.COMPLETED, Action.REJECT: TaskState.REJECTED}
    for action, state in ends.items():
        task = await house.spawn(f"survey to {action}", review=True)
        house.runtime.complete(await house.running(task.id))
        await house.until(task.id, "input-required")
        taken = await house.coordinator.orders.carry_out(Order(action, task.id, "ada", f"call-{action}"))
        assert taken.affected == (task.id,)
        assert (await house.closed(task.id)).state is state


async def test_the_reason_of_a_decision_on_a_delivery_is_recorded(tmp_path: Path) -> None:
    config = settings()
    held = config.destinations["files"].model_copy(update={"approval": True})
    config = config.model_copy(update={"destinations": {**config.destinations, "files": held}})
    async with open_house(tmp_path, config, MemoryWorkspace(), ScriptedRuntime()) as house:
        deliveries, caller = house.coordinator.deliveries, Caller("r-1", "test", "ada")
        (delivery,) = await deliveries.plan(deliveries.content_request("words", caller, kind="report"), ["files"])
        order = Order(Action.REJECT, delivery.id, "ada", "r-2", "too short")
        assert (await house.coordinator.orders.carry_out(order)).affected == (delivery.id,)
        assert (await house.registry.deliveries.get(delivery.id)).error == "rejected by ada: too short"
        again = await house.coordinator.orders.carry_out(order)
        assert again.state == DeliveryState.FAILED


@pytest.mark.parametrize(("action", "subject_id"), [(Action.RESEND, "t-abcdefgh"), (Action.CANCEL, "d-0123456789")])
async def test_an_action_of_the_other_kind_of_record_is_refused(house: House, action: Action, subject_id: str) -> None:
    with pytest.raises(UsageError, match=f"{action.value!r} is not an action of a"):
        await house.coordinator.orders.carry_out(Order(action, subject_id, "ada"))
