"""`handoff`: pass a task on to another agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import NewHandoff
from claw_discord_coord.skills.base import command_text, terminal
from claw_discord_coord.skills.base.skill import CommandLine, Skill, SkillInput, SkillResult, SlashCommand

if TYPE_CHECKING:  # commands that only call a coordinator import nothing that the coordinator is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


class HandoffInput(SkillInput, NewHandoff):
    """Input of `handoff`."""

    task_token: str | None = None
    """The token of an agent at work."""


class HandoffResult(SkillResult):
    """Result of `handoff`."""

    handoff_id: str
    state: str
    """offered, accepted, completed, failed or expired."""
    from_task: str
    task_id: str
    """The id of the receiver's new task."""
    agent: str
    thread_url: str | None
    joined: bool
    """True when the handoff existed already."""
    masked: tuple[str, ...] = ()
    """A sentence for each text and file of the handoff in which secrets were masked."""


async def handoff(coordinator: Coordinator, call: HandoffInput, caller: Caller) -> HandoffResult:
    """Record the handoff and start the receiver's task."""
    handed_off = await coordinator.delegation.handoff(call, caller)
    record, task = handed_off.handoff, handed_off.task
    return HandoffResult(
        handoff_id=record.id,
        state=record.state.value,
        from_task=record.from_task,
        task_id=task.id,
        agent=task.agent,
        thread_url=task.thread_url,
        joined=handed_off.joined,
        masked=handed_off.masked,
    )


def _parse(command: str) -> dict[str, Any]:
    """Parse a task's id, an agent as `@name`, and the summary, in any order."""
    task, mention = command_text.TASK_ID.search(command), command_text.MENTION.search(command)
    if task is None or mention is None:
        raise UsageError("The task or the receiving agent is missing.", fix=SKILL.how_to_write())
    summary = command_text.without(command, task[0], mention[0])
    if not summary:
        raise UsageError("The summary for the receiving agent is missing.", fix=SKILL.how_to_write())
    # Agents have lower-case names in skill.yaml, and people capitalize names.
    return {"task_id": task[0], "to_agent": mention[1].lower(), "summary": summary}


def _show(result: dict[str, Any]) -> str:
    verb = "was already handed off" if result["joined"] else "handed off"
    head = f"{result['handoff_id']}: {verb} to {result['agent']} as task {result['task_id']} ({result['state']})"
    return "\n".join(map(terminal.entry, [head, *(f"  {sentence}" for sentence in result.get("masked", ()))]))


SKILL = Skill(
    name="handoff",
    description=(
        "Pass a task on to another agent with a summary and files. The receiver gets both in a new task; "
        "the handoff's record shows both tasks and the outcome."
    ),
    input=HandoffInput,
    result=HandoffResult,
    run=handoff,
    slash_command=SlashCommand(
        summary="Pass a task on to another agent",
        usage="<task> @agent <summary>",
        example="t-abcdefgh @writing make a report of it",
        parse=_parse,
    ),
    command_line=CommandLine(
        show=_show, short_options={"task_id": "--task", "artifacts": "--artifact"}, file_fields=("artifacts",)
    ),
    guide='`{"task_id", "to_agent", "summary"}` passes the work on to another agent.',
)
