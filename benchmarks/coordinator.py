"""How long a task takes from the call to its card and to its end, and how many are finished a second.

Everything is the real thing: registry and engine on SQLite, discord.py on a local Discord without limits, programs
that do nothing. Prints machine, versions, median and spread.
"""

from __future__ import annotations

import asyncio
import os
import platform
import sqlite3
import statistics
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import yaml

from claw_discord_coord.app.coordinator import Running, open_coordinator
from claw_discord_coord.config.file import ConfigFile
from claw_discord_coord.config.locate import locate
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.workflows.task_effects import CLOSED
from claw_discord_coord.localcord import LocalDiscord
from claw_discord_coord.models import NewTask

ONE_BY_ONE = 20
AT_ONCE = 60
DEADLINE_S = 300


async def _main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with asyncio.timeout(DEADLINE_S), LocalDiscord.serve(limits=False) as local:
            os.environ["BENCH_TOKEN"] = local.ready.bots[0].token
            (folder / "skill.yaml").write_text(yaml.safe_dump(_settings(local)))
            located = locate(folder / "skill.yaml", None, here=folder)
            async with open_coordinator(ConfigFile.open(located.file), located) as running:
                await _one_task(running, "warm-up")
                singles = [await _one_task(running, f"single-{number}") for number in range(ONE_BY_ONE)]
                begun = time.perf_counter()
                await asyncio.gather(*(_one_task(running, f"many-{number}") for number in range(AT_ONCE)))
                together_s = time.perf_counter() - begun
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    print(
        ", ".join(
            f"{package} {version(package)}" for package in ("claw-discord-coord", "sqlalchemy", "discord.py", "aiohttp")
        )
    )
    for words, index in (("call to card and thread", 0), ("call to end and clean-up", 1)):
        times_ms = sorted(single[index] * 1_000 for single in singles)
        print(
            f"{words}: median {statistics.median(times_ms):.0f} ms, {times_ms[0]:.0f} to {times_ms[-1]:.0f} "
            f"({ONE_BY_ONE} tasks, one after another)"
        )
    print(f"{AT_ONCE} tasks at once: {together_s:.1f} s, {AT_ONCE / together_s:.1f} a second")


def _settings(local: LocalDiscord) -> dict[str, object]:
    return {
        "discord": {
            "token": "${BENCH_TOKEN}",
            "guild_id": local.ready.guild_id,
            "api_base": local.api_base,
            "gateway_url": local.gateway_url,
        },
        "agents": {
            "idle": {
                "purpose": "Does nothing.",
                "channel": "idle",
                "runtime": {"kind": "command", "command": ["true"]},
                "concurrency": 20,
            }
        },
    }


async def _one_task(running: Running, name: str) -> tuple[float, float]:
    """Seconds from the call until the task has its thread, and until nothing more happens to it."""
    coordinator, begun = running.coordinator, time.perf_counter()
    new = NewTask(task=name, agent="idle")
    task = (await coordinator.delegation.spawn(new, Caller(name, "benchmark", "benchmark"))).task
    async with coordinator.updates.subscribe(task.id) as lines:
        while (await coordinator.registry.tasks.get(task.id)).thread_id is None:
            await lines.get()
        placed_s = time.perf_counter() - begun
        while CLOSED not in {event.type for event in await coordinator.registry.events.of_task(task.id)}:
            await lines.get()
    return placed_s, time.perf_counter() - begun


if __name__ == "__main__":
    asyncio.run(_main())
