"""`route_output`: send an output where skill.yaml's rules, or the caller, say."""

from __future__ import annotations

import asyncio

from pydantic import Field, model_validator

from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.coordinator import Coordinator
from claw_discord_coord.coordination.deliveries import content_origin
from claw_discord_coord.destinations.output import Output
from claw_discord_coord.destinations.routing import check_kind
from claw_discord_coord.errors import Conflict, NotAuthorized
from claw_discord_coord.registry.models import Delivery, DeliveryState
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.skills.skill import Skill, SkillAnswer, SkillInput
from claw_discord_coord.skills.views import DeliveryView

RECEIPT_PATIENCE_S = 10.0
"""How long the answer waits for receipts; what takes longer is still `planned` in it and goes on."""
LOOK_S = 0.05


class RouteOutput(SkillInput):
    """What `route_output` takes: a task whose result is sent, or the content itself."""

    task_id: str | None = None
    """The ended task whose result is to be sent."""
    content: str | None = Field(default=None, min_length=1)
    """Markdown to be sent as it is."""
    kind: str | None = None
    """What sort of output it is; routes match on it. Left out: as the agent or the content's front matter says."""
    to: tuple[str, ...] = ()
    """Names of destinations in skill.yaml; left out: as the routes say."""
    dry_run: bool = False
    """Whether only to say what would be sent where, and why."""
    task_token: str | None = None
    """An agent at work gives the token it was given; it may send its own content."""

    @model_validator(mode="after")
    def _one_source(self) -> RouteOutput:
        if (self.task_id is None) == (self.content is None):
            raise ValueError("give either task_id or content")
        return self


class PlannedView(SkillAnswer):
    """What would go where."""

    destination: str
    route: str
    why: str
    title: str
    text: str


class RouteOutputAnswer(SkillAnswer):
    """What `route_output` answers: one delivery for each destination, or the plan of a dry run."""

    receipts: tuple[DeliveryView, ...] = ()
    planned: tuple[PlannedView, ...] = ()


async def route_output(coordinator: Coordinator, call: RouteOutput, caller: Caller) -> RouteOutputAnswer:
    """Plan the deliveries, and wait a moment for their receipts."""
    config = coordinator.config()
    check_kind(config, call.kind)
    output, origin, artifacts = await _source(coordinator, call, caller)
    if call.dry_run:
        plans = coordinator.deliveries.preview(output, call.to)
        return RouteOutputAnswer(
            planned=tuple(
                PlannedView(
                    destination=plan.destination, route=plan.route, why=plan.why, title=plan.title, text=plan.text
                )
                for plan in plans
            )
        )
    planned = await coordinator.deliveries.plan(output, origin, artifacts=artifacts, to=call.to)
    return RouteOutputAnswer(receipts=tuple(DeliveryView.of(one) for one in await _settled(coordinator, planned)))


async def _source(coordinator: Coordinator, call: RouteOutput, caller: Caller) -> tuple[Output, str, tuple[str, ...]]:
    if call.content is not None:
        task = caller.task
        output = Output.of_content(
            call.content,
            kind=call.kind,
            agent=task.agent if task else None,
            channel=task.channel if task else None,
            private=task.private if task else False,
            task=task,
        )
        return output, content_origin(caller.request_id), ()
    assert call.task_id is not None  # noqa: S101 - the input has one of the two
    if caller.task is not None and caller.task.id != call.task_id:
        raise NotAuthorized("An agent may only send its own content.", fix="Give `content` instead of a task.")
    task = await coordinator.registry.get_task(call.task_id)
    if task.state not in FINAL:
        raise Conflict(
            f"Task {task.id} has not ended yet: {task.state.value}.", fix="Its result is routed by itself when it ends."
        )
    # Sent to the same place under the same kind, a result is the same delivery: asking again answers with the receipt
    # there is.
    origin = f"task/{task.id}" if call.kind is None else f"task/{task.id}/{call.kind}"
    return Output.of_task(task, kind=call.kind), origin, task.result.artifacts if task.result else ()


async def _settled(coordinator: Coordinator, planned: list[Delivery]) -> list[Delivery]:
    """The deliveries once all have arrived or failed, at the latest when patience ends."""
    loop = asyncio.get_running_loop()
    end = loop.time() + RECEIPT_PATIENCE_S
    while True:
        current = [await coordinator.registry.get_delivery(delivery.id) for delivery in planned]
        if loop.time() >= end or all(delivery.state is not DeliveryState.PLANNED for delivery in current):
            return current
        await asyncio.sleep(LOOK_S)


SKILL = Skill(
    name="route_output",
    description=(
        "Send a task's result, or content you give, to where the rules of skill.yaml say (a channel, a blog, ...), or "
        "to destinations you name. Answers with a receipt for each. dry_run shows what would be sent where, and why."
    ),
    input=RouteOutput,
    answer=RouteOutputAnswer,
    run=route_output,
)
