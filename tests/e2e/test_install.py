"""`install` and `uninstall` where OpenClaw is not as it should be: nothing is begun that cannot be done."""

import asyncio
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from claw_discord_coord.config.locate import FILE_NAME
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
