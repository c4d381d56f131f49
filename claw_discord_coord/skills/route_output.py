"""`route_output`: send an output where skill.yaml's rules, or the caller, say."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from claw_discord_coord.models import Delivery, DeliveryState
from claw_discord_coord.skills.skill import Skill, SkillInput, SkillResult
from claw_discord_coord.skills.views import DeliveryView

if TYPE_CHECKING:  # commands that only call a coordinator need none of what it is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator
    from claw_discord_coord.routing.explanation import Explanation

RECEIPT_PATIENCE_S = 10.0
"""How long the answer waits for receipts; what takes longer is still `planned` in it and goes on."""
LOOK_S = 0.05


class RouteOutput(SkillInput):
    """What `route_output` takes: a task whose result is sent, or the content itself."""

    task_id: str | None = None
    """The ended task whose result is to be sent."""
    content: str | None = Field(default=None, min_length=1)
    """Markdown to be sent as it is; `-` on the command line: standard input."""
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


class PlannedView(SkillResult):
    """What would go where."""

    destination: str
    route: str
    why: str
    title: str
    text: str
    about: dict[str, str | int | float | bool | list[str]]
    """Metadata for the destination, such as the tags of a post."""
    problem: str | None = None
    """Why the route's templates cannot be filled in; title and text are then the output's own."""


class RuleView(SkillResult):
    """One rule of skill.yaml as this output sees it."""

    route: str
    to: tuple[str, ...]
    taken: bool
    why: str


class RouteOutputResult(SkillResult):
    """What `route_output` answers: one delivery for each destination, or the plan of a dry run."""

    receipts: tuple[DeliveryView, ...] = ()
    planned: tuple[PlannedView, ...] = ()
    rules: tuple[RuleView, ...] = ()
    """In a dry run: every rule, and why it is taken or not."""
    left_out: tuple[str, ...] = ()
    """In a dry run: which destinations get nothing of a private output, in sentences."""


async def route_output(coordinator: Coordinator, call: RouteOutput, caller: Caller) -> RouteOutputResult:
    """Plan the deliveries, and wait a moment for their receipts. A guest may only send the results of what its session
    has asked for, and only where the rules say.
    """
    deliveries = coordinator.deliveries
    if call.to:
        caller.check_commands("name destinations")
    if call.content is not None:
        caller.check_commands("send content of their own")
        parcel = deliveries.content(call.content, caller, kind=call.kind)
    else:
        caller.check_asked_for(await coordinator.registry.tasks.get(call.task_id or ""))
        parcel = await deliveries.result(call.task_id or "", caller, kind=call.kind, ended=not call.dry_run)
    if call.dry_run:
        return explained(await deliveries.explain(parcel.output, call.to or parcel.to))
    planned = await deliveries.plan(parcel, call.to)
    return RouteOutputResult(receipts=tuple(DeliveryView.of(one) for one in await _settled(coordinator, planned)))


def explained(explanation: Explanation) -> RouteOutputResult:
    """A dry run's answer."""
    return RouteOutputResult(
        planned=tuple(PlannedView.model_validate(plan, from_attributes=True) for plan in explanation.planned),
        rules=tuple(
            RuleView(route=rule.route, to=rule.to, taken=rule.taken, why=rule.why) for rule in explanation.considered
        ),
        left_out=explanation.left_out,
    )


async def _settled(coordinator: Coordinator, planned: list[Delivery]) -> list[Delivery]:
    """The deliveries once all have arrived or failed, at the latest when patience ends."""
    loop = asyncio.get_running_loop()
    end = loop.time() + RECEIPT_PATIENCE_S
    while True:
        current = [await coordinator.registry.deliveries.get(delivery.id) for delivery in planned]
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
    answer=RouteOutputResult,
    run=route_output,
)
