"""`install` and `uninstall`: connect OpenClaw with the coordinator, prove the connection, and undo everything."""

from __future__ import annotations

import asyncio
import json
import shlex
import shutil
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from claw_discord_coord.app.coordinator import open_coordinator
from claw_discord_coord.app.former_state import has_former_state
from claw_discord_coord.app.state import DEVICE_FILE_NAME, current_state, open_state_folder
from claw_discord_coord.config.file import ConfigFile, load
from claw_discord_coord.config.locate import FILE_NAME, Located, built_in, locate
from claw_discord_coord.config.model import Config
from claw_discord_coord.config.runtimes import OpenClawRuntimeConfig
from claw_discord_coord.errors import Conflict, CoordError, CoordinatorUnavailable, UsageError
from claw_discord_coord.openclaw.cli import OpenClawCli, environment_of_process
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.gateway_connection import Access
from claw_discord_coord.openclaw.install import Wishes, plan
from claw_discord_coord.openclaw.pairing import look_for_gateway
from claw_discord_coord.openclaw.plugin_steps import prove
from claw_discord_coord.openclaw.service import Service, service
from claw_discord_coord.openclaw.step import Step, apply, undo
from claw_discord_coord.surfaces.run_file import RUN_FILE_NAME, find

SERVICE_START_LIMIT_S = 60.0
"""The longest start of a service until its coordinator responds."""

SKILL_TEXT = """\
# Who works, and where results go. `claw-discord-coord schema` prints the JSON Schema of this file.
name: my-agents
openclaw: {{gateway_url: "{gateway_url}"}}

# Without `discord`, the embedded local Discord is used: no account, no token.
# discord:
#   token: ${{DISCORD_BOT_TOKEN}}
#   guild_id: "123456789012345678"
# operators:
#   users: ["234567890123456789"]

agents:
  research:
    purpose: Looks into questions, compares, and says what is known and how sure that is.
    channel: research
    takes: [research, look, find, compare, check]
    runtime: {{kind: openclaw, agent_id: main}}
  engineering:
    purpose: Measures, prototypes and builds.
    channel: engineering
    takes: [build, prototype, measure, fix, implement]
    runtime: {{kind: openclaw, agent_id: main}}
  writing:
    purpose: Turns findings into texts that people like to read.
    channel: writing
    takes: [write, report, summarize, document]
    produces: report
    runtime: {{kind: openclaw, agent_id: main}}

destinations:
  blog: {{kind: blog, folder: blog}}
  reports: {{kind: discord, channel: reports}}

routes:
  - when: {{kind: report}}
    to: [blog, reports]
"""


@dataclass(frozen=True)
class Asked:
    """The options of the command. `agents` are pairs NAME=WORKSPACE."""

    config_path: Path | None
    state_folder: Path | None
    openclaw: str | None
    agents: tuple[str, ...] = ()
    with_service: bool = False


def run_install(asked: Asked, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Show the steps, carry them out after a person agreed, and prove the result."""
    asyncio.run(_install(asked, _cli(asked), yes=yes, dry_run=dry_run, as_json=as_json))


def run_uninstall(asked: Asked, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Show the steps back, and carry them out after a person agreed. Tasks and results stay."""
    asyncio.run(_uninstall(asked, _cli(asked), yes=yes, dry_run=dry_run, as_json=as_json))


async def place(asked: Asked, cli: OpenClawCli) -> Located:
    """Return the skill.yaml to use: the named file, else the nearest from here upwards, else a file in OpenClaw's
    workspace, which need not exist yet.

    Raises:
        OpenClawRefused, OpenClawUnavailable: As `OpenClawCli.setting`.
    """
    located = locate(asked.config_path, asked.state_folder, here=Path.cwd())
    if located.file != built_in():
        return located
    # OpenClaw's workspace is where its users look for settings, and `up --config` finds the file there.
    workspace = await cli.workspace() or cli.state_folder / "workspace"
    return locate(workspace / FILE_NAME, asked.state_folder, here=Path.cwd())


async def wishes_for(asked: Asked, cli: OpenClawCli, located: Located) -> Wishes:
    """Return everything that has to be set up for this skill.yaml.

    Raises:
        ConfigError: skill.yaml has invalid settings.
        UsageError: An agent is not written as NAME=WORKSPACE.
        OpenClawRefused, OpenClawUnavailable: OpenClaw does not return its settings.
    """
    skill_text = SKILL_TEXT.format(gateway_url=await cli.gateway_url())
    # A missing skill.yaml is a step of the installation, not an error.
    config = load(located.file) if located.file.exists() else None
    start = start_command(located)
    return Wishes(
        run_file=located.state / RUN_FILE_NAME,
        start_command=shlex.join(start),
        device_file=located.state / DEVICE_FILE_NAME,
        agents=_agents(asked, cli, config),
        skill_file=located.file if asked.config_path is None else None,
        skill_text=skill_text,
        service=service(sys.platform, start, home=Path.home(), folder=located.programs) if asked.with_service else None,
    )


def start_command(located: Located) -> list[str]:
    """Return the command that starts this coordinator from any folder."""
    return [*program(), "up", "--config", str(located.file), "--state-folder", str(located.state)]


def program() -> list[str]:
    """Return the command of this program, for calls from any folder."""
    called = Path(sys.argv[0])
    if called.stem == "claw-discord-coord" and (found := shutil.which(str(called))):
        return [str(Path(found).absolute())]
    return [sys.executable, "-m", "claw_discord_coord"]


def _cli(asked: Asked) -> OpenClawCli:
    return OpenClawCli.find(environment_of_process(), command=asked.openclaw)


def _agents(asked: Asked, cli: OpenClawCli, config: Config | None) -> dict[str, Path]:
    """Return the OpenClaw agents to create, with their workspaces: the named agents, and the agents that skill.yaml
    needs.
    """
    agents: dict[str, Path] = {}
    for agent in config.agents.values() if config else ():
        if isinstance(agent.runtime, OpenClawRuntimeConfig) and agent.runtime.agent_id != "main":
            name = agent.runtime.agent_id
            agents[name] = cli.state_folder / f"workspace-{name}"
    for pair in asked.agents:
        name, equals, workspace = pair.partition("=")
        if not (name and equals and workspace):
            raise UsageError(f"--agent {pair} names no workspace.", fix="Write --agent NAME=WORKSPACE.")
        agents[name] = Path(workspace).expanduser().absolute()
    return agents


def _moving(located: Located) -> list[Step]:
    """Return the step that moves the state folder of an earlier version, if there is one."""
    if not has_former_state(located):
        return []

    async def done() -> bool:
        return not has_former_state(located)

    async def move() -> None:
        if open_state_folder(located).state != located.state:
            raise Conflict(
                f"Agents are still at work in {located.former_state}.", fix="Run `install` again when they have ended."
            )

    async def nothing() -> None:
        """Leave the state folder where it is."""

    does = f"move the state folder {located.former_state} to {located.state}"
    return [Step(does=does, undoes=does, done=done, apply=move, undo=nothing, remains=done)]


def _as_it_is(wanted: Service | None) -> Service | None:
    """Return the service that an earlier `install` wrote, perhaps with other options; None without a service."""
    if wanted is None or not wanted.file.exists():
        return None
    return replace(wanted, content=wanted.file.read_text(wanted.encoding))


async def _install(asked: Asked, cli: OpenClawCli, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    await cli.run("--version")  # a command that does not work is of no use
    located = await place(asked, cli)
    wishes = await wishes_for(asked, cli, located)
    await look_for_gateway(cli, wishes.device_file)
    steps = [*_moving(located), *plan(cli, wishes)]
    todo = [step for step in steps if not await _seen(step.done, otherwise=False)]
    if dry_run or not as_json:
        _show([(step.does, step not in todo) for step in steps], as_json=as_json)
    if dry_run or not _agreed(bool(todo), yes=yes, as_json=as_json):
        return
    told: list[str] = []
    await apply(steps, _teller(told, as_json=as_json))
    settings = ConfigFile.open(located.file)
    await _prove(cli, settings, located, wishes)
    hints = _hints(await cli.gateway_url(), settings.config, wishes)
    if as_json:
        click.echo(json.dumps({"steps": told, "proved": True, "hints": hints, "start": wishes.start_command}))
        return
    click.echo("proved: OpenClaw's main session called registry_status, and the coordinator responded")
    for hint in hints:
        click.echo(hint)


async def _uninstall(asked: Asked, cli: OpenClawCli, *, yes: bool, dry_run: bool, as_json: bool) -> None:
    located = current_state(await place(asked, cli))
    wishes = await wishes_for(replace(asked, with_service=True), cli, located)
    steps = plan(cli, replace(wishes, service=_as_it_is(wishes.service)))
    todo = [step for step in steps if await _seen(step.remains, otherwise=True)]
    if dry_run or not as_json:
        _show([(step.undoes, step not in todo) for step in reversed(steps)], as_json=as_json)
    if dry_run or not _agreed(bool(todo), yes=yes, as_json=as_json):
        return
    told: list[str] = []
    problems = await undo(steps, _teller(told, as_json=as_json))
    hints = _left_running(located)
    if as_json:
        said = {"steps": told, "problems": [problem.sentence() for problem in problems], "hints": hints}
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        for hint in hints:
            click.echo(hint)
    if problems:
        raise CoordError("Some steps could not be undone.", fix="Run `claw-discord-coord uninstall` again.")


async def _seen(look: Callable[[], Awaitable[bool]], *, otherwise: bool) -> bool:
    """Return the result of a check, or `otherwise` when the check is impossible now; the later step then reports the
    reason.
    """
    try:
        return await look()
    except CoordError:
        return otherwise


def _left_running(located: Located) -> list[str]:
    """Report that the coordinator still runs: OpenClaw no longer knows the coordinator, and nothing stopped it."""
    try:
        running = find(located.state, {})
    except CoordinatorUnavailable:
        return []
    return [
        f"The coordinator still runs, without OpenClaw (process {running.pid}, {running.url}). "
        "Press Ctrl-C in its terminal, or stop its service."
    ]


def _show(steps: Sequence[tuple[str, bool]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([{"step": text, "done": done} for text, done in steps], ensure_ascii=False))
        return
    for text, done in steps:
        click.echo(f"  {'nothing to do' if done else 'to do':13}  {text}")


def _agreed(something_to_do: bool, *, yes: bool, as_json: bool) -> bool:
    if yes or not something_to_do:
        return True
    if as_json:
        raise UsageError("--json cannot ask for confirmation.", fix="Add --yes, or --dry-run to see the plan.")
    return click.confirm("Do this?")


def _teller(told: list[str], *, as_json: bool) -> Callable[[str], None]:
    def tell(line: str) -> None:
        told.append(line)
        if not as_json:
            click.echo(line)

    return tell


async def _prove(cli: OpenClawCli, settings: ConfigFile, located: Located, wishes: Wishes) -> None:
    """Let OpenClaw call the coordinator; a coordinator that is not running is started for the call."""
    device = Device.open(wishes.device_file)
    async with Gateway(Access(await cli.gateway_url(), device=device)) as gateway:
        if wishes.service is not None:
            await _started(located)
        if _is_running(located):
            await prove(gateway)
            return
        async with open_coordinator(settings, located):
            await prove(gateway)


async def _started(located: Located) -> None:
    try:
        async with asyncio.timeout(SERVICE_START_LIMIT_S):
            while not _is_running(located):  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise CoordinatorUnavailable(
            f"The service did not bring the coordinator up within {SERVICE_START_LIMIT_S:g} s.",
            fix="Its log says why; `claw-discord-coord up` shows the same in a terminal.",
        ) from None


def _is_running(located: Located) -> bool:
    try:
        find(located.state, {})
    except CoordinatorUnavailable:
        return False
    return True


def _hints(gateway_url: str, config: Config, wishes: Wishes) -> list[str]:
    """Return the steps that remain for a person."""
    hints: list[str] = []
    if config.openclaw is None:
        hints.append(
            f'Add `openclaw: {{gateway_url: "{gateway_url}"}}` to skill.yaml: without it OpenClaw gets no '
            "announcements of ended tasks, and agents cannot work in OpenClaw."
        )
    elif config.openclaw.gateway_url != gateway_url:
        hints.append(f"skill.yaml names the Gateway {config.openclaw.gateway_url}; this one is {gateway_url}.")
    if wishes.service is None:
        hints.append(f"Start the coordinator: {wishes.start_command}")
    return hints
