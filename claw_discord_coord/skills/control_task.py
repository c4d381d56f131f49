"""`control_task`: stop a task with all it led to, judge what waits for approval, send a failed delivery again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from claw_discord_coord.errors import NotAuthorized
from claw_discord_coord.skills.skill import Skill, SkillInput, SkillResult

if TYPE_CHECKING:  # commands that only call a coordinator need none of what it is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


class ControlTask(SkillInput):
    """What `control_task` takes: a task, or a delivery."""

    action: Literal["cancel", "approve", "reject", "resend"]
    """`cancel` stops a task and everything it led to; `approve` and `reject` judge a result or a delivery that waits
    for it; `resend` sends a failed delivery again."""
    task_id: str | None = None
    """Which task."""
    delivery_id: str | None = None
    """Which delivery; registry_status lists those that need attention."""
    note: str | None = Field(default=None, max_length=1_000)
    """Why; goes on record."""
    task_token: str | None = None
    """An agent at work gives the token it was given; it may only stop what it started."""

    @model_validator(mode="after")
    def _fits(self) -> ControlTask:
        if (self.task_id is None) == (self.delivery_id is None):
            raise ValueError("give either task_id or delivery_id")
        if self.action == "cancel" and self.task_id is None:
            raise ValueError("cancel takes a task_id")
        if self.action == "resend" and self.delivery_id is None:
            raise ValueError("resend takes a delivery_id")
        return self


class ControlTaskResult(SkillResult):
    """What `control_task` answers."""

    action: Literal["cancel", "approve", "reject", "resend"]
    """What was ordered."""
    id: str
    """The task or delivery."""
    state: str
    """The state when the order was taken; it changes as soon as the order is carried out."""
    affected: tuple[str, ...]
    """The ids of the tasks or deliveries that the order reaches."""


async def control_task(coordinator: Coordinator, call: ControlTask, caller: Caller) -> ControlTaskResult:
    """Carry out an order; a guest may only stop what its session has asked for."""
    if call.action != "cancel":
        caller.check_commands("approve, reject or send again")
    if call.delivery_id is not None:
        return await _control_delivery(coordinator, call, call.delivery_id, caller)
    task_id = call.task_id or ""
    target = await coordinator.registry.tasks.get(task_id)
    caller.check_asked_for(target)
    if caller.task is not None and (call.action != "cancel" or target.parent_id != caller.task.id):
        raise NotAuthorized("An agent may only cancel tasks it started itself.")
    affected = (task_id,)
    if call.action == "cancel":
        by = caller.name + (f": {call.note}" if call.note else "")
        affected = tuple(task.id for task in await coordinator.control.cancel(task_id, by))
    else:
        await coordinator.control.review(
            task_id, caller.name, approved=call.action == "approve", note=call.note, call=caller.request_id
        )
    task = await coordinator.registry.tasks.get(task_id)
    return ControlTaskResult(action=call.action, id=task.id, state=task.state.value, affected=affected)


async def _control_delivery(
    coordinator: Coordinator, call: ControlTask, delivery_id: str, caller: Caller
) -> ControlTaskResult:
    if caller.task is not None:
        raise NotAuthorized("An agent may not decide about deliveries.")
    if call.action == "resend":
        delivery = await coordinator.deliveries.resend(delivery_id, caller.name, call=caller.request_id)
    else:
        approved = call.action == "approve"
        delivery = await coordinator.deliveries.review(
            delivery_id, caller.name, approved=approved, call=caller.request_id
        )
    return ControlTaskResult(action=call.action, id=delivery.id, state=delivery.state.value, affected=(delivery.id,))


SKILL = Skill(
    name="control_task",
    description=(
        "Stop a task and everything it led to, approve or reject a result or delivery that waits for it, or send a "
        "failed delivery again."
    ),
    input=ControlTask,
    answer=ControlTaskResult,
    run=control_task,
)
