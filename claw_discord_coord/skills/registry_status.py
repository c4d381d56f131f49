"""`registry_status`: list tasks, or show one task with all its records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from claw_discord_coord.coordination import privacy
from claw_discord_coord.models import Announcement, Delivery, DeliveryState, Event, Task, TaskState
from claw_discord_coord.skills.base import command_text, terminal
from claw_discord_coord.skills.base.skill import CommandLine, Skill, SkillInput, SkillResult, SlashCommand
from claw_discord_coord.skills.base.views import (
    AnnouncementView,
    DeliveryView,
    EventView,
    HandoffView,
    ProblemView,
    RunView,
    TaskLine,
    TaskView,
)

if TYPE_CHECKING:  # commands that only call a coordinator import nothing that the coordinator is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


class RegistryStatus(SkillInput):
    """Input of `registry_status`. Without any field the result lists the newest tasks."""

    task_id: str | None = None
    """The id of one task to show with its events, runs, deliveries, handoffs and children."""
    agent: str | None = None
    """Only tasks of this agent."""
    state: TaskState | None = None
    """Only tasks in this state."""
    text: str | None = Field(default=None, min_length=1)
    """Only tasks with this text in their title, text or result; private tasks only where the caller reads them."""
    limit: int = Field(default=20, ge=1, le=500)
    """The largest number of tasks, newest first."""
    details: bool = False
    """True: the tasks of a list with all their fields and results."""
    task_token: str | None = None
    """The token of an agent at work."""


class RegistryStatusResult(SkillResult):
    """Result of `registry_status`: `tasks` for a list, or `task` with all its records."""

    counts: dict[str, int]
    """The number of tasks in each state, of all tasks that the caller may see."""
    tasks: tuple[TaskView, ...] | tuple[TaskLine, ...] = ()
    attention: tuple[DeliveryView | ProblemView, ...] = ()
    """Deliveries that wait for a person (held for approval, or failed), newest first; then tasks that Discord refuses
    to show, or that wait for a counterpart."""
    not_announced: tuple[AnnouncementView, ...] = ()
    """Announcements of the last three days that did not reach the session that asked, newest first."""
    task: TaskView | None = None
    events: tuple[EventView, ...] = ()
    runs: tuple[RunView, ...] = ()
    deliveries: tuple[DeliveryView, ...] = ()
    handoffs: tuple[HandoffView, ...] = ()
    children: tuple[TaskLine, ...] = ()


async def registry_status(coordinator: Coordinator, call: RegistryStatus, caller: Caller) -> RegistryStatusResult:
    """Read the registry. An agent at work sees the tree of its own task, a guest the tasks of its own session.

    Raises:
        UnknownTask: There is no such task, or the caller may not see the task.
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
        # Whether a text matches says what the text is about.
        private_texts=caller.reads_private,
        limit=call.limit,
    )
    waiting: list[Delivery] = []
    not_announced: list[Announcement] = []
    problems: list[Event] = []
    # Deliveries of other sessions and trees are not shown: guests and agents must not learn of other work.
    if caller.task is None and not caller.guest:
        for state in (DeliveryState.HELD, DeliveryState.FAILED):
            waiting += await registry.deliveries.find(state, limit=call.limit)
        problems = await coordinator.needing_attention(limit=call.limit)
        not_announced = await registry.announcements.given_up(limit=call.limit)
    if caller.in_chat:
        waiting = await privacy.deliveries_for_others(registry, waiting)
    seen = [_seen(task, caller) for task in tasks]
    return RegistryStatusResult(
        counts=await _counts(coordinator, caller),
        tasks=tuple(TaskView.of(task) for task in seen) if call.details else tuple(TaskLine.of(task) for task in seen),
        attention=(
            *(DeliveryView.of(delivery) for delivery in waiting),
            *(ProblemView.of(event) for event in problems),
        ),
        not_announced=tuple(AnnouncementView.of(announcement) for announcement in not_announced),
    )


async def _one(coordinator: Coordinator, call: RegistryStatus, task_id: str, caller: Caller) -> RegistryStatusResult:
    registry = coordinator.registry
    task = await coordinator.visible_task(task_id, caller)
    events = await registry.events.of_task(task.id)
    runs = await registry.runs.of_task(task.id)
    deliveries = await registry.deliveries.of_task(task.id)
    handoffs = await registry.handoffs.of_task(task.id)
    if not caller.reads(task):
        events = [privacy.event_for_others(event) for event in events]
        runs = [privacy.run_for_others(run) for run in runs]
        deliveries = [privacy.delivery_for_others(delivery) for delivery in deliveries]
        handoffs = [privacy.handoff_for_others(handoff) for handoff in handoffs]
    return RegistryStatusResult(
        counts=await _counts(coordinator, caller),
        task=TaskView.of(_seen(task, caller)),
        events=tuple(EventView.of(event) for event in events),
        runs=tuple(RunView.of(run) for run in runs),
        deliveries=tuple(DeliveryView.of(delivery) for delivery in deliveries),
        handoffs=tuple(HandoffView.of(handoff) for handoff in handoffs),
        children=tuple(
            TaskLine.of(_seen(child, caller))
            for child in await registry.tasks.find(parent_id=task.id, asked_from=_only_from(caller), limit=call.limit)
        ),
    )


def _seen(task: Task, caller: Caller) -> Task:
    """Return the task as the caller sees it."""
    return task if caller.reads(task) else privacy.task_for_others(task)


def _only_from(caller: Caller) -> str | None:
    """Return the session whose tasks a guest may see, empty for a guest without a session; None for others."""
    # Not None for a guest without a session, since None selects the tasks of all sessions.
    return (caller.session_key or "") if caller.guest else None


async def _counts(coordinator: Coordinator, caller: Caller) -> dict[str, int]:
    root_id = caller.task.root_id if caller.task else None
    counts = await coordinator.registry.tasks.count(root_id=root_id, asked_from=_only_from(caller))
    # A part of the registry is described by what it has.
    whole = caller.task is None and not caller.guest
    return {state.value: count for state, count in counts.items() if count or whole}


def _parse(command: str) -> dict[str, Any]:
    """Parse a task's id, or an agent as `@name` and a state or words to search for."""
    task, mention = command_text.TASK_ID.search(command), command_text.MENTION.search(command)
    if task is not None:
        return {"task_id": task[0]}
    words = command_text.without(command, mention[0] if mention else "")
    state = {"state": words} if words in set(TaskState) else {}
    text = {"text": words} if words and not state else {}
    return {**({"agent": mention[1].lower()} if mention else {}), **state, **text}


def _show(result: dict[str, Any]) -> str:
    return _show_task(result) if result["task"] else _show_tasks(result)


def _show_tasks(result: dict[str, Any]) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in result["counts"].items() if count)
    nothing = "No task matches." if counts else "No tasks yet."
    lines = [terminal.table(result["tasks"]), ""] if result["tasks"] else [nothing]
    if counts:
        lines.append(counts)
    entries = [
        f"{entry['task_id']}: {entry['problem']}"
        if "problem" in entry
        else f"{entry['delivery_id']} to {entry['destination']}: {entry['state']}{terminal.error_in_brackets(entry)}"
        for entry in result["attention"]
    ]
    entries.extend(
        f"{entry['task_id']}: {entry['session_key']} was not told ({entry['problem']})"
        for entry in result.get("not_announced", ())
    )
    return "\n".join((*lines, *map(terminal.entry, entries)))


def _show_task(result: dict[str, Any]) -> str:
    task = result["task"]
    lines = [
        terminal.one_line(task["title"]),
        f"  {terminal.outcome(task)}",
        f"  {task['agent']}: {task['chosen_because']}",
    ]
    if task["thread_url"]:
        lines.append(f"  #{task['channel']}: {task['thread_url']}")
    lines.extend(f"  {event['at'][11:19]} {terminal.one_line(event['text'])}" for event in result["events"])
    lines.extend(
        f"  run {run['run_id']}: {run['state']}{terminal.error_in_brackets(run)}{_usage(run['usage'])}{_session(run)}"
        for run in result["runs"]
    )
    lines.extend(
        f"  handoff {handoff['handoff_id']} to {handoff['to_agent']} ({handoff['to_task']}): {handoff['state']}"
        for handoff in result["handoffs"]
    )
    lines.extend(
        f"  delivery to {delivery['destination']}: {delivery['state']}{terminal.error_in_brackets(delivery)}"
        for delivery in result["deliveries"]
    )
    lines.extend(f"  child {child['task_id']}: {child['state']}, {child['title']}" for child in result["children"])
    shown = "\n".join(map(terminal.entry, lines))
    return f"{shown}\n\n{terminal.result_text(task)}" if task["result"] else shown


def _session(run: dict[str, Any]) -> str:
    # An older coordinator returns no session.
    return f", session {run['session_id']}" if run.get("session_id") else ""


def _usage(usage: dict[str, Any] | None) -> str:
    if usage is None:
        return ""
    cost = f", ${usage['cost_usd']:.4f}" if usage["cost_usd"] else ""
    return f", {usage['input_tokens']:,} tokens in, {usage['output_tokens']:,} out{cost}"


SKILL = Skill(
    name="registry_status",
    description=(
        "List the tasks of the delegated agents with state, agent and duration. With task_id: "
        "one task with its result, events, runs, deliveries, handoffs and children."
    ),
    input=RegistryStatus,
    result=RegistryStatusResult,
    run=registry_status,
    slash_command=SlashCommand(
        summary="Show the work of the agents", usage="[task]", example="t-abcdefgh", parse=_parse
    ),
    # Scripts read the details; only models pay for their length.
    command_line=CommandLine(show=_show, short_options={"task_id": "--task"}, arguments={"details": True}),
    guide='`{}` lists what runs, waits and is done; `{"task_id": "..."}` shows one task with its result.',
    read_only=True,
)
