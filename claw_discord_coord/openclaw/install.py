"""The plan that connects OpenClaw and the coordinator: the steps, and their order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from claw_discord_coord.errors import CoordError, OpenClawRefused, OpenClawUnavailable
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway_connection import ADMIN, READ, WRITE, Access, opened
from claw_discord_coord.openclaw.pairing import is_paired, shared_token
from claw_discord_coord.openclaw.plugin_steps import allow_tools, configure_plugin, install_plugin
from claw_discord_coord.openclaw.service import Service
from claw_discord_coord.openclaw.step import Step
from claw_discord_coord.text.excerpts import ending


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
    told = {"coordinator": str(wishes.run_file), "start": wishes.start_command}
    steps += [install_plugin(cli), configure_plugin(cli, told, wishes.device_file), allow_tools(cli)]
    if wishes.service is not None:
        steps.append(service_step(wishes.service))
    return steps + [_agent(cli, name, workspace) for name, workspace in wishes.agents.items()]


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
        # On loopback the shared token pairs a key at once; elsewhere a person approves it with `openclaw devices`.
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
        # Not asked of the Gateway, which takes a moment to know what the command has written.
        known = await cli.setting("agents", "entries")
        # `main` has no entry until a second agent is added (measured with 2026.9.6).
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
