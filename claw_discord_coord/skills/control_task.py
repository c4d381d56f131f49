"""`control_task`: stop a task with all it led to, or judge a result that waits for approval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from claw_discord_coord.errors import NotAuthorized
from claw_discord_coord.skills.skill import Skill, SkillAnswer, SkillInput

if TYPE_CHECKING:  # commands that only call a coordinator need none of what it is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


class ControlTask(SkillInput):
    """What `control_task` takes."""

    task_id: str
    """Which task."""
    action: Literal["cancel", "approve", "reject"]
    """`cancel` stops it and everything it led to; `approve` and `reject` judge a result that waits for review."""
    note: str | None = Field(default=None, max_length=1_000)
    """Why; goes on record."""
    task_token: str | None = None
    """An agent at work gives the token it was given; it may only stop what it started."""


class ControlTaskAnswer(SkillAnswer):
    """What `control_task` answers."""

    task_id: str
    state: str
    """The state when the order was taken; it changes as soon as the order is carried out."""
    affected: tuple[str, ...]
    """The ids of the tasks that the order reaches."""


async def control_task(coordinator: Coordinator, call: ControlTask, caller: Caller) -> ControlTaskAnswer:
    """Carry out an order."""
    if caller.task is not None:
        target = await coordinator.registry.get_task(call.task_id)
        if call.action != "cancel" or target.parent_id != caller.task.id:
            raise NotAuthorized("An agent may only cancel tasks it started itself.")
    if call.action == "cancel":
        by = caller.name + (f": {call.note}" if call.note else "")
        stopped = await coordinator.control.cancel(call.task_id, by)
        affected = tuple(task.id for task in stopped)
    else:
        await coordinator.control.judge(call.task_id, caller.name, approved=call.action == "approve", note=call.note)
        affected = (call.task_id,)
    task = await coordinator.registry.get_task(call.task_id)
    return ControlTaskAnswer(task_id=task.id, state=task.state.value, affected=affected)


SKILL = Skill(
    name="control_task",
    description="Stop a task and everything it led to, or approve or reject a result that waits for review.",
    input=ControlTask,
    answer=ControlTaskAnswer,
    run=control_task,
)
