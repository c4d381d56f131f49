"""Kill -9 between what Discord does and what the coordinator knows, at every write of a life, leaves nothing twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from claw_discord_coord.localcord import LocalDiscord
from tests.e2e.workspace_life import RESULT
from tests.judged_discord import judged_discord

pytestmark = pytest.mark.anyio

SCRIPT = Path(__file__).with_name("workspace_life.py")
PATIENCE_S = 60.0
WRITES = [
    "POST /guilds/{guild_id}/channels",
    "POST /channels/{channel_id}/messages",
    "POST /channels/{channel_id}/messages/{message_id}/threads",
    "second POST /channels/{channel_id}/messages",
    "third POST /channels/{channel_id}/messages",
    "PATCH /channels/{channel_id}/messages/{message_id}",
    "PATCH /channels/{channel_id}",
]
"""The writes of a task, in their order."""
SAMPLE = {WRITES[1], WRITES[3]}
"""The card and the first message of the result."""


class Killer:
    """Kills a process as soon as Discord has carried out the given write, before it has answered."""

    def __init__(self, write: str) -> None:
        *word, self._method, self._path = write.split()
        self._left = {"second": 2, "third": 3}.get("".join(word), 1)
        self.pid: int | None = None
        self.killed = False
        self.seen: list[str] = []

    def __call__(self, method: str, path: str, status: int, _body: Any) -> None:
        self.seen.append(f"{method} {path}")
        if self.pid is None or (method, path) != (self._method, self._path) or status >= 300:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(self.pid, signal.SIGKILL)
            self.killed = True
            self.pid = None


async def _lived(folder: Path, local: LocalDiscord, ahead_s: float, killer: Killer | None = None) -> int:
    discord = {
        "token": local.ready.bots[0].token,
        "guild_id": local.ready.guild_id,
        "api_base": local.api_base,
        "gateway_url": local.gateway_url,
    }
    arguments = (str(SCRIPT), str(folder), json.dumps(discord), str(ahead_s))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments)
    if killer is not None:
        killer.pid = process.pid
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _get(session: aiohttp.ClientSession, local: LocalDiscord, path: str) -> Any:
    headers = {"Authorization": local.ready.people[0].token}
    async with session.get(f"{local.api_base}{path}", headers=headers) as response:
        return await response.json()


def moments() -> list[Any]:
    """Every write, with each pause before the restart; most of them are long tests."""
    return [
        pytest.param(write, later_s, marks=[] if write in SAMPLE else pytest.mark.long, id=f"{write}, restarted {when}")
        for write in WRITES
        for later_s, when in ((0, "at once"), (3600, "an hour later"))
    ]


@pytest.mark.parametrize(("write", "later_s"), moments())
@pytest.mark.proves("lost.kill-coordinator", "doubled.card")
async def test_a_task_killed_at_a_write_ends_with_one_of_everything(tmp_path: Path, write: str, later_s: float) -> None:
    killer = Killer(write)
    async with judged_discord(killer, limits=False) as local, aiohttp.ClientSession() as session:
        assert await _lived(tmp_path, local, 0, killer) == -signal.SIGKILL, killer.seen
        local.admin.advance(later_s)

        assert await _lived(tmp_path, local, later_s) == 0

        channels = await _get(session, local, f"/guilds/{local.ready.guild_id}/channels")
        (channel,) = [channel for channel in channels if channel["name"] == "research"]
        cards = [m for m in await _get(session, local, f"/channels/{channel['id']}/messages") if m["type"] == 0]
        assert [card["embeds"][0]["author"]["name"] for card in cards] == ["✅ Completed"]
        thread = cards[0]["thread"]
        assert thread["id"] == cards[0]["id"]
        assert thread["thread_metadata"]["archived"]
        said = [m for m in await _get(session, local, f"/channels/{thread['id']}/messages") if m["type"] == 0]
        assert len(said) == 2
        assert "".join("".join(m["content"] for m in reversed(said)).split()) == "".join(RESULT.split())
