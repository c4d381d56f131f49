"""`handoff`: pass what follows from a task on to another agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from claw_discord_coord.skills.skill import Skill, SkillInput, SkillResult

if TYPE_CHECKING:  # commands that only call a coordinator need none of what it is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator

LONGEST_DEADLINE_S = 366 * 86_400
"""A deadline beyond a year is none."""


class HandoffInput(SkillInput):
    """What `handoff` takes."""

    task_id: str
    """The task whose work is passed on."""
    to_agent: str
    """Who is to go on with it."""
    summary: str = Field(min_length=1)
    """What was found and what is to be done next; all the receiver knows besides the artifacts."""
    artifacts: tuple[str, ...] = Field(default=(), max_length=50)
    """Files that go with it: absolute paths, or relative to the agent's session folder."""
    deadline_s: float | None = Field(default=None, gt=0, le=LONGEST_DEADLINE_S)
    """By when the receiver must be done, in seconds from now; past it the receiver's task is stopped and the handoff
    expires."""
    task_token: str | None = None
    """An agent at work gives the token it was given."""


class HandoffResult(SkillResult):
    """What `handoff` answers."""

    handoff_id: str
    state: str
    """offered, accepted, completed, failed or expired."""
    from_task: str
    task_id: str
    """The receiver's new task."""
    agent: str
    thread_url: str | None
    joined: bool
    """Whether this handoff was there already."""


async def handoff(coordinator: Coordinator, call: HandoffInput, caller: Caller) -> HandoffResult:
    """Write the record, start the receiver's task, and answer with both."""
    record, task, joined = await coordinator.delegation.handoff(
        call.task_id, call.to_agent, call.summary, caller, artifacts=call.artifacts, deadline_s=call.deadline_s
    )
    return HandoffResult(
        handoff_id=record.id,
        state=record.state.value,
        from_task=record.from_task,
        task_id=task.id,
        agent=task.agent,
        thread_url=task.thread_url,
        joined=joined,
    )


SKILL = Skill(
    name="handoff",
    description=(
        "Pass a task on to another agent with a summary and files. The receiver gets the packet in a task of its own; "
        "the record shows both sides and how it ended."
    ),
    input=HandoffInput,
    answer=HandoffResult,
    run=handoff,
)
