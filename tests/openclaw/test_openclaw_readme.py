"""The commands for OpenClaw in the README and its page, followed to the letter in a fresh home."""

import asyncio
import itertools
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.gateway_connection import Access
from tests.openclaw.harness import Installed, OpenClaw, Say, ScriptedModel
from tests.openclaw.harness.openclaw import TOKEN

pytestmark = [pytest.mark.anyio, pytest.mark.openclaw, pytest.mark.long, pytest.mark.xdist_group("openclaw_readme")]
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text() + (ROOT / "claw_discord_coord" / "openclaw" / "README.md").read_text()


def commands(mark: str) -> list[str]:
    """The lines of the code block behind that mark."""
    block = re.search(rf"<!-- the OpenClaw {mark} -->\n```sh\n(.*?)\n```", README, re.S)
    assert block is not None
    return block[1].splitlines()


@dataclass
class Shell:
    """A terminal in an empty folder, where `openclaw` and `claw-discord-coord` are on the PATH."""

    folder: Path
    environment: dict[str, str]

    async def begin(self, line: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_shell(
            f"exec {line}",
            cwd=self.folder,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def run(self, line: str, *, exit_code: int = 0) -> str:
        process = await self.begin(line)
        try:
            async with asyncio.timeout(180):
                printed, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == exit_code, printed.decode()
        return printed.decode()

    async def json(self, line: str) -> Any:
        return json.loads(await self.run(f"{line} --json"))


@pytest.fixture(scope="module")
async def openclaw_of_module(
    installed: Installed, model_server: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OpenClaw]:
    """As after OpenClaw's own installation: its workspace where it always is."""
    async with OpenClaw(installed, tmp_path_factory.mktemp("openclaw"), model_server) as openclaw:
        defaults = {"model": {"primary": "mock/scripted"}, "workspace": str(openclaw.state / "workspace")}
        openclaw.prepare(agents={"defaults": defaults})
        yield openclaw


@pytest.fixture
def shell(openclaw: OpenClaw, tmp_path: Path) -> Shell:
    programs = {
        "openclaw": openclaw.installed.command,
        "claw-discord-coord": [str(Path(sys.executable).with_name("claw-discord-coord"))],
    }
    for name, command in programs.items():
        (tmp_path / "bin").mkdir(exist_ok=True)
        file = tmp_path / "bin" / name
        file.write_text(f'#!/bin/sh\nexec {" ".join(command)} "$@"\n')
        file.chmod(0o755)
    (tmp_path / "desk").mkdir()
    path = f"{tmp_path / 'bin'}{os.pathsep}{openclaw.env['PATH']}"
    return Shell(tmp_path / "desk", {**openclaw.env, "PATH": path})


async def test_the_chapter_on_openclaw_works_to_the_letter(
    openclaw: OpenClaw, shell: Shell, model: ScriptedModel
) -> None:
    model.script("compare A and B", Say("A is better."))
    model.script("News of the work", Say("Done."))
    install, up = commands("commands")

    said = await shell.run(install)
    assert "proved:" in said
    assert up.removeprefix("claw-discord-coord ").replace("~", str(openclaw.home)) in said, "the same command is named"

    coordinator = await shell.begin(up)
    assert coordinator.stdout is not None
    try:
        async with asyncio.timeout(60):
            assert b"is up at" in await coordinator.stdout.readline()
        assert "Everything is set up." in await shell.run(commands("check")[0])
        found = await shell.json(commands("check")[0])
        assert found["usable"]
        assert {"tools", "plugin", "gateway", "agents"} <= {one["check"] for one in found["findings"]}

        spoken = re.search(r"^/spawn_agent .*$", README, re.M)
        assert spoken is not None
        async with Gateway(Access(openclaw.url, token=SecretStr(TOKEN))) as gateway:
            await gateway.call(
                "chat.send", {"sessionKey": "agent:main:main", "message": spoken[0], "idempotencyKey": "readme"}
            )
            task = await ended(shell)
            assert task["state"] == "completed"
            assert (await told(gateway, "Done.")) == 1

        again = await shell.json(f"{install} --agent helper={openclaw.home / 'helper'}")
        new = [step for step in again["steps"] if not step.startswith("already: ")]
        assert (again["proved"], new) == (True, ["done: make the agent helper in OpenClaw"])
        planned = await shell.json(f"{install} --dry-run")
        assert all(step["done"] for step in planned)
    finally:
        coordinator.send_signal(signal.SIGTERM)
        await coordinator.communicate()

    await shell.run(commands("end")[0])
    assert "claw-discord-coord" not in openclaw.config_file.read_text()
    assert not (openclaw.state / "extensions" / "claw-discord-coord").exists()


async def ended(shell: Shell) -> dict[str, Any]:
    """Wait until the one task there is has ended."""
    async with asyncio.timeout(90):
        for pause_s in itertools.chain([0.0], itertools.repeat(1.0)):
            await asyncio.sleep(pause_s)
            tasks = (await shell.json("claw-discord-coord registry-status"))["tasks"]
            if tasks and tasks[0]["state"] in {"completed", "failed"}:
                return tasks[0]
    raise AssertionError


async def told(gateway: Gateway, words: str) -> int:
    """Wait until the main session has said these words; how often it has."""
    async with asyncio.timeout(60):
        for pause_s in itertools.chain([0.0], itertools.repeat(0.5)):
            await asyncio.sleep(pause_s)
            history = await gateway.call("chat.history", {"sessionKey": "agent:main:main"})
            said = [row for row in history["messages"] if row["role"] == "assistant" and words in str(row["content"])]
            if said:
                return len(said)
    raise AssertionError
