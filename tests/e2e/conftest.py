"""The real program as a process of its own, in a folder of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from claw_discord_coord.config.locate import default_state_folder
from claw_discord_coord.surfaces.client import Client
from tests.conftest import judged_process

PATIENCE_S = 60
SKILL_YAML = """
agents:
  echo:
    purpose: Repeats what it is told.
    channel: echo
    takes: [echo, repeat]
    runtime: {kind: command, command: [python, echo.py]}
  slow:
    purpose: Takes its time.
    channel: slow
    takes: [sleep]
    runtime: {kind: command, command: [python, slow.py]}
destinations:
  blog: {kind: blog, folder: blog}
  reports: {kind: discord, channel: reports}
routes:
  - {when: {kind: report}, to: [blog, reports]}
"""
ECHO = """
import json, sys
brief = json.load(sys.stdin)
print("listening", flush=True)
print(json.dumps({"text": "You said: " + brief["text"], "kind": "report", "title": "Echo"}))
"""
SLOW = """
import json, subprocess, sys, time
json.load(sys.stdin)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("asleep", flush=True)
time.sleep(600)
"""


@dataclass
class Program:
    """The command line in one folder; every command of it is a process that ends."""

    folder: Path
    judged: dict[str, str]
    coordinator: asyncio.subprocess.Process | None = None
    said: str = ""

    @property
    def state_folder(self) -> Path:
        name = default_state_folder(self.folder / "skill.yaml").name
        return self.folder / "state" / "claw-discord-coord" / name

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "HOME": str(self.folder),
            "XDG_STATE_HOME": str(self.folder / "state"),
            **self.judged,
        }

    async def run(self, *arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of one command."""
        process = await self._start(*arguments, stdin=asyncio.subprocess.PIPE)
        async with asyncio.timeout(PATIENCE_S):
            out, err = await process.communicate(stdin.encode() if stdin is not None else b"")
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()

    async def json(self, *arguments: str) -> dict[str, Any]:
        """The answer of a command that must succeed."""
        code, out, err = await self.run(*arguments, "--json")
        assert code == 0, out + err
        return json.loads(out)

    async def status(self, task_id: str) -> dict[str, Any]:
        """The status of a task, asked for without a process: for waiting."""
        folder = self.state_folder if self.state_folder.exists() else self.folder / ".claw-discord-coord"
        return await Client(folder, {}, surface="cli").call("registry_status", {"task_id": task_id})

    async def until(self, task_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the status of a task is as wanted, and return it."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(status := await self.status(task_id)):
                await asyncio.sleep(0.05)
        return status

    async def settled(self, task_id: str) -> dict[str, Any]:
        """Wait until the task and its deliveries have ended, and return its status by the command line."""

        def ended(status: dict[str, Any]) -> bool:
            closed = "task.closed" in [event["type"] for event in status["events"]]
            return closed and all(one["state"] != "planned" for one in status["deliveries"])

        await self.until(task_id, ended)
        return await self.json("registry-status", "--task", task_id)

    def posts(self) -> set[Path]:
        """The posts of the blog."""
        return set((self.folder / "blog").glob("*.md"))

    @asynccontextmanager
    async def up(self, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """A coordinator that is up; `said` has what it printed until then."""
        process = await self._start("up", *options)
        assert process.stdout is not None
        self.said = ""
        async with asyncio.timeout(PATIENCE_S):
            while b"coordinator is up" not in (line := await process.stdout.readline()):
                assert line, "it ended before it was up"
                self.said += line.decode()
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                async with asyncio.timeout(PATIENCE_S):
                    await process.communicate()

    async def _start(self, *arguments: str, stdin: int = asyncio.subprocess.DEVNULL) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "claw_discord_coord",
            *arguments,
            cwd=self.folder,
            env=self.environment,
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )


def programs(program: Program) -> list[int]:
    """Return the processes that work in sessions of the program's folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.cwd().startswith(
                str(program.state_folder / "sessions")
            ):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def program_in(folder: Path, judged: dict[str, str]) -> Program:
    """Write the settings and the agents' programs into the folder."""
    (folder / "skill.yaml").write_text(SKILL_YAML)
    (folder / "echo.py").write_text(ECHO)
    (folder / "slow.py").write_text(SLOW)
    return Program(folder, judged)


@pytest.fixture
def program(tmp_path: Path, judged: dict[str, str]) -> Program:
    return program_in(tmp_path, judged)


@pytest.fixture(scope="module")
async def coordinator_of_module(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    folder = tmp_path_factory.mktemp("program")
    with judged_process(folder / "judged-answers") as judged:
        program = program_in(folder, judged)
        async with program.up() as process:
            program.coordinator = process
            yield program


@pytest.fixture
def up(coordinator_of_module: Program) -> Program:
    """A program whose coordinator is up, and stays so: the tests of a file share it, and what they leave there."""
    return coordinator_of_module
