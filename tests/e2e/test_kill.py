"""kill -9 at every step boundary of a task: after a restart it is finished, and nothing was done twice."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from claw_discord_coord.localcord import LocalDiscord
from tests.judged_discord import judged_discord

pytestmark = pytest.mark.anyio

STEPS = (
    "begin",
    "open",
    "run",
    "settle",
    "close",
    "end",
    "plan",
    "announce",
    "clean",
    "deliver",
    "close completed",
)
"""The names of the steps; the last one brings the completed task to Discord."""

SAMPLE = {
    ("after", "begin"),
    ("after", "open"),
    ("after", "run"),
    ("after", "deliver"),
    ("after", "close completed"),
}
"""The boundaries at which most is under way: a slot without a run, a card, a run, a delivery, a result on Discord that
is not recorded as shown."""
ROOT = Path(__file__).parents[2]
PROGRAM = """
import json, sys, time
json.load(sys.stdin)
with open(sys.argv[1], "a") as effects:
    effects.write("ran\\n")
time.sleep(0.4)
print(json.dumps({"text": "counted to three", "kind": "report"}))
"""


@dataclass
class World:
    """A Discord that outlives the coordinator, and where the coordinator's files are."""

    local: LocalDiscord
    folder: Path

    async def coordinator(self, *crash: str) -> tuple[int, str]:
        """Run the coordinator until it crashes or is done: its exit code and what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("crashing_coordinator.py")),
            str(self.folder / "skill.yaml"),
            str(self.folder / "state"),
            *crash,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self.folder,
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(self.folder),
                "PYTHONPATH": str(ROOT),
                "BOT_TOKEN": self.local.ready.bots[0].token,
            },
        )
        async with asyncio.timeout(90):
            out, err = await process.communicate()
        assert process.returncode is not None
        return process.returncode, out.decode() + err.decode()

    async def messages(self, channel_name: str) -> list[dict]:
        """All messages of the channels of that name, and of their threads."""
        headers = {"Authorization": self.local.ready.people[0].token}
        async with aiohttp.ClientSession(headers=headers) as session:

            async def get(path: str):
                async with session.get(f"{self.local.api_base}{path}") as answer:
                    assert answer.status == 200, await answer.text()
                    return await answer.json()

            guild = self.local.ready.guild_id
            found: list[dict] = []
            for channel in await get(f"/guilds/{guild}/channels"):
                if channel["name"] == channel_name:
                    for message in await get(f"/channels/{channel['id']}/messages?limit=100"):
                        found.append(message)
                        if "thread" in message:
                            found.extend(await get(f"/channels/{message['id']}/messages?limit=100"))
            return [message for message in found if message["type"] in (0, 19)]


@pytest.fixture
async def world(tmp_path: Path, anyio_backend: str) -> AsyncIterator[World]:
    async with judged_discord(limits=False) as local:
        (tmp_path / "count.py").write_text(PROGRAM)
        settings = {
            "discord": {
                "token": "${BOT_TOKEN}",
                "guild_id": local.ready.guild_id,
                "api_base": local.api_base,
                "gateway_url": local.gateway_url,
            },
            "agents": {
                "counter": {
                    "purpose": "Counts.",
                    "channel": "counting",
                    "takes": ["count"],
                    "runtime": {"kind": "command", "command": ["python", "count.py", str(tmp_path / "effects")]},
                }
            },
            "destinations": {
                "files": {"kind": "file", "folder": "out"},
                "reports": {"kind": "discord", "channel": "reports"},
            },
            "routes": [{"when": {"kind": "report"}, "to": ["files", "reports"]}],
        }
        (tmp_path / "skill.yaml").write_text(yaml.safe_dump(settings))
        yield World(local, tmp_path)


def moments() -> list[Any]:
    """Every step boundary; most of them are long tests."""
    found = [(when, step) for step in STEPS for when in ("before", "after")]
    return [
        pytest.param(*one, marks=[] if one in SAMPLE else pytest.mark.long, id=f"{one[0]} {one[1]}") for one in found
    ]


@pytest.mark.parametrize(("when", "step"), moments())
@pytest.mark.proves("lost.kill-coordinator")
async def test_a_task_is_finished_once_after_kill_9(world: World, when: str, step: str) -> None:
    code, said = await world.coordinator(when, *step.split())
    assert code == -signal.SIGKILL, said
    code, said = await world.coordinator()
    assert code == 0, said
    assert "completed runs=['completed']" in said
    assert (world.folder / "effects").read_text() == "ran\n"
    assert len(list((world.folder / "out").glob("*.md"))) == 1
    assert len(await world.messages("reports")) == 1
    thread = await world.messages("counting")
    assert len(thread) == 2, "one card, one result"
    assert sum("counted to three" in message["content"] for message in thread) == 1
