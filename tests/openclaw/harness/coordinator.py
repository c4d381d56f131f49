"""A coordinator as a process of its own, started as people start it, that can be killed and started again."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from claw_discord_coord.surfaces.client import Client
from claw_discord_coord.surfaces.run_file import RUN_FILE_NAME

COMMAND = (sys.executable, "-m", "claw_discord_coord")


@dataclass
class CoordinatorProcess:
    """`claw-discord-coord up` in `folder`, which holds its skill.yaml. Always ended by `async with`."""

    folder: Path
    environment: dict[str, str]
    command: tuple[str, ...] = COMMAND
    process: asyncio.subprocess.Process | None = field(default=None)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def run_file(self) -> Path:
        return self.state / RUN_FILE_NAME

    @property
    def log(self) -> str:
        return (self.folder / "coordinator.log").read_text(errors="replace")

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def start(self) -> None:
        """Start it and wait until it is up."""
        with (self.folder / "coordinator.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                "up",
                "--verbose",
                "--state-folder",
                str(self.state),
                cwd=self.folder,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            line = await self.process.stdout.readline()
        assert b"is up at" in line, f"the coordinator did not come up:\n{self.log[-3000:]}"

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it, and only it: what it started outlives a SIGKILL."""
        process, self.process = self.process, None
        if process is None or process.returncode is not None:
            return
        process.send_signal(how)
        try:
            async with asyncio.timeout(45):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def call(self, skill: str, **arguments: Any) -> dict[str, Any]:
        """Call a skill as a person at this machine does."""
        return await Client(self.state, {}, surface="cli").call(skill, arguments)

    async def __aenter__(self) -> CoordinatorProcess:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop(signal.SIGTERM)
