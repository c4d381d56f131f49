"""A coordinator that ends itself with SIGKILL at a named step boundary, or plays to the end. Run by test_kill.py as a
program of its own.

Usage: crashing_coordinator.py SKILL_YAML STATE_FOLDER [before|after STEP [STATE_OF_THE_TASK]]
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path

from claw_discord_coord.app.coordinator import open_coordinator
from claw_discord_coord.config.file import ConfigFile
from claw_discord_coord.config.locate import locate
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.models import DeliveryState, NewTask
from claw_discord_coord.registry.executions import CLOSED


async def main(skill_yaml: str, state_folder: str, *crash: str) -> None:
    located = locate(Path(skill_yaml), Path(state_folder), here=Path.cwd())

    def boundary(when: str, step: str) -> None:
        if crash[:2] == (when, step) and (not crash[2:] or _state(located.state) == crash[2]):
            os.kill(os.getpid(), signal.SIGKILL)

    async with (
        asyncio.timeout(60),
        open_coordinator(ConfigFile.open(located.file), located, boundary=boundary) as running,
    ):
        registry = running.coordinator.registry
        caller = Caller("the-only-call", "test", "ada")
        new = NewTask(task="count", key="the-only-work")
        task = (await running.coordinator.delegation.spawn(new, caller)).task
        while CLOSED not in [event.type for event in await registry.events.of_task(task.id)]:
            await asyncio.sleep(0.02)
        while await registry.deliveries.find(DeliveryState.PLANNED):
            await asyncio.sleep(0.02)
    print(await _story(located.state))


def _state(state_folder: Path) -> str:
    """The present state of the only task."""
    connection = sqlite3.connect(state_folder / "registry.sqlite3")
    try:
        ((state,),) = connection.execute("SELECT state FROM claw_tasks").fetchall()
        return state
    finally:
        connection.close()


async def _story(state_folder: Path) -> str:
    from claw_discord_coord.registry.registry import Registry

    async with Registry.open(f"sqlite:///{state_folder / 'registry.sqlite3'}") as registry:
        (task,) = await registry.tasks.find()
        runs = await registry.runs.of_task(task.id)
        return f"{task.state.value} runs={[run.state.value for run in runs]}"


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
