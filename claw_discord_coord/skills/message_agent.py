"""`message_agent`: send a message to an agent at work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from claw_discord_coord.errors import UsageError
from claw_discord_coord.skills.base import command_text
from claw_discord_coord.skills.base.skill import CommandLine, Skill, SkillInput, SkillResult, SlashCommand

if TYPE_CHECKING:  # commands that only call a coordinator import nothing that the coordinator is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


class MessageAgent(SkillInput):
    """Input of `message_agent`."""

    task_id: str
    """The id of the task that the agent works on."""
    text: str = Field(min_length=1, max_length=20_000)
    """The message: a correction, a reply, more information."""
    task_token: str | None = None
    """The token of an agent at work, which may only write to agents that it started."""


class MessageAgentResult(SkillResult):
    """Result of `message_agent`."""

    task_id: str
    run_id: str
    """The id of the run that took the message."""


async def message_agent(coordinator: Coordinator, call: MessageAgent, caller: Caller) -> MessageAgentResult:
    """Pass the message to the run that goes on."""
    run = await coordinator.control.send_message(call.task_id, call.text, caller)
    return MessageAgentResult(task_id=call.task_id, run_id=run.id)


def _parse(command: str) -> dict[str, Any]:
    """Parse a task's id and the message, in any order."""
    task = command_text.TASK_ID.search(command)
    text = command_text.without(command, task[0]) if task else ""
    if task is None or not text:
        raise UsageError("The task or the message is missing.", fix=SKILL.how_to_write())
    return {"task_id": task[0], "text": text}


def _show(result: dict[str, Any]) -> str:
    return f"{result['task_id']}: message given to run {result['run_id']}"


SKILL = Skill(
    name="message_agent",
    description=(
        "Send a message to an agent at work: a correction, a reply, more information. The agent gets the message "
        "in its current turn."
    ),
    input=MessageAgent,
    result=MessageAgentResult,
    run=message_agent,
    slash_command=SlashCommand(
        summary="Send a message to an agent at work",
        usage="<task> <text>",
        example="t-abcdefgh look at 2025 only",
        parse=_parse,
    ),
    command_line=CommandLine(show=_show, positional="text", short_options={"task_id": "--task"}),
    guide='`{"task_id", "text"}` corrects an agent at work, or replies to it.',
)
