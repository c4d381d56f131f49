"""The steps that connect OpenClaw and the coordinator. Every step can be shown, done, repeated and undone."""

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
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Gateway, briefly
from claw_discord_coord.openclaw.gateway_connection import ADMIN, READ, WRITE, Access, opened
from claw_discord_coord.openclaw.pairing import is_paired, shared_token
from claw_discord_coord.openclaw.service import Service
from claw_discord_coord.openclaw.tools import PLUGIN_FOLDER, PLUGIN_ID
from claw_discord_coord.text.excerpts import ending

MAIN_SESSION = "agent:main:main"
TAKE_OVER_ATTEMPTS = 16
TAKE_OVER_PAUSE_S = 2.0
ENTRY = f"plugins.entries.{PLUGIN_ID}"
NARROW_PROFILES = {"minimal", "coding", "messaging"}
"""The tool profiles that withhold the tools of plugins, unless the tools are named ("Tool policy")."""


@dataclass(frozen=True)
class Step:
    """One step. `does` and `undoes` are texts for people.

    `done` and `remains` look and change nothing. `done` returns whether the step's result is in place. `remains`
    returns whether there is something to undo, also from an earlier version or other options.
    """

    does: str
    undoes: str
    done: Callable[[], Awaitable[bool]]
    apply: Callable[[], Awaitable[None]]
    undo: Callable[[], Awaitable[None]]
    remains: Callable[[], Awaitable[bool]]


@dataclass(frozen=True)
class Wishes:
    """The wanted installation.

    Attributes:
        run_file: The coordinator's run file, which the plugin reads.
        start_command: The command that starts the coordinator.
        device_file: The file with the coordinator's key for OpenClaw.
        agents: Agents of OpenClaw to create, each with a workspace.
        skill_file: A missing skill.yaml to write, with `skill_text`.
        skill_text: The content of a new skill.yaml.
        service: The service that starts the coordinator, or None.
    """

    run_file: Path
    start_command: str
    device_file: Path
    agents: Mapping[str, Path]
    skill_file: Path | None = None
    skill_text: str = ""
    service: Service | None = None


def plan(cli: OpenClawCli, wishes: Wishes) -> list[Step]:
    """Return the steps in their order; steps are undone in the reverse order."""
    steps = [_pairing(cli, wishes)]
    if wishes.skill_file is not None:
        steps.append(_skill_file(wishes.skill_file, wishes.skill_text))
    steps += [_plugin(cli), _plugin_config(cli, wishes), _tool_policy(cli)]
    if wishes.service is not None:
        steps.append(service_step(wishes.service))
    return steps + [_agent(cli, name, workspace) for name, workspace in wishes.agents.items()]


async def apply(steps: Iterable[Step], tell: Callable[[str], None]) -> None:
    """Do the steps that are not done, and report each step. A repeated call continues at the step that failed.

    Raises:
        CoordError: A step failed.
    """
    for step in steps:
        if await step.done():
            tell(f"already: {step.does}")
            continue
        await step.apply()
        # Some commands of OpenClaw end well without an effect, for example when they only ask.
        if not await step.done():
            raise OpenClawRefused(f"It did not work to {step.does}.", fix="Run `claw-discord-coord doctor`.")
        tell(f"done: {step.does}")


async def undo(steps: Iterable[Step], tell: Callable[[str], None]) -> list[CoordError]:
    """Undo the steps, last first, and return the errors. A step that cannot be undone does not keep the others."""
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
    """Call `registry_status` as the main session: through the Gateway, the plugin and the coordinator. Returns the
    result.

    Raises:
        CoordError: The call failed; the message names the part at fault.
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
    """Return whether the response of `tools.invoke` says that the session has no such tool ("Tools invoke API")."""
    error: Mapping[str, Any] = answer.get("error") or {}
    return error.get("code") == "not_found"


async def is_current(cli: OpenClawCli) -> bool:
    """Return whether OpenClaw has this version's plugin unchanged and enabled."""
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
        # The entry is there without the plugin after a half installation.
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


def _tool_policy(cli: OpenClawCli) -> Step:
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


def _pairing(cli: OpenClawCli, wishes: Wishes) -> Step:
    """Return the step that pairs the coordinator's own key. The key is paired for `operator.admin`, since the
    coordinator may delete sessions, but the coordinator asks for that scope only during a deletion.
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
        problem: CoordError | None = None
        paired = None
        try:
            device = await asyncio.to_thread(Device.look, wishes.device_file)
            paired = device if device is not None and await done() else None
        except CoordError as error:  # a damaged key, or a Gateway that does not run
            problem = error
        # Whatever becomes of the rest: without the key, a pairing opens nothing.
        await asyncio.to_thread(wishes.device_file.unlink, missing_ok=True)
        if paired is not None:
            await cli.run("devices", "remove", paired.id)
        if isinstance(problem, OpenClawUnavailable):
            raise OpenClawUnavailable(
                f"The coordinator's key is removed, but OpenClaw may still list it. {problem}",
                fix="Look at `openclaw devices list` once the Gateway runs.",
            )

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
        """Leave the agent in place: the agent may have other uses, and the workspace holds the agent's memory."""

    return Step(f"make the agent {name} in OpenClaw", f"leave the agent {name} in OpenClaw", done, do, undo, done)


def _skill_file(file: Path, text: str) -> Step:
    def write() -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def remove() -> None:
        if file.exists() and file.read_text(encoding="utf-8") == text:
            file.unlink()

    async def done() -> bool:
        return await asyncio.to_thread(file.exists)

    async def do() -> None:
        await asyncio.to_thread(write)

    async def undo() -> None:
        await asyncio.to_thread(remove)

    return Step(f"write {file}", f"remove {file} unless it was changed", done, do, undo, done)


def service_step(service: Service) -> Step:
    """Return the step that makes the system start the coordinator."""

    def written() -> bool:
        return service.file.exists() and service.file.read_text(service.encoding) == service.content

    def write() -> None:
        service.file.parent.mkdir(parents=True, exist_ok=True)
        service.file.write_text(service.content, service.encoding)

    async def done() -> bool:
        # A file that the system does not use starts nothing.
        return await asyncio.to_thread(written) and await _failure(service.enabled) is None

    async def do() -> None:
        # Before the file is written: a file that the system cannot use would stay behind.
        if (problem := await _failure(service.available)) is not None:
            raise OpenClawRefused(
                f"This system cannot start services for you: {problem}",
                fix="Leave --service out, and start the coordinator with what starts other programs here.",
            )
        await asyncio.to_thread(write)
        for command in service.enable:
            if (problem := await _failure(command)) is not None:
                raise OpenClawRefused(problem)

    async def undo() -> None:
        problems = [problem for command in service.disable if (problem := await _failure(command)) is not None]
        # A service that is not enabled starts nothing once the file is gone, whatever else has failed.
        if problems and await _failure(service.enabled) is None:
            raise OpenClawRefused(" ".join(problems))
        await asyncio.to_thread(service.file.unlink, missing_ok=True)

    async def remains() -> bool:
        return await asyncio.to_thread(service.file.exists) or await _failure(service.enabled) is None

    return Step(
        "start the coordinator with this computer", "no longer start it with this computer", done, do, undo, remains
    )


async def _failure(command: tuple[str, ...]) -> str | None:
    """Run a command of the system. Returns None when the command succeeds, else the reason."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return f"`{command[0]}` cannot be started: {error.strerror}."
    _, printed = await process.communicate()
    if process.returncode == 0:
        return None
    return f"`{' '.join(command)}` failed: {ending(printed.decode(errors='replace').strip(), 500)}"


def _same(ours: Path, theirs: Path) -> bool:
    """Return whether all files of this version are there, unchanged."""
    files = [path.relative_to(ours) for path in ours.rglob("*") if path.is_file()]
    if not theirs.is_dir():
        return False
    _, different, missing = filecmp.cmpfiles(ours, theirs, [str(file) for file in files], shallow=False)
    return not different and not missing
