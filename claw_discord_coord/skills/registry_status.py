"""`registry_status`: what is running, waiting and done; or one task with its whole story."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pydantic import Field

from claw_discord_coord.models import Delivery, DeliveryState, TaskState
from claw_discord_coord.skills.skill import Skill, SkillInput, SkillResult
from claw_discord_coord.skills.views import DeliveryView, EventView, HandoffView, RunView, TaskView

if TYPE_CHECKING:  # commands that only call a coordinator need none of what it is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


class RegistryStatus(SkillInput):
    """What `registry_status` takes; without anything it gives the newest tasks."""

    task_id: str | None = None
    """One task, with its events, runs, deliveries, handoffs and children."""
    agent: str | None = None
    """Only tasks of this agent."""
    state: TaskState | None = None
    """Only tasks in this state."""
    text: str | None = Field(default=None, min_length=1)
    """Only tasks with this in their title, text or result."""
    limit: int = Field(default=20, ge=1, le=500)
    """How many tasks at most, newest first."""
    task_token: str | None = None
    """An agent at work gives the token it was given."""


class RegistryStatusResult(SkillResult):
    """What `registry_status` answers: `tasks` for a list, or `task` and what belongs to it."""

    counts: dict[str, int]
    """How many tasks are in which state: over all that the caller may see."""
    tasks: tuple[TaskView, ...] = ()
    attention: tuple[DeliveryView, ...] = ()
    """Deliveries that wait for a person: held for approval, or failed; newest first."""
    task: TaskView | None = None
    events: tuple[EventView, ...] = ()
    runs: tuple[RunView, ...] = ()
    deliveries: tuple[DeliveryView, ...] = ()
    handoffs: tuple[HandoffView, ...] = ()
    children: tuple[TaskView, ...] = ()


async def registry_status(coordinator: Coordinator, call: RegistryStatus, caller: Caller) -> RegistryStatusResult:
    """Read the registry; an agent at work sees the tree of its own task and nothing else, a guest what its session has
    asked for.
    """
    if call.task_id is not None:
        return await _one(coordinator, call, call.task_id, caller)
    registry = coordinator.registry
    root_id = caller.task.root_id if caller.task else None
    tasks = await registry.tasks.find(
        agent=call.agent,
        state=call.state,
        text=call.text,
        root_id=root_id,
        asked_from=_only_from(caller),
        limit=call.limit,
    )
    waiting: list[Delivery] = []
    if caller.task is None and not caller.guest:
        for state in (DeliveryState.HELD, DeliveryState.FAILED):
            waiting += await registry.deliveries.find(state, limit=call.limit)
    return RegistryStatusResult(
        counts=await _counts(coordinator, caller),
        tasks=tuple(TaskView.of(task) for task in tasks),
        attention=tuple(DeliveryView.of(delivery) for delivery in waiting),
    )


async def _one(coordinator: Coordinator, call: RegistryStatus, task_id: str, caller: Caller) -> RegistryStatusResult:
    registry = coordinator.registry
    task = await coordinator.visible_task(task_id, caller)
    return RegistryStatusResult(
        counts=await _counts(coordinator, caller),
        task=TaskView.of(task),
        events=tuple(EventView.of(event) for event in await registry.events.of_task(task.id)),
        runs=tuple(RunView.of(run) for run in await registry.runs.of_task(task.id)),
        deliveries=tuple(DeliveryView.of(delivery) for delivery in await registry.deliveries.of_task(task.id)),
        handoffs=tuple(HandoffView.of(handoff) for handoff in await registry.handoffs.of_task(task.id)),
        children=tuple(
            TaskView.of(child)
            for child in await registry.tasks.find(parent_id=task.id, asked_from=_only_from(caller), limit=call.limit)
        ),
    )


def _only_from(caller: Caller) -> str | None:
    """The session to whose tasks this caller's sight is limited; an empty one, of none, for a guest without session."""
    return (caller.session_key or "") if caller.guest else None


async def _counts(coordinator: Coordinator, caller: Caller) -> dict[str, int]:
    if caller.task is None and not caller.guest:
        return {state.value: count for state, count in (await coordinator.registry.tasks.count()).items()}
    root_id = caller.task.root_id if caller.task else None
    seen = await coordinator.registry.tasks.find(root_id=root_id, asked_from=_only_from(caller), limit=10_000)
    return dict(Counter(task.state.value for task in seen))


SKILL = Skill(
    name="registry_status",
    description=(
        "What the delegated agents are doing: which tasks run, wait or are done, for whom, how long. With task_id: one "
        "task with its result, events, runs, deliveries, handoffs and children."
    ),
    input=RegistryStatus,
    answer=RegistryStatusResult,
    run=registry_status,
    read_only=True,
)
