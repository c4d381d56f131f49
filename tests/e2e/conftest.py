"""The real program as a process of its own, in a folder of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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

    @property
    def environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
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

    @asynccontextmanager
    async def up(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A coordinator that is up."""
        process = await self._start("up")
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while b"coordinator is up" not in (line := await process.stdout.readline()):
                assert line, "it ended before it was up"
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


@pytest.fixture
def program(tmp_path: Path, judged: dict[str, str]) -> Program:
    (tmp_path / "skill.yaml").write_text(SKILL_YAML)
    (tmp_path / "echo.py").write_text(ECHO)
    (tmp_path / "slow.py").write_text(SLOW)
    return Program(tmp_path, judged)
