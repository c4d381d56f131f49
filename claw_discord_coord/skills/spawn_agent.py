"""`spawn_agent`: give a piece of work to an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from claw_discord_coord.coordination import privacy
from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import Kind, NewTask
from claw_discord_coord.skills.base import command_text, terminal
from claw_discord_coord.skills.base.skill import CommandLine, Skill, SkillInput, SkillResult, SlashCommand

if TYPE_CHECKING:  # commands that only call a coordinator import nothing that the coordinator is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator

LINK_TIMEOUT_S = 3.0
"""The longest wait for the thread's link. The work starts without the wait."""


class SpawnAgent(SkillInput, NewTask):
    """Input of `spawn_agent`."""

    task_token: str | None = None
    """The token of an agent at work."""


class SpawnAgentResult(SkillResult):
    """Result of `spawn_agent`, returned at once while the work goes on."""

    task_id: str
    state: str
    title: str
    agent: str
    chosen_because: str
    """The reason for the choice of the agent."""
    kind: Kind
    channel: str | None
    """The Discord channel; null for a private task."""
    thread_url: str | None
    """The thread to watch; null for a private task and until the thread exists."""
    destinations: tuple[str, ...]
    """The destinations of the result, as far as they are known now; empty for a private task of another call that the
    caller does not read."""
    joined: bool
    """True when the call joined an existing task."""


async def spawn_agent(coordinator: Coordinator, call: SpawnAgent, caller: Caller) -> SpawnAgentResult:
    """Create or join the task and wait a moment for the thread's link."""
    # A destination may show the result to others, so a guest may not choose one.
    if call.to:
        caller.check_commands("name destinations")
    admitted = await coordinator.delegation.spawn(call, caller)
    task = admitted.task
    # A private task never gets a thread.
    if not task.private and await coordinator.is_shown_soon(task):
        task = await coordinator.wait_for(task.id, lambda task: task.thread_url is not None, timeout_s=LINK_TIMEOUT_S)
    # A caller who creates a private task knows its texts; one who joins it may not.
    withheld = admitted.joined and not caller.reads(task)
    task = privacy.task_for_others(task) if withheld else task
    return SpawnAgentResult(
        task_id=task.id,
        state=task.state.value,
        title=task.title,
        agent=task.agent,
        chosen_because=task.chosen_because,
        kind=task.kind,
        channel=None if task.private else task.channel,
        thread_url=task.thread_url,
        destinations=() if withheld else task.wanted.expected,
        joined=admitted.joined,
    )


_OPTIONS = {"review": False, "private": False, "key": True, "title": True, "kind": True, "to": True}
"""The options of the slash command; True for an option that takes a value."""


def _parse(command: str) -> dict[str, Any]:
    """Parse options, an agent as `@name`, more options, and the task."""
    options, rest = command_text.options("spawn_agent", command, _OPTIONS)
    mention = command_text.MENTION.match(rest)
    if mention:
        more, rest = command_text.options("spawn_agent", rest[mention.end() :].lstrip(" :,\n"), _OPTIONS)
        options |= more
    if not rest:
        raise UsageError("The task is missing.", fix=SKILL.how_to_write())
    return {"task": rest, **({"agent": mention[1].lower()} if mention else {}), **options}


def _show(result: dict[str, Any]) -> str:
    how = "joined the existing task" if result["joined"] else "started"
    lines = [
        f"{result['task_id']} ({result['state']}): {result['title']}",
        f"  {how}: {result['agent']}, {result['kind']}, chosen because: {result['chosen_because']}",
    ]
    if result["thread_url"]:
        lines.append(f"  #{result['channel']}: {result['thread_url']}")
    return "\n".join(map(terminal.entry, lines))


SKILL = Skill(
    name="spawn_agent",
    description=(
        "Give a piece of work to a specialist or an intern. The work happens in its own Discord thread, where people "
        "can watch and stop it. Returns the task's id and thread at once; registry_status shows the result later. "
        "Give a `key` when the same work might be requested twice."
    ),
    input=SpawnAgent,
    result=SpawnAgentResult,
    run=spawn_agent,
    slash_command=SlashCommand(
        summary="Give work to an agent",
        usage="[@agent] <what to do>",
        example="@research compare A and B",
        parse=_parse,
        note=(
            "Before the task there may be `--review`, `--private`, `--key NAME`, `--title TITLE`, `--kind intern`, "
            "`--to DESTINATION`."
        ),
    ),
    command_line=CommandLine(
        show=_show, positional="task", short_options={"parent_task": "--parent-task"}, can_wait=True
    ),
    guide=(
        '`{"task": "...", "agent": "research"}` starts work and returns its thread at once. Say all that is needed in '
        "`task`: the agent does not see this chat. One call for each independent part."
    ),
)
