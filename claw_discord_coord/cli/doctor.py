"""`doctor`: checks everything the coordinator needs and prints a fix for each fault. Changes nothing."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import click

from claw_discord_coord.app.former_state import has_former_state
from claw_discord_coord.app.state import DEVICE_FILE_NAME, current_state, registry_url
from claw_discord_coord.cli import discord_access
from claw_discord_coord.cli.install import Asked, place, start_command
from claw_discord_coord.config.destinations import (
    BlogDestinationConfig,
    CommandDestinationConfig,
    DestinationConfig,
    DiscordDestinationConfig,
    FileDestinationConfig,
)
from claw_discord_coord.config.file import load
from claw_discord_coord.config.locate import Located, built_in, locate
from claw_discord_coord.config.model import Config
from claw_discord_coord.config.runtimes import CommandRuntimeConfig, OpenClawRuntimeConfig
from claw_discord_coord.errors import ConfigError, CoordError, CoordinatorUnavailable, OpenClawUnavailable
from claw_discord_coord.models import BOARD_CHANNEL
from claw_discord_coord.openclaw.checks import Finding, Level, check
from claw_discord_coord.openclaw.cli import OpenClawCli, environment_of_process
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway_connection import Access
from claw_discord_coord.openclaw.plugin_steps import is_current
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.runtimes.command import isolation
from claw_discord_coord.runtimes.command.program import command, environment
from claw_discord_coord.surfaces.client import Client
from claw_discord_coord.surfaces.run_file import RUN_FILE_NAME, find

LEAST_FREE_BYTES = 100 * 1024 * 1024
LITTLE_FREE_BYTES = 1024 * 1024 * 1024
GIT_TIMEOUT_S = 10.0
PACKAGES = {"apprise": "apprise", "github": "github"}
"""The kinds of destination that need an extra package, with the package's module."""

_NO_SKILL_YAML = "There is no skill.yaml"


def run(config_path: Path | None, state_folder: Path | None, openclaw: str | None, *, as_json: bool) -> int:
    """Print the findings. Returns the exit code: 0 when the coordinator can be used, else 1."""
    findings, invite = asyncio.run(_look(config_path, state_folder, openclaw))
    usable = all(finding.level is not Level.ERROR for finding in findings)
    if as_json:
        listed = [{**asdict(finding), "level": finding.level.value} for finding in findings]
        click.echo(json.dumps({"usable": usable, "invite": invite, "findings": listed}, ensure_ascii=False))
        return 0 if usable else 1
    for finding in findings:
        click.echo(f"{finding.level.value:8} {finding.check}: {finding.text}")
        if finding.fix and finding.level is not Level.OK:
            click.echo(f"         → {finding.fix}")
    if invite:
        click.echo(f"\nInvite the bot, with the least permissions: {invite}")
    click.echo(f"\n{_verdict(findings)}")
    return 0 if usable else 1


def _verdict(findings: list[Finding]) -> str:
    """Return the last line: the coordinator can be used, cannot be used, or only has to be started."""
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    if not errors:
        return "Everything is set up."
    if any(finding.text.startswith(_NO_SKILL_YAML) for finding in errors):
        return "Nothing is set up here yet. `claw-discord-coord demo` and `up` run the built-in example all the same."
    if [finding.check for finding in errors] == ["coordinator"] and errors[0].fix:
        return f"Only the coordinator is not running. {errors[0].fix}"
    return "The coordinator cannot be used yet."


async def _look(
    config_path: Path | None, state_folder: Path | None, openclaw: str | None
) -> tuple[list[Finding], str | None]:
    asked = Asked(config_path, state_folder, openclaw)
    cli, unreadable = await _cli(openclaw)
    located = await place(asked, cli) if cli else locate(config_path, state_folder, here=Path.cwd())
    # The built-in example always works, so checking it would hide that nothing is set up.
    if config_path is None and (_is_example(located) or not located.file.exists()):
        return [*unreadable, _nothing_set_up(located), *await _coordinator_of_example(located)], None
    try:
        config = load(located.file)
    except ConfigError as error:
        return [*unreadable, Finding("skill.yaml", Level.ERROR, str(error), error.fix)], None
    findings = [Finding("skill.yaml", Level.OK, f"{located.file} is valid.")]
    findings.append(await _state(located, cli))
    located = current_state(located)
    findings.append(await _coordinator(located))
    findings.append(await _registry(config, located))
    channels = {agent.channel for agent in config.agents.values()} | {BOARD_CHANNEL}
    channels |= {one.channel for one in config.destinations.values() if isinstance(one, DiscordDestinationConfig)}
    of_discord, invite = await discord_access.look(config.discord, config.operators, channels)
    findings += of_discord
    findings += await _openclaw(config, located, cli)
    # Without `openclaw` in skill.yaml a missing OpenClaw is not an error.
    if config.openclaw is not None:
        findings += unreadable
    if cli is not None and (eavesdropping := await _eavesdropping(config, cli)) is not None:
        findings.append(eavesdropping)
    findings += _agents(config, located)
    findings += _routes(config, located)
    findings.append(_disk(located.state))
    return findings, invite


async def _cli(openclaw: str | None) -> tuple[OpenClawCli | None, list[Finding]]:
    """Return OpenClaw's command, or None with a finding that says why there is none."""
    try:
        cli = OpenClawCli.find(environment_of_process(), command=openclaw)
    except OpenClawUnavailable as error:
        text = f"{error} The installation of OpenClaw cannot be checked."
        return None, [Finding("openclaw", Level.WARNING, text, error.fix)]
    try:
        await cli.setting("gateway")
    except CoordError as error:
        return None, [Finding("openclaw settings", Level.ERROR, str(error), error.fix)]
    return cli, []


def _is_example(located: Located) -> bool:
    """Return whether the built-in example is used; in a checkout the repository's own skill.yaml is not the example."""
    return located.file == built_in() and located.work != located.programs


def _nothing_set_up(located: Located) -> Finding:
    where = (
        "here or in a folder above" if located.file == built_in() else f"here, in a folder above, or at {located.file}"
    )
    return Finding(
        "skill.yaml",
        Level.ERROR,
        f"{_NO_SKILL_YAML} {where}: only the built-in example is available.",
        'Run `claw-discord-coord install`, write a skill.yaml (README, "Configure it"), or name one with --config.',
    )


async def _state(located: Located, cli: OpenClawCli | None) -> Finding:
    """Return whether the state folder is out of the reach of agents and git."""
    former = located.former_state
    if has_former_state(located):
        text = f"The state folder is still {former}, which agents and git may read."
        return Finding("state", Level.WARNING, text, f"The next `up` or `install` moves it to {located.state}.")
    if former is not None and former.exists():
        text = f"{former} is the state folder of an earlier version; nothing uses it any more."
        return Finding("state", Level.WARNING, text, "It may hold keys and private texts: look at it, and remove it.")
    state = located.state.resolve()
    if (kernel := isolation.kernel_folder(state)) is not None:
        text = f"The state folder {state}, with the agents' folders, lies in {kernel}: files there do not last."
        return Finding("state", Level.ERROR, text, "Name a folder on a disk with --state-folder, or name none.")
    workspace = await cli.workspace() if cli is not None else None
    if workspace is not None and state.is_relative_to(workspace.resolve()):
        text = f"The state folder {state} lies in OpenClaw's workspace: its agents may read the coordinator's keys."
        return Finding("state", Level.WARNING, text, "Name a folder outside with --state-folder, or name none.")
    repository = next((folder for folder in state.parents if (folder / ".git").exists()), None)
    # The default folder may lie in a home folder that is a repository; its .gitignore keeps everything out.
    if former is None and repository is not None:
        text = f"The state folder {state} lies in the git repository {repository}."
        return Finding("state", Level.WARNING, text, "Name a folder outside with --state-folder, or name none.")
    return Finding("state", Level.OK, f"The state folder {state} is outside of every workspace.")


async def _coordinator(located: Located) -> Finding:
    try:
        address = find(located.state, {})
    except CoordinatorUnavailable as error:
        return Finding("coordinator", Level.ERROR, str(error), f"Run `{shlex.join(start_command(located))}`.")
    try:
        # The run file may be left over; only a call proves that the coordinator responds. The empty environment keeps
        # an agent's task token out of the call.
        await Client(located.state, {}, surface="doctor").call("registry_status", {"limit": 1})
    except CoordError as error:
        return Finding("coordinator", Level.ERROR, str(error), error.fix)
    return Finding("coordinator", Level.OK, f"The coordinator runs at {address.url}.")


async def _coordinator_of_example(located: Located) -> list[Finding]:
    """Return a finding about a coordinator that runs the built-in example for this folder, if there is one."""
    finding = await _coordinator(located)
    return [finding] if finding.level is Level.OK else []


async def _registry(config: Config, located: Located) -> Finding:
    try:
        current = await Registry.inspect(registry_url(config, located))
    except CoordError as error:
        return Finding("registry", Level.ERROR, str(error), error.fix)
    if current is None:
        return Finding("registry", Level.OK, "There is no registry yet; the first start creates one.")
    if current:
        return Finding("registry", Level.OK, "The registry opens and is up to date.")
    return Finding("registry", Level.OK, "The registry is of an earlier version; the next start migrates it.")


async def _openclaw(config: Config, located: Located, cli: OpenClawCli | None) -> list[Finding]:
    if config.openclaw is None:
        if cli is None or not await is_current(cli):
            return [Finding("openclaw", Level.OK, "skill.yaml has no `openclaw`: OpenClaw is not used.")]
        fix = f'Add `openclaw: {{gateway_url: "{await cli.gateway_url()}"}}` to skill.yaml.'
        text = (
            "OpenClaw has the plugin, but skill.yaml does not say where the Gateway is: OpenClaw gets no announcements."
        )
        return [Finding("openclaw", Level.WARNING, text, fix)]
    findings: list[Finding] = []
    if cli is not None and (url := await cli.gateway_url()) != config.openclaw.gateway_url:
        text = f"skill.yaml names the Gateway {config.openclaw.gateway_url}; `openclaw` here has {url}."
        findings.append(Finding("openclaw", Level.WARNING, text, "Correct openclaw.gateway_url in skill.yaml."))
    device_file = located.state / DEVICE_FILE_NAME
    try:
        device = Device.look(device_file)
    except CoordError as error:
        return [*findings, Finding("pairing", Level.ERROR, str(error), error.fix)]
    if config.openclaw.token is None and (device is None or device.token is None):
        text = "The coordinator is not paired with OpenClaw's Gateway."
        return [*findings, Finding("pairing", Level.ERROR, text, "Run `claw-discord-coord install`.")]
    access = Access(config.openclaw.gateway_url, token=config.openclaw.token, device=device)
    runtimes = [agent.runtime for agent in config.agents.values()]
    agents = {runtime.agent_id for runtime in runtimes if isinstance(runtime, OpenClawRuntimeConfig)}
    run_file = located.state / RUN_FILE_NAME
    return findings + await check(access, cli=cli, run_file=run_file, tools=config.skills, agents=agents)


async def _eavesdropping(config: Config, cli: OpenClawCli) -> Finding | None:
    """Return a finding when OpenClaw's own Discord bot in the same server replies in the threads of tasks (OpenClaw
    documentation, "Discord", `guilds`).
    """
    guild_id = config.discord.guild_id
    guild = await cli.setting("channels", "discord", "guilds", guild_id) if guild_id else None
    if not isinstance(guild, dict):
        return None
    settings = cast("dict[str, object]", guild)
    # OpenClaw replies only to mentions by default, and a list of channels limits it.
    if settings.get("requireMention", True) or settings.get("channels"):
        return None
    text = "OpenClaw's own Discord bot replies in every channel of this server, also in the threads of tasks."
    fix = f"Name the channels where you talk to it in channels.discord.guilds.{guild_id}.channels of openclaw.json."
    return Finding("openclaw discord", Level.WARNING, text, fix)


def _agents(config: Config, located: Located) -> Iterator[Finding]:
    for name, agent in config.agents.items():
        if not isinstance(agent.runtime, CommandRuntimeConfig):
            continue
        try:
            path = environment(agent.runtime, os.environ, {}).get("PATH")
            program = command(agent.runtime, located.programs, path)[0]
        except CoordError as error:
            yield Finding(f"agent {name}", Level.ERROR, str(error), error.fix)
        else:
            yield Finding(f"agent {name}", Level.OK, f"{program} exists.")
        if agent.runtime.isolation is None:
            continue
        if (problem := isolation.problem()) is not None:
            fix = "Install bubblewrap and allow user namespaces, or remove `isolation` in skill.yaml."
            yield Finding(f"agent {name}", Level.ERROR, problem, fix)
        for problem in isolation.path_problems(agent.runtime.isolation, located.programs):
            fix = "Create it, or correct `isolation` of the agent in skill.yaml."
            yield Finding(f"agent {name}", Level.ERROR, problem, fix)


def _routes(config: Config, located: Located) -> Iterator[Finding]:
    for name, settings in config.destinations.items():
        yield _destination(f"destination {name}", settings, config, located)
    reached = {name for route in config.routes for name in route.to}
    for name in config.destinations:
        if name not in reached:
            text = f"No route leads to {name}; only a call that names {name} reaches it."
            yield Finding("routes", Level.OK, text)


def _destination(check_: str, settings: DestinationConfig, config: Config, located: Located) -> Finding:
    if isinstance(settings, BlogDestinationConfig | FileDestinationConfig):
        # A relative folder starts at the folder of skill.yaml, as at a delivery.
        folder = located.work / Path(settings.folder).expanduser()
        if isinstance(settings, BlogDestinationConfig) and settings.git is not None and _is_ignored(folder):
            text = f"git ignores {folder}: no post can be committed there."
            return Finding(check_, Level.WARNING, text, "Take the folder out of .gitignore, or name another.")
        return _folder(check_, folder)
    if isinstance(settings, CommandDestinationConfig):
        try:
            # A destination finds its program by the rules of the command runtime.
            as_agent = CommandRuntimeConfig(kind="command", command=settings.command)
            return Finding(check_, Level.OK, f"{command(as_agent, located.work, os.environ.get('PATH'))[0]} exists.")
        except CoordError as error:
            return Finding(check_, Level.ERROR, str(error), f"Correct `command` of this {check_} in skill.yaml.")
    if settings.kind == "openclaw" and config.openclaw is None:
        text = "The destination needs OpenClaw's Gateway, and skill.yaml has no `openclaw`."
        return Finding(check_, Level.ERROR, text, "Add `openclaw:` to skill.yaml.")
    module = PACKAGES.get(settings.kind)
    if module is not None and find_spec(module) is None:
        fix = f"Run `pip install 'claw-discord-coord[{settings.kind}]'`."
        return Finding(check_, Level.ERROR, f"The package {settings.kind} is not installed.", fix)
    return Finding(check_, Level.OK, "The settings are valid; only a delivery shows whether the destination responds.")


def _is_ignored(folder: Path) -> bool:
    """Return whether git ignores a post in the folder, which need not exist (`git check-ignore`: exit code 0)."""
    git, post = shutil.which("git"), folder.absolute() / "post.md"
    if git is None:
        return False
    try:
        asked = subprocess.run(  # noqa: S603 - git, asked about a name
            [git, "-C", str(_nearest(folder)), "check-ignore", "-q", "--", str(post)],
            capture_output=True,
            timeout=GIT_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


def _folder(check_: str, folder: Path) -> Finding:
    there = _nearest(folder)
    if (kernel := isolation.kernel_folder(folder)) is not None:
        text = f"{folder} lies in {kernel}: files there do not last."
        return Finding(check_, Level.ERROR, text, "Name a folder on a disk in skill.yaml.")
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Finding(check_, Level.OK, f"{folder} can be written.")
    return Finding(
        check_, Level.ERROR, f"{folder} cannot be written.", f"Make {there} a folder this user may write to."
    )


def _disk(state: Path) -> Finding:
    free = shutil.disk_usage(_nearest(state)).free
    text = f"{free / 1024**3:.1f} GiB are free at {state}."
    fix = "Free some space: the registry must be able to write."
    if free < LEAST_FREE_BYTES:
        return Finding("disk", Level.ERROR, text, fix)
    return Finding("disk", Level.WARNING if free < LITTLE_FREE_BYTES else Level.OK, text, fix)


def _nearest(path: Path) -> Path:
    """Return the path, or the nearest existing folder above."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
