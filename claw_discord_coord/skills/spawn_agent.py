"""`spawn_agent`: give a piece of work to an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from claw_discord_coord.models import Kind, Priority, Wanted
from claw_discord_coord.skills.skill import Skill, SkillInput, SkillResult

if TYPE_CHECKING:  # commands that only call a coordinator need none of what it is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator

PLACE_PATIENCE_S = 3.0
"""How long the answer waits for the thread's link; the work goes on either way."""


class SpawnAgent(SkillInput):
    """What `spawn_agent` takes."""

    task: str = Field(min_length=1)
    """What is to be done, in plain words; files by absolute path."""
    agent: str | None = None
    """Who is to do it; left out: chosen by the task's words."""
    kind: Kind | None = None
    """`intern`: a fresh session, cleaned up afterwards. `specialist`: the agent's standing session. Left out: as the
    agent is set up."""
    title: str | None = Field(default=None, max_length=200)
    """A short title; left out: the beginning of the task."""
    key: str | None = Field(default=None, min_length=1, max_length=200)
    """Your name for this work. A second call with the same key joins the first task instead of starting another,
    unless that one failed."""
    parent_task: str | None = None
    """The task this belongs to; limits and a stop hold for both."""
    task_token: str | None = None
    """An agent at work gives the token it was given."""
    review: bool = False
    """Whether an operator must approve this task's own result before it is delivered; what it hands on is not
    held back."""
    private: bool = False
    """Whether the task must stay on this machine: nothing of it appears on Discord or any other outside destination."""
    output_kind: str | None = None
    """What sort of output is asked for; routes match on it. Left out: as the agent or its result says."""
    to: tuple[str, ...] = ()
    """Destinations of skill.yaml for the result; left out: as the routes say."""
    labels: tuple[str, ...] = ()
    """Labels of the output; routes match on them."""
    priority: Priority | None = None
    """How pressing the output is; routes match on it."""
    timeout_s: float | None = Field(default=None, gt=0)
    """How long a run may take, in seconds; at most what the agent allows."""


class SpawnAgentResult(SkillResult):
    """What `spawn_agent` answers, at once; the work goes on behind it."""

    task_id: str
    state: str
    title: str
    agent: str
    chosen_because: str
    """Why this agent."""
    kind: Kind
    channel: str | None
    """The Discord channel; none for a private task."""
    thread_url: str | None
    """The thread to watch; none when it is private, or not there yet."""
    destinations: tuple[str, ...]
    """Where the result will go, as far as that can be told now."""
    joined: bool
    """Whether this call joined a task that was there already."""


async def spawn_agent(coordinator: Coordinator, call: SpawnAgent, caller: Caller) -> SpawnAgentResult:
    """Take the work in and answer with where it can be watched."""
    if call.to:
        caller.check_commands("name destinations")
    task, joined = await coordinator.delegation.spawn(
        call.task,
        caller,
        agent=call.agent,
        kind=call.kind,
        title=call.title,
        key=call.key,
        parent_id=call.parent_task,
        review=call.review,
        private=call.private,
        timeout_s=call.timeout_s,
        wanted=Wanted(kind=call.output_kind, labels=call.labels, priority=call.priority, to=call.to),
    )
    if not task.private:
        task = await coordinator.wait_for(task.id, lambda task: task.thread_url is not None, timeout_s=PLACE_PATIENCE_S)
    return SpawnAgentResult(
        task_id=task.id,
        state=task.state.value,
        title=task.title,
        agent=task.agent,
        chosen_because=task.chosen_because,
        kind=task.kind,
        channel=None if task.private else task.channel,
        thread_url=task.thread_url,
        destinations=task.wanted.expected,
        joined=joined,
    )


SKILL = Skill(
    name="spawn_agent",
    description=(
        "Give a piece of work to a specialist or an intern. It works in its own Discord thread, where people can watch "
        "and stop it. Answers at once with the task's id and thread; the result comes later (see registry_status). "
        "Give a `key` when the same work might be asked for twice."
    ),
    input=SpawnAgent,
    answer=SpawnAgentResult,
    run=spawn_agent,
    positional="task",
)
