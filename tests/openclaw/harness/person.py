"""A person in the local Discord, who reads and writes as people do."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from claw_discord_coord.localcord import LocalDiscord

LOOK_EVERY_S = 0.3
PATIENCE_S = 180.0
"""A Gateway that was killed takes more than a minute to answer in the chat on a busy machine."""


@dataclass
class Person:
    """Ada, or another person of that name, who reads and writes in Discord."""

    http: aiohttp.ClientSession
    discord: LocalDiscord
    name: str = "ada"

    @property
    def user_id(self) -> str:
        return self.discord.ready.person(self.name).user_id

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": self.discord.ready.person(self.name).token}

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.discord.api_base}{path}", headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def channel(self, name: str) -> str:
        """Wait until there is a channel of that name."""
        async with asyncio.timeout(60):
            for pause_s in itertools.chain([0.0], itertools.repeat(LOOK_EVERY_S)):
                await asyncio.sleep(pause_s)
                for channel in await self.get(f"/guilds/{self.discord.ready.guild_id}/channels"):
                    if channel["name"] == name:
                        return str(channel["id"])
        raise AssertionError

    async def write(self, channel: str, text: str) -> None:
        url = f"{self.discord.api_base}/channels/{channel}/messages"
        async with self.http.post(url, headers=self._headers, json={"content": text}) as answer:
            assert answer.status == 200, await answer.text()

    async def messages(self, channel: str) -> list[str]:
        """What stands there now, newest first."""
        return [message["content"] for message in await self.get(f"/channels/{channel}/messages?limit=100")]

    async def reads(self, channel: str, words: str) -> dict[str, Any]:
        """Wait until a message with these words is there."""
        return await self.sees(channel, lambda message: words in message["content"])

    async def sees(self, channel: str, looked_for: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Look again and again, as a person does, until such a message is there."""
        messages: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(PATIENCE_S):
                for pause_s in itertools.chain([0.0], itertools.repeat(LOOK_EVERY_S)):
                    await asyncio.sleep(pause_s)
                    messages = await self.get(f"/channels/{channel}/messages?limit=100")
                    found = [message for message in messages if looked_for(message)]
                    if found:
                        return found[0]
        except TimeoutError:
            raise AssertionError(f"it never came; there was {[one['content'] for one in messages]}") from None
        raise AssertionError
