"""`route_output`: send an output to the destinations that routes or the caller name."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from claw_discord_coord.coordination import privacy
from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import Delivery, DeliveryState
from claw_discord_coord.skills.base import command_text, terminal
from claw_discord_coord.skills.base.skill import CommandLine, Skill, SkillInput, SkillResult, SlashCommand
from claw_discord_coord.skills.base.views import DeliveryView

if TYPE_CHECKING:  # commands that only call a coordinator import nothing that the coordinator is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator
    from claw_discord_coord.routing.explanation import Explanation

RECEIPT_TIMEOUT_S = 10.0
"""The longest wait for receipts. A slower delivery is `planned` in the result and goes on."""
LOOK_S = 1.0


class RouteOutput(SkillInput):
    """Input of `route_output`: an ended task, or content."""

    task_id: str | None = None
    """The id of the ended task whose result is sent."""
    content: str | None = Field(default=None, min_length=1)
    """Markdown to send. On the command line `-` reads standard input."""
    kind: str | None = None
    """The kind of output, which routes compare. Default: the kind that the front matter or the agent declares."""
    to: tuple[str, ...] = ()
    """Destinations of skill.yaml. Default: the routes decide."""
    dry_run: bool = False
    """True: send nothing; return the destinations, the texts and the reasons."""
    task_token: str | None = None
    """The token of an agent at work, which may send its own content."""

    @model_validator(mode="after")
    def _one_source(self) -> RouteOutput:
        if (self.task_id is None) == (self.content is None):
            raise ValueError("give either `task_id` or `content`")
        return self


class PlannedView(SkillResult):
    """One output that would be sent to one destination."""

    destination: str
    route: str
    why: str
    title: str
    text: str
    about: dict[str, str | int | float | bool | list[str]]
    """Metadata for the destination, such as the tags of a post."""
    problem: str | None = None
    """The error of the route's template; title and text are then the output's own."""


class RuleView(SkillResult):
    """One route of skill.yaml and the reason why the output takes it or not."""

    route: str
    to: tuple[str, ...]
    taken: bool
    why: str


class RouteOutputResult(SkillResult):
    """Result of `route_output`: one delivery per destination, or the plan of a dry run."""

    receipts: tuple[DeliveryView, ...] = ()
    planned: tuple[PlannedView, ...] = ()
    rules: tuple[RuleView, ...] = ()
    """In a dry run, and when nothing is sent: every route with the reason why it is taken or not."""
    left_out: tuple[str, ...] = ()
    """As `rules`: one sentence for each destination that gets nothing, since the output is private."""
    note: str | None = None
    """The reason and the advice when nothing is sent anywhere."""


async def route_output(coordinator: Coordinator, call: RouteOutput, caller: Caller) -> RouteOutputResult:
    """Plan the deliveries and wait a moment for receipts.

    A caller who does not read a private task gets destinations and states, without texts, receipts and errors.

    Raises:
        NotAuthorized: A guest names destinations, sends content, or an agent names a task or a destination that it may
            not name.
        UnknownTask: A guest's session did not request the task.
    """
    from claw_discord_coord.routing.rules import check_nameable  # imports templates, which most commands do not need

    deliveries, reads = coordinator.deliveries, True
    if call.to:
        caller.check_commands("name destinations")
    if caller.task is not None and call.to:
        check_nameable(coordinator.config(), caller.task.agent, call.to)
    if call.content is not None:
        caller.check_commands("send content of their own")
        request = deliveries.content_request(call.content, caller, kind=call.kind)
    else:
        task = await coordinator.registry.tasks.get(call.task_id or "")
        caller.check_asked_for(task)
        reads = caller.reads(task)
        # A dry run may ask about a task that still works, to see its route in advance.
        request = await deliveries.result_request(call.task_id or "", caller, kind=call.kind, ended=not call.dry_run)
    planned = [] if call.dry_run else await deliveries.plan(request, call.to)
    if not planned:
        explanation = await deliveries.explain(request.output, call.to or request.to)
        explanation = explanation if reads else privacy.explanation_for_others(explanation)
        return explained(explanation, tuple(coordinator.config().destinations))
    sent = await _settled(coordinator, planned)
    sent = sent if reads else [privacy.delivery_for_others(delivery) for delivery in sent]
    return RouteOutputResult(receipts=tuple(DeliveryView.of(delivery) for delivery in sent))


def explained(explanation: Explanation, destinations: Collection[str]) -> RouteOutputResult:
    """Return the result of a call that sends nothing; `destinations` are the names in skill.yaml."""
    return RouteOutputResult(
        planned=tuple(PlannedView.model_validate(plan, from_attributes=True) for plan in explanation.planned),
        rules=tuple(
            RuleView(route=rule.route, to=rule.to, taken=rule.taken, why=rule.why) for rule in explanation.considered
        ),
        left_out=explanation.left_out,
        note=None if explanation.planned else _why_nothing(explanation, destinations),
    )


def _why_nothing(explanation: Explanation, destinations: Collection[str]) -> str:
    if explanation.left_out:
        return "Nothing is sent: the output is private. Add a route with `private: true` to skill.yaml."
    why = "no route of skill.yaml takes this output" if explanation.considered else "skill.yaml has no routes"
    advice = f"Name a destination ({', '.join(destinations)}), or add" if destinations else "Add"
    return f"Nothing is sent: {why}. {advice} a route to skill.yaml."


async def _settled(coordinator: Coordinator, planned: list[Delivery]) -> list[Delivery]:
    """Return the deliveries when all have ended, at the latest after the time limit."""
    loop = asyncio.get_running_loop()
    end = loop.time() + RECEIPT_TIMEOUT_S
    # Subscribed before the first look: a delivery that ends in between is then an update in the queue.
    async with coordinator.updates.subscribe(None) as updates:
        while True:
            current = [await coordinator.registry.deliveries.get(delivery.id) for delivery in planned]
            if loop.time() >= end or all(delivery.state is not DeliveryState.PLANNED for delivery in current):
                return current
            # The registry is read now and then all the same, since a slow reader loses updates.
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    while (await updates.get()).type != "delivery":
                        pass


_OPTIONS = {"dry-run": False, "kind": True, "to": True}
"""The options of the slash command; True for an option that takes a value."""
_TASK_FIRST = re.compile(rf"({command_text.TASK_ID.pattern})(?![\w-])[:,]?\s*")


def _parse(command: str) -> dict[str, Any]:
    """Parse a task's id with destinations and options, or options and the content to send."""
    options, rest = command_text.options("route_output", command, _OPTIONS)
    task = _TASK_FIRST.match(rest)
    if task is not None:
        # Options may stand on both sides of the task and among the destinations, as in a shell.
        to: list[str] = options.pop("to", [])
        words = rest[task.end() :]
        while words:
            more, words = command_text.options("route_output", words, _OPTIONS)
            to += more.pop("to", [])
            options |= more
            word, words = [*words.split(maxsplit=1), "", ""][:2]
            to += command_text.names(word)
        return {"task_id": task[1], **options, **({"to": to} if to else {})}
    if not rest:
        raise UsageError("The task or the content is missing.", fix=SKILL.how_to_write())
    if rest.endswith(" --dry-run"):  # Content that was meant for a dry run must not be sent.
        raise UsageError("--dry-run is behind the content.", fix="Write options before the content.")
    return {"content": rest, **options}


def _show(result: dict[str, Any]) -> str:
    lines = [f"{delivery['destination']}: {_delivery(delivery)}" for delivery in result["receipts"]]
    return "\n".join(map(terminal.entry, lines)) or show_explanation(result)


def show_explanation(result: dict[str, Any]) -> str:
    """Return which routes take an output and why, and the texts that would be sent."""
    from claw_discord_coord.text import front_matter  # imports PyYAML, which most commands do not need

    lines = [f"{'→' if rule['taken'] else '·'} {rule['route']}: {rule['why']}" for rule in result["rules"]]
    lines.extend(result["left_out"])
    if result["note"]:
        lines.append(result["note"])
    lines = [terminal.entry(line) for line in lines]
    for plan in result["planned"]:
        text = front_matter.join(plan["about"], plan["text"])
        body = "".join(f"\n    {line}".rstrip(" ") for line in text.splitlines())
        shown = terminal.entry(plan["problem"]) if plan["problem"] else terminal.one_line(plan["title"]) + body
        lines.extend(["", terminal.entry(f"{plan['destination']} ({plan['why']})"), f"    {shown}"])
    return "\n".join(lines)


def _delivery(delivery: dict[str, Any]) -> str:
    if delivery["state"] == "planned":
        count = delivery["attempts"]
        tried = f" ({'1 attempt' if count == 1 else f'{count} attempts'} so far)" if count else ""
        return f"not delivered yet{tried}; attempts go on, and `registry-status` lists the delivery if all fail"
    if delivery["state"] == "held":
        return f"held for approval: {terminal.how_to_review('delivery', delivery['delivery_id'])}"
    receipt = delivery["receipt"]
    where = receipt and (receipt["url"] or receipt["path"] or receipt["id"])
    return delivery["state"] + (f" {where}" if where else "") + terminal.error_in_brackets(delivery)


SKILL = Skill(
    name="route_output",
    description=(
        "Send a task's result, or your content, to the destinations of skill.yaml's routes (a channel, a blog, ...) or "
        "to destinations you name. Returns one receipt per destination. dry_run sends nothing and returns the plan."
    ),
    input=RouteOutput,
    result=RouteOutputResult,
    run=route_output,
    slash_command=SlashCommand(
        summary="Send a result to destinations",
        usage="<task> [destination ...]",
        example="t-abcdefgh blog",
        parse=_parse,
        note="With `--dry-run` the command only shows what would go where.",
    ),
    command_line=CommandLine(show=_show, short_options={"task_id": "--task"}, standard_input_fields=("content",)),
    guide='`{"task_id"}` sends a result where the routes say, or to destinations you name.',
)
