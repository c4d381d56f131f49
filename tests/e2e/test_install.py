"""`install` and `uninstall` where OpenClaw is not as it should be: nothing is begun that cannot be done."""

import asyncio
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from claw_discord_coord.config.locate import FILE_NAME
from claw_discord_coord.errors import OpenClawRefused
from claw_discord_coord.openclaw.install import service_step
from claw_discord_coord.openclaw.service import Service
from tests.gateway_stand_in import StandIn
from tests.scripted_openclaw import ScriptedOpenClaw

pytestmark = pytest.mark.anyio


@dataclass
class Terminal:
    """An empty folder beside an OpenClaw whose command is scripted."""

    folder: Path
    openclaw: ScriptedOpenClaw

    @property
    def workspace(self) -> Path:
        return self.openclaw.folder / "workspace"

    def set_up(self, gateway_port: int) -> None:
        self.openclaw.write(
            {"gateway": {"port": gateway_port}, "agents": {"defaults": {"workspace": str(self.workspace)}}}
        )

    async def begin(self, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "claw_discord_coord",
            *arguments,
            cwd=self.folder,
            env={**os.environ, **self.openclaw.environment, **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def run(self, command: str, *options: str, **environment: str) -> tuple[int | None, str]:
        named = ("--openclaw", shlex.join(self.openclaw.command))
        process = await self.begin(command, *named, *options, **environment)
        async with asyncio.timeout(60):
            printed, _ = await process.communicate()
        return process.returncode, printed.decode()

    def nothing_was_done(self) -> bool:
        asked = all(call.startswith(("--version", "config get", "dashboard")) for call in self.openclaw.calls)
        return asked and not self.workspace.exists() and not list(self.folder.iterdir())


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    (tmp_path / "desk").mkdir()
    return Terminal(tmp_path / "desk", ScriptedOpenClaw(tmp_path / "openclaw"))


async def test_installing_begins_nothing_while_the_gateway_does_not_run(terminal: Terminal, free_tcp_port: int) -> None:
    terminal.set_up(free_tcp_port)
    exit_code, printed = await terminal.run("install", "--yes")
    assert exit_code == 1
    assert "Start it with `openclaw gateway`." in printed
    assert terminal.nothing_was_done()


async def test_installing_begins_nothing_with_a_wrong_token_and_says_where_it_is_set(terminal: Terminal) -> None:
    async with StandIn().serving() as gateway:
        terminal.set_up(int(gateway.url.rpartition(":")[2]))
        exit_code, printed = await terminal.run("install", "--yes", OPENCLAW_GATEWAY_TOKEN="wrong-one")
    assert exit_code == 1
    assert "the environment variable OPENCLAW_GATEWAY_TOKEN" in printed
    assert "wrong-one" not in printed
    assert terminal.nothing_was_done()


@pytest.mark.parametrize("command", ["install", "uninstall"])
async def test_settings_that_openclaw_does_not_understand_end_it_at_once(terminal: Terminal, command: str) -> None:
    terminal.openclaw.write("{ gateway: ")
    exit_code, printed = await terminal.run(command, "--yes")
    assert exit_code == 1
    assert "JSON5 parse failed" in printed
    assert "openclaw config validate" in printed
    assert terminal.nothing_was_done()


async def test_uninstalling_says_that_a_coordinator_still_runs_and_how_to_end_it(
    terminal: Terminal, free_tcp_port: int
) -> None:
    terminal.set_up(free_tcp_port)
    skill = terminal.folder / FILE_NAME
    skill.write_text(
        "name: mine\nagents:\n  a: {purpose: x, channel: general, runtime: {kind: command, command: [python]}}\n"
    )
    up = await terminal.begin("up")
    assert up.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert b"is up at" in await up.stdout.readline()
        exit_code, printed = await terminal.run("uninstall", "--yes")
    finally:
        up.terminate()
        await up.communicate()
    assert exit_code == 0, printed
    assert "The coordinator still runs, without OpenClaw" in printed
    assert str(up.pid) in printed
    assert "The coordinator still runs" not in (await terminal.run("uninstall", "--yes"))[1]


@pytest.mark.parametrize("command", ["install", "uninstall", "doctor"])
@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ("'", "is not a command: No closing quotation."),
        ("", "--openclaw names no command."),
        ("   ", "--openclaw names no command."),
        ("no-such-command --x", "The command `no-such-command` does not exist."),
        ("/no/such/file", "The command `/no/such/file` does not exist."),
    ],
)
async def test_a_command_that_is_none_is_an_error_in_a_sentence(
    terminal: Terminal, command: str, named: str, problem: str
) -> None:
    process = await terminal.begin(command, "--openclaw", named)
    async with asyncio.timeout(60):
        printed, _ = await process.communicate()
    assert process.returncode != 0
    assert problem in printed.decode()
    assert "Traceback" not in printed.decode()


async def test_a_service_that_the_system_cannot_start_leaves_no_file_behind(tmp_path: Path) -> None:
    file = tmp_path / "units" / "coordinator.service"
    step = service_step(_service_of(file, available=("false",), enabled=("false",)))
    with pytest.raises(OpenClawRefused, match="cannot start services for you"):
        await step.apply()
    assert not await step.done()
    assert not await step.remains()


@pytest.mark.parametrize("state", ["half installed", "file gone", "system gone"])
async def test_a_service_can_be_undone_from_every_state(tmp_path: Path, state: str) -> None:
    file = tmp_path / "coordinator.service"
    enabled = tmp_path / "enabled"
    file.write_text("the unit")
    enabled.touch()
    known = ("test", "-e", str(enabled))
    disable = ("rm", str(enabled))
    if state == "half installed":
        enabled.unlink()
    elif state == "file gone":
        file.unlink()
    else:
        enabled.unlink()
        disable, known = ("false",), ("no-such-program",)
    step = service_step(_service_of(file, enabled=known, disable=(disable,)))
    assert await step.remains()
    await step.undo()
    assert not await step.remains()
    assert not file.exists()


async def test_a_service_that_stays_enabled_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "coordinator.service"
    file.write_text("the unit")
    step = service_step(_service_of(file, enabled=("true",), disable=(("false",),)))
    with pytest.raises(OpenClawRefused, match="`false` failed"):
        await step.undo()
    assert file.exists()


def _service_of(
    file: Path,
    *,
    available: tuple[str, ...] = ("true",),
    enabled: tuple[str, ...],
    disable: tuple[tuple[str, ...], ...] = (),
) -> Service:
    return Service(file, "the unit", available, enable=(("true",),), enabled=enabled, disable=disable)
