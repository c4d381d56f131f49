"""Checks whether OpenClaw and the coordinator can work together; every finding has a fix."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from claw_discord_coord.errors import CoordError, NotAuthorized, OpenClawRefused
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.frames import Shape
from claw_discord_coord.openclaw.gateway import briefly
from claw_discord_coord.openclaw.gateway_connection import ADMIN, Access, Connection, opened
from claw_discord_coord.openclaw.plugin_steps import MAIN_SESSION, is_current, is_withheld, status_call
from claw_discord_coord.openclaw.tools import PLUGIN_ID

TESTED = "2026.9.6"
"""The version of OpenClaw in this version's tests. Other versions with the same protocol are expected to work."""

_INSTALL = "Run `claw-discord-coord install`."


class Level(StrEnum):
    """The severity of a finding. Only an error prevents use."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """The result of one check. `fix` is the advice for a level other than OK."""

    check: str
    level: Level
    text: str
    fix: str | None = None


class _Settings(Shape):
    config_revision_hash: str | None = None


class _PluginRuntime(Shape):
    state: str = ""


class _PluginEntry(Shape):
    id: str = ""
    enabled: bool = False
    runtime: _PluginRuntime | None = None


class _Plugins(Shape):
    plugins: tuple[_PluginEntry, ...] = ()


class _Tool(Shape):
    id: str = ""
    plugin_id: str | None = None


class _ToolGroup(Shape):
    tools: tuple[_Tool, ...] = ()


class _Tools(Shape):
    groups: tuple[_ToolGroup, ...] = ()


class _Agent(Shape):
    id: str = ""


class _Agents(Shape):
    agents: tuple[_Agent, ...] = ()


async def check(
    access: Access, *, cli: OpenClawCli | None, run_file: Path, tools: Iterable[str], agents: Iterable[str]
) -> list[Finding]:
    """Check OpenClaw's side, and change nothing.

    Args:
        access: The access to the Gateway.
        cli: The command, or None with OpenClaw on another machine.
        run_file: The coordinator's run file.
        tools: The skills that OpenClaw must have as tools.
        agents: The agents of OpenClaw that skill.yaml names.
    """
    return [one async for one in _findings(access, cli, run_file, list(tools), sorted(set(agents)))]


async def _findings(
    access: Access, cli: OpenClawCli | None, run_file: Path, tools: list[str], agents: list[str]
) -> AsyncGenerator[Finding, None]:
    try:
        if cli is not None:
            yield await _plugin_files(cli)
            yield await _plugin_config(cli, run_file)
        way, finding = await _way(access)
        if finding is not None:
            yield finding
        async with briefly(way) as connection:
            yield _version(connection)
            yield _deleting(access)
            yield await _settings(connection)
            yield await _plugin(connection)
            yield await _tools(connection, tools)
            for name in agents:
                yield await _agent(connection, name)
    except CoordError as error:
        yield Finding("gateway", Level.ERROR, str(error), error.fix)


async def _way(access: Access) -> tuple[Access, Finding | None]:
    """Return an access that needs no pairing: with the paired key, else with the shared token alone; and a finding."""
    # A handshake with a key that is not paired would ask for a pairing, and a check must change nothing.
    by_token = replace(access, device=None)
    if access.device is None or access.device.token is None:
        return by_token, None
    by_key = replace(access, token=None)
    if access.token is None:
        return by_key, None
    try:
        async with opened(by_key):
            return by_key, None
    except NotAuthorized as error:
        return by_token, Finding("pairing", Level.WARNING, str(error), error.fix)


def _version(connection: Connection) -> Finding:
    version = connection.hello.server.version
    text = f"OpenClaw {version} answers, protocol {connection.hello.protocol}."
    if version == TESTED:
        return Finding("gateway", Level.OK, text)
    return Finding("gateway", Level.WARNING, f"{text} This version was tested with {TESTED}.", "Watch the first tasks.")


def _deleting(access: Access) -> Finding:
    if access.token is not None or (access.device is not None and ADMIN in access.device.scopes):
        return Finding("scopes", Level.OK, "Sessions of interns can be deleted.")
    return Finding(
        "scopes", Level.WARNING, "Sessions of interns stay in OpenClaw: operator.admin is missing.", _INSTALL
    )


async def _plugin_files(cli: OpenClawCli) -> Finding:
    if await is_current(cli):
        return Finding("plugin files", Level.OK, "OpenClaw has this version of the plugin.")
    return Finding("plugin files", Level.ERROR, "OpenClaw has no plugin of this version.", _INSTALL)


async def _plugin_config(cli: OpenClawCli, run_file: Path) -> Finding:
    told = await cli.setting("plugins", "entries", PLUGIN_ID, "config", "coordinator")
    if told == str(run_file):
        return Finding("plugin settings", Level.OK, f"The plugin finds the coordinator through {run_file}.")
    return Finding(
        "plugin settings", Level.ERROR, f"The plugin looks for the coordinator in {told or 'no place'}.", _INSTALL
    )


async def _settings(connection: Connection) -> Finding:
    written = _Settings.of(await connection.call("config.get", {}), "config.get").config_revision_hash
    # The Gateway refuses settings while the plugin is at work and does not retry, so the file may be ahead.
    if connection.hello.snapshot.applied_config_hash in {None, written}:
        return Finding("settings", Level.OK, "The Gateway works with the settings in openclaw.json.")
    fix = f"Run `openclaw plugins reload {PLUGIN_ID}` when nothing is running, or `openclaw gateway restart`."
    return Finding("settings", Level.ERROR, "The Gateway has not taken over the settings in openclaw.json.", fix)


async def _plugin(connection: Connection) -> Finding:
    plugins = _Plugins.of(await connection.call("plugins.list", {}), "plugins.list").plugins
    mine = next((plugin for plugin in plugins if plugin.id == PLUGIN_ID), None)
    if mine is None:
        return Finding("plugin", Level.ERROR, "The Gateway does not know the plugin.", _INSTALL)
    if not mine.enabled:
        return Finding(
            "plugin", Level.ERROR, "The plugin is switched off.", f"Run `openclaw plugins enable {PLUGIN_ID}`."
        )
    state = mine.runtime.state if mine.runtime is not None else ""
    if state != "active":
        fix = f"Run `openclaw plugins inspect {PLUGIN_ID} --runtime`."
        return Finding("plugin", Level.ERROR, f"The plugin does not run: {state or 'unknown'}.", fix)
    return Finding("plugin", Level.OK, "The plugin runs.")


async def _tools(connection: Connection, wanted: list[str]) -> Finding:
    """Check the tools of the main session: the registered tools without those that profiles and lists withhold."""
    try:
        effective = await connection.call("tools.effective", {"sessionKey": MAIN_SESSION})
    except OpenClawRefused:  # nothing was said there yet, so that there is no such session
        answer = await connection.call("tools.invoke", status_call())
        if is_withheld(answer):
            return _withheld("registry_status")
        return Finding("tools", Level.OK, "The tools are offered, as far as can be seen before the main session's use.")
    groups = _Tools.of(effective, "tools.effective").groups
    there = {tool.id for group in groups for tool in group.tools if tool.plugin_id == PLUGIN_ID}
    missing = [name for name in wanted if name not in there]
    return _withheld(", ".join(missing)) if missing else Finding("tools", Level.OK, "All tools are offered.")


def _withheld(names: str) -> Finding:
    text = f"OpenClaw does not offer its main session {names}."
    fix = (
        f"{_INSTALL} If that does not help, openclaw.json keeps them back: look at `openclaw config get tools` and "
        f"`openclaw config get agents` for a `deny`, or an `allow` without {PLUGIN_ID}."
    )
    return Finding("tools", Level.ERROR, text, fix)


async def _agent(connection: Connection, name: str) -> Finding:
    known = _Agents.of(await connection.call("agents.list", {}), "agents.list").agents
    if any(agent.id == name for agent in known):
        return Finding("agents", Level.OK, f"OpenClaw has the agent {name}.")
    fix = f"Run `claw-discord-coord install`, or `openclaw agents add {name}`."
    return Finding("agents", Level.ERROR, f"OpenClaw has no agent {name}.", fix)
