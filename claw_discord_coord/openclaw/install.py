"""What has to be done so that OpenClaw and the coordinator work together, as steps that can be shown, done, repeated
and undone.
"""

from __future__ import annotations

import asyncio
import contextlib
import filecmp
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from claw_discord_coord.errors import CoordError, OpenClawRefused, OpenClawUnavailable
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.connection import ADMIN, READ, WRITE, Access, opened
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Gateway, briefly
from claw_discord_coord.openclaw.pairing import is_paired, shared_token
from claw_discord_coord.openclaw.service import Service
from claw_discord_coord.openclaw.tools import PLUGIN_FOLDER, PLUGIN_ID

MAIN_SESSION = "agent:main:main"
TAKE_OVER_ATTEMPTS = 16
TAKE_OVER_PAUSE_S = 2.0
ENTRY = f"plugins.entries.{PLUGIN_ID}"
NARROW_PROFILES = {"minimal", "coding", "messaging"}
"""Tool profiles under which plugins' tools are off unless they are named ("Tool policy")."""


@dataclass(frozen=True)
class Step:
    """One thing to do. `does` and `undoes` say it to a person.

    `done` and `remains` look and change nothing. `done` says whether everything is as wanted, `remains` whether there
    is something to undo, which may be left of an earlier version or of other wishes.
    """

    does: str
    undoes: str
    done: Callable[[], Awaitable[bool]]
    apply: Callable[[], Awaitable[None]]
    undo: Callable[[], Awaitable[None]]
    remains: Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Wishes:
    """What is to be set up: where the coordinator says where it is, the command that starts it, the file that keeps
    its key for OpenClaw.

    `agents` are agents of OpenClaw to be made, each with its workspace. `skill_file` with `skill_text` is written
    unless it is there.
    """

    run_file: Path
    start_command: str
    device_file: Path
    agents: Mapping[str, Path]
    skill_file: Path | None = None
    skill_text: str = ""
    service: Service | None = None


def plan(cli: OpenClawCli, wishes: Wishes) -> list[Step]:
    """The steps, in the order in which they are done; they are undone in the opposite one."""
    steps = [_pairing(cli, wishes)]
    if wishes.skill_file is not None:
        steps.append(_skill_file(wishes.skill_file, wishes.skill_text))
    steps += [_plugin(cli), _plugin_config(cli, wishes), _tool_policy(cli)]
    if wishes.service is not None:
        steps.append(_service(wishes.service))
    return steps + [_agent(cli, name, workspace) for name, workspace in wishes.agents.items()]


async def apply(steps: Iterable[Step], tell: Callable[[str], None]) -> None:
    """Do what is not done yet, telling of each step. Raises CoordError at the first that fails; doing it again goes
    on there.
    """
    for step in steps:
        if await step.done():
            tell(f"already: {step.does}")
            continue
        await step.apply()
        if not await step.done():
            raise OpenClawRefused(f"It did not work to {step.does}.", fix="Run `claw-discord-coord doctor`.")
        tell(f"done: {step.does}")


async def undo(steps: Iterable[Step], tell: Callable[[str], None]) -> list[CoordError]:
    """Undo what is done, last first. A step that cannot be undone does not keep the others; what went wrong is
    returned.
    """
    problems: list[CoordError] = []
    for step in reversed(list(steps)):
        try:
            if await step.remains():
                await step.undo()
                tell(f"done: {step.undoes}")
        except CoordError as error:
            problems.append(error)
            tell(f"not done: {step.undoes}: {error.sentence()}")
    return problems


async def prove(gateway: Gateway) -> dict[str, Any]:
    """Call `registry_status` as the main session would: through the Gateway, the plugin and the coordinator; returns
    what came back.

    Raises:
        CoordError: it does not work, with the part that did not.
    """
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
    """Whether `tools.invoke` has answered that the session has no such tool ("Tools invoke API")."""
    error: Mapping[str, Any] = answer.get("error") or {}
    return error.get("code") == "not_found"


async def is_current(cli: OpenClawCli) -> bool:
    """Whether OpenClaw has the plugin exactly as this version brings it, switched on."""
    same = await asyncio.to_thread(_same, PLUGIN_FOLDER, _installed_at(cli))
    return same and bool(await cli.setting("plugins", "entries", PLUGIN_ID, "enabled"))


def _installed_at(cli: OpenClawCli) -> Path:
    return cli.state_folder / "extensions" / PLUGIN_ID


def _plugin(cli: OpenClawCli) -> Step:
    async def done() -> bool:
        return await is_current(cli)

    async def do() -> None:
        # without --force the command only asks, and ends well
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
        if await entered():
            await cli.run("config", "unset", ENTRY)

    async def remains() -> bool:
        return await there() or await entered()

    return Step("install the plugin into OpenClaw", "remove the plugin from OpenClaw", done, do, undo, remains)


def _plugin_config(cli: OpenClawCli, wishes: Wishes) -> Step:
    wanted = {"coordinator": str(wishes.run_file), "start": wishes.start_command}

    async def told() -> Any:
        return await cli.setting("plugins", "entries", PLUGIN_ID, "config")

    async def done() -> bool:
        return await told() == wanted

    async def do() -> None:
        await cli.set_config(f"{ENTRY}.config", wanted)
        await _taken_over(cli, wishes.device_file)

    async def undo() -> None:
        await cli.run("config", "unset", f"{ENTRY}.config")

    async def remains() -> bool:
        return await told() is not None

    return Step(
        f"tell the plugin that the coordinator is found through {wishes.run_file}",
        "make the plugin forget the coordinator",
        done,
        do,
        undo,
        remains,
    )


async def _taken_over(cli: OpenClawCli, device_file: Path) -> None:
    """Wait until a running Gateway works with the settings as they are written.

    It refuses to take new ones over while the plugin is at work, and does not try again by itself.
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
    """Whether the Gateway works with the settings that are in openclaw.json ("Handshake", `appliedConfigHash`)."""
    async with briefly(access) as connection:
        written = (await connection.call("config.get", {})).get("configRevisionHash")
        applied = connection.hello.snapshot.applied_config_hash
    return applied is None or written is None or applied == written


def _tool_policy(cli: OpenClawCli) -> Step:
    async def allowed() -> list[str]:
        value = await cli.setting("tools", "alsoAllow")
        return [str(one) for one in cast("list[object]", value)] if isinstance(value, list) else []

    async def done() -> bool:
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


def _pairing(cli: OpenClawCli, wishes: Wishes) -> Step:
    """The coordinator gets a key of its own. It may delete sessions, so it is paired for `operator.admin` too, but
    asks for that only while it deletes one.
    """

    async def done() -> bool:
        return await is_paired(cli, wishes.device_file)

    async def do() -> None:
        token = await shared_token(cli)
        device = Device.open(wishes.device_file)
        device.forget_token()
        async with opened(Access(await cli.gateway_url(), (READ, WRITE, ADMIN), token, device)):
            pass  # the handshake pairs, and the device keeps what it was given

    async def undo() -> None:
        if await done():
            await cli.run("devices", "remove", Device.open(wishes.device_file).id)
        wishes.device_file.unlink()

    async def remains() -> bool:
        return wishes.device_file.exists()

    return Step(
        "pair the coordinator with OpenClaw's Gateway", "end the coordinator's pairing", done, do, undo, remains
    )


def _agent(cli: OpenClawCli, name: str, workspace: Path) -> Step:
    async def done() -> bool:
        # not asked of the Gateway, which takes a moment to know what the command has written
        known = await cli.setting("agents", "entries")
        return name == "main" or (isinstance(known, dict) and name in known)

    async def do() -> None:
        await cli.run("agents", "add", name, "--workspace", str(workspace), "--non-interactive", "--json")

    async def undo() -> None:
        """Leave the agent: it may have been used for other things, and its workspace holds what it knows."""

    return Step(f"make the agent {name} in OpenClaw", f"leave the agent {name} in OpenClaw", done, do, undo, done)


def _skill_file(file: Path, text: str) -> Step:
    def write() -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def remove() -> None:
        if file.read_text(encoding="utf-8") == text:
            file.unlink()

    async def done() -> bool:
        return await asyncio.to_thread(file.exists)

    async def do() -> None:
        await asyncio.to_thread(write)

    async def undo() -> None:
        await asyncio.to_thread(remove)

    return Step(f"write {file}", f"remove {file} unless it was changed", done, do, undo, done)


def _service(service: Service) -> Step:
    def written() -> bool:
        return service.file.exists() and service.file.read_text(service.encoding) == service.content

    def write() -> None:
        service.file.parent.mkdir(parents=True, exist_ok=True)
        service.file.write_text(service.content, service.encoding)

    async def done() -> bool:
        return await asyncio.to_thread(written)

    async def do() -> None:
        await asyncio.to_thread(write)
        for command in service.enable:
            await _run(command)

    async def undo() -> None:
        for command in service.disable:
            await _run(command)
        await asyncio.to_thread(service.file.unlink)

    async def remains() -> bool:
        return await asyncio.to_thread(service.file.exists)

    return Step(
        "start the coordinator with this computer", "no longer start it with this computer", done, do, undo, remains
    )


async def _run(command: tuple[str, ...]) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise OpenClawRefused(f"`{command[0]}` cannot be started: {error.strerror}.") from error
    _, complaint = await process.communicate()
    if process.returncode != 0:
        raise OpenClawRefused(f"`{' '.join(command)}` failed: {complaint.decode(errors='replace').strip()[-500:]}")


def _same(ours: Path, theirs: Path) -> bool:
    """Whether all of our files are there, unchanged."""
    files = [path.relative_to(ours) for path in ours.rglob("*") if path.is_file()]
    if not theirs.is_dir():
        return False
    _, different, missing = filecmp.cmpfiles(ours, theirs, [str(file) for file in files], shallow=False)
    return not different and not missing
