"""`message_agent`: tell an agent at work something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from claw_discord_coord.skills.skill import Skill, SkillInput, SkillResult

if TYPE_CHECKING:  # commands that only call a coordinator need none of what it is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


class MessageAgent(SkillInput):
    """What `message_agent` takes."""

    task_id: str
    """The task whose agent is told."""
    text: str = Field(min_length=1, max_length=20_000)
    """What to tell it: a correction, an answer, something it should know."""
    task_token: str | None = None
    """An agent at work gives the token it was given; it may only tell those it started itself."""


class MessageAgentResult(SkillResult):
    """What `message_agent` answers."""

    task_id: str
    run_id: str
    """The run that has taken the message."""


async def message_agent(coordinator: Coordinator, call: MessageAgent, caller: Caller) -> MessageAgentResult:
    """Pass the message on to the run that is going on."""
    run = await coordinator.control.message(call.task_id, call.text, caller)
    return MessageAgentResult(task_id=call.task_id, run_id=run.id)


SKILL = Skill(
    name="message_agent",
    description=(
        "Tell an agent that is at work something: correct it, answer it, add what it should know. It takes the message "
        "into the turn that is going on."
    ),
    input=MessageAgent,
    answer=MessageAgentResult,
    run=message_agent,
    positional="text",
)
