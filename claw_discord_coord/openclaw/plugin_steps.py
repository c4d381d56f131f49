"""The steps that put the plugin into OpenClaw, and the proof that OpenClaw offers the plugin's tools."""

from __future__ import annotations

import asyncio
import contextlib
import filecmp
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from claw_discord_coord.errors import OpenClawRefused, OpenClawUnavailable
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Gateway, briefly
from claw_discord_coord.openclaw.gateway_connection import READ, Access
from claw_discord_coord.openclaw.step import Step
from claw_discord_coord.openclaw.tools import PLUGIN_FOLDER, PLUGIN_ID

# In lower case, since OpenClaw writes the keys of sessions so (measured with 2026.9.6).
MAIN_SESSION = "agent:main:main"
# 32 s in all: a call of the plugin that is going on has to end first.
TAKE_OVER_ATTEMPTS = 16
TAKE_OVER_PAUSE_S = 2.0
ENTRY = f"plugins.entries.{PLUGIN_ID}"
NARROW_PROFILES = {"minimal", "coding", "messaging"}
"""The tool profiles that withhold the tools of plugins, unless the tools are named ("Tool policy")."""


def install_plugin(cli: OpenClawCli) -> Step:
    """Return the step that installs and enables the plugin."""

    async def done() -> bool:
        return await is_current(cli)

    async def do() -> None:
        # Without --force the command only asks, and ends with exit code 0 (measured with 2026.9.6).
        await cli.run("plugins", "install", str(PLUGIN_FOLDER), "--force")
        if not await cli.setting("plugins", "entries", PLUGIN_ID, "enabled"):
            await cli.run("plugins", "enable", PLUGIN_ID)

    async def there() -> bool:
        return await asyncio.to_thread(_installed_at(cli).exists)

    async def entered() -> bool:
        return await cli.setting("plugins", "entries", PLUGIN_ID) is not None

    async def undo() -> None:
        if await there():
            await cli.run("plugins", "uninstall", PLUGIN_ID, "--force")
        # The entry is there without the plugin after a half installation.
        if await entered():
            await cli.run("config", "unset", ENTRY)

    async def remains() -> bool:
        return await there() or await entered()

    return Step("install the plugin into OpenClaw", "remove the plugin from OpenClaw", done, do, undo, remains)


def configure_plugin(cli: OpenClawCli, wanted: dict[str, str], device_file: Path) -> Step:
    """Return the step that gives the plugin its settings, and waits until the Gateway works with them."""

    async def told() -> Any:
        return await cli.setting("plugins", "entries", PLUGIN_ID, "config")

    async def done() -> bool:
        return await told() == wanted

    async def do() -> None:
        await cli.set_config(f"{ENTRY}.config", wanted)
        await _taken_over(cli, device_file)

    async def undo() -> None:
        await cli.run("config", "unset", f"{ENTRY}.config")

    async def remains() -> bool:
        return await told() is not None

    return Step(
        f"tell the plugin that the coordinator is found through {wanted['coordinator']}",
        "make the plugin forget the coordinator",
        done,
        do,
        undo,
        remains,
    )


async def _taken_over(cli: OpenClawCli, device_file: Path) -> None:
    """Wait until a running Gateway works with the written settings.

    The Gateway refuses new settings while the plugin is at work, and does not try again by itself.
    """
    access = Access(await cli.gateway_url(), (READ,), device=Device.look(device_file))
    for attempt in range(1, TAKE_OVER_ATTEMPTS + 1):
        await asyncio.sleep(TAKE_OVER_PAUSE_S)
        try:
            if await settings_are_applied(access):
                return
        except OpenClawUnavailable:
            return  # it is not running, and reads them when it starts
        if attempt == TAKE_OVER_ATTEMPTS // 2:
            with contextlib.suppress(OpenClawRefused):
                await cli.run("plugins", "reload", PLUGIN_ID)
    raise OpenClawUnavailable(
        "OpenClaw has not taken the new settings over yet.",
        fix="Run `openclaw gateway restart` when nothing is running.",
    )


async def settings_are_applied(access: Access) -> bool:
    """Return whether the Gateway works with the settings in openclaw.json ("Handshake", `appliedConfigHash`)."""
    async with briefly(access) as connection:
        written = (await connection.call("config.get", {})).get("configRevisionHash")
        applied = connection.hello.snapshot.applied_config_hash
    return applied is None or written is None or applied == written


def allow_tools(cli: OpenClawCli) -> Step:
    """Return the step that lets the profile of tools offer the plugin's tools."""

    async def allowed() -> list[str]:
        value = await cli.setting("tools", "alsoAllow")
        return [str(one) for one in cast("list[object]", value)] if isinstance(value, list) else []

    async def done() -> bool:
        # Only profiles that withhold plugins need the entry: an allow-list of a person stays untouched otherwise.
        narrow = await cli.setting("tools", "profile") in NARROW_PROFILES
        return not narrow or bool({PLUGIN_ID, "group:plugins"} & set(await allowed()))

    async def do() -> None:
        await cli.set_config("tools.alsoAllow", [*await allowed(), PLUGIN_ID])

    async def undo() -> None:
        others = [one for one in await allowed() if one != PLUGIN_ID]
        if others:
            await cli.set_config("tools.alsoAllow", others)
        else:
            await cli.run("config", "unset", "tools.alsoAllow")

    async def remains() -> bool:
        return PLUGIN_ID in await allowed()

    return Step("allow the plugin's tools", "no longer allow the plugin's tools", done, do, undo, remains)


async def is_current(cli: OpenClawCli) -> bool:
    """Return whether OpenClaw has this version's plugin unchanged and enabled."""
    same = await asyncio.to_thread(_same, PLUGIN_FOLDER, _installed_at(cli))
    return same and bool(await cli.setting("plugins", "entries", PLUGIN_ID, "enabled"))


def _installed_at(cli: OpenClawCli) -> Path:
    return cli.state_folder / "extensions" / PLUGIN_ID


def _same(ours: Path, theirs: Path) -> bool:
    """Return whether all files of this version are there, unchanged."""
    files = [path.relative_to(ours) for path in ours.rglob("*") if path.is_file()]
    if not theirs.is_dir():
        return False
    _, different, missing = filecmp.cmpfiles(ours, theirs, [str(file) for file in files], shallow=False)
    return not different and not missing


async def prove(gateway: Gateway) -> dict[str, Any]:
    """Call `registry_status` as the main session: through the Gateway, the plugin and the coordinator. Returns the
    result.

    Raises:
        CoordError: The call failed; the message names the part at fault.
    """
    # Without a model, so the proof costs nothing. It needs a native plugin: OpenClaw does not let `tools.invoke` reach
    # the tools of an MCP server (measured with 2026.9.6).
    answer = await gateway.call("tools.invoke", status_call())
    if is_withheld(answer):
        raise OpenClawRefused(
            "OpenClaw keeps the plugin's tools from its main session.",
            fix="Run `claw-discord-coord doctor`: it names what keeps them.",
        )
    if not answer.get("ok"):
        raise OpenClawRefused(
            "OpenClaw's plugin could not reach the coordinator.",
            fix="Start the coordinator, then run `claw-discord-coord doctor`.",
        )
    return answer


def status_call() -> dict[str, Any]:
    """Return the parameters of `tools.invoke` with which the main session calls `registry_status`; changes nothing."""
    return {
        "name": "registry_status",
        "args": {},
        "sessionKey": MAIN_SESSION,
        "idempotencyKey": secrets.token_hex(8),
    }


def is_withheld(answer: Mapping[str, Any]) -> bool:
    """Return whether the response of `tools.invoke` says that the session has no such tool ("Tools invoke API")."""
    error: Mapping[str, Any] = answer.get("error") or {}
    return error.get("code") == "not_found"
