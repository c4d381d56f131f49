"""The whole way with the real OpenClaw and its own Discord plugin: a person writes in Discord, work is delegated,
done and announced there.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from claw_discord_coord.app import open_coordinator
from claw_discord_coord.config.file import ConfigFile
from claw_discord_coord.config.locate import Located
from claw_discord_coord.localcord import LocalDiscord
from claw_discord_coord.openclaw.announce import Announcement, Chat, announce
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.connection import Access
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.install import Wishes, apply, plan
from tests.openclaw.harness import Call, Installed, OpenClaw, Say, ScriptedModel

pytestmark = [pytest.mark.anyio, pytest.mark.openclaw]

SKILL = """\
name: story
discord: {{token: "{token}", guild_id: "{guild}", api_base: "{api}", gateway_url: "{gateway}"}}
agents:
  research:
    purpose: Looks things up.
    channel: research
    runtime: {{kind: command, command: [python, -c, "print('X is 42')"]}}
"""


@dataclass
class Person:
    """Ada, who reads and writes in Discord."""

    http: aiohttp.ClientSession
    discord: LocalDiscord

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": next(one.token for one in self.discord.ready.people if one.name == "ada")}

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.discord.api_base}{path}", headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def channel(self, name: str) -> str:
        """Wait until there is a channel of that name."""
        async with asyncio.timeout(60):
            for pause_s in itertools.chain([0.0], itertools.repeat(0.3)):
                await asyncio.sleep(pause_s)
                for channel in await self.get(f"/guilds/{self.discord.ready.guild_id}/channels"):
                    if channel["name"] == name:
                        return str(channel["id"])
        raise AssertionError

    async def write(self, channel: str, text: str) -> None:
        url = f"{self.discord.api_base}/channels/{channel}/messages"
        async with self.http.post(url, headers=self._headers, json={"content": text}) as answer:
            assert answer.status == 200, await answer.text()

    async def reads(self, channel: str, words: str) -> dict[str, Any]:
        """Wait until a message with these words is there."""
        return await self.sees(channel, lambda message: words in message["content"])

    async def sees(self, channel: str, looked_for: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Look again and again, as a person does, until such a message is there."""
        async with asyncio.timeout(120):
            for pause_s in itertools.chain([0.0], itertools.repeat(0.3)):
                await asyncio.sleep(pause_s)
                found = [message for message in await self.get(f"/channels/{channel}/messages") if looked_for(message)]
                if found:
                    return found[0]
        raise AssertionError


@pytest.fixture(scope="module")
async def discord() -> AsyncIterator[LocalDiscord]:
    async with LocalDiscord.serve(limits=False) as discord:
        yield discord


@pytest.fixture(scope="module")
async def openclaw_of_module(
    installed: Installed, model_server: ScriptedModel, discord: LocalDiscord, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OpenClaw]:
    bot = next(one for one in discord.ready.bots if one.name == "assistant")
    channel = {"enabled": True, "token": bot.token, "dmPolicy": "open", "allowFrom": ["*"], "groupPolicy": "open"}
    ada = next(one for one in discord.ready.people if one.name == "ada")
    guild = {"requireMention": False, "users": [ada.user_id]}
    channel |= {"guilds": {discord.ready.guild_id: guild}, "voice": {"enabled": False}}
    async with OpenClaw(installed, tmp_path_factory.mktemp("openclaw"), model_server) as openclaw:
        openclaw.environment["DISCORD_API_URL"] = discord.api_base
        openclaw.prepare()
        await openclaw.install_discord()
        settings = json.loads(openclaw.config_file.read_text())
        openclaw.config_file.write_text(json.dumps(settings | {"channels": {"discord": channel}}))
        yield openclaw


@pytest.fixture
async def ada(discord: LocalDiscord) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession() as http:
        yield Person(http, discord)


@pytest.fixture
async def state_folder(discord: LocalDiscord, tmp_path: Path) -> AsyncIterator[Path]:
    """The state folder of a running coordinator that works in the same Discord with a bot of its own."""
    bot = next(one for one in discord.ready.bots if one.name == "coordinator")
    text = SKILL.format(
        token=bot.token, guild=discord.ready.guild_id, api=discord.api_base, gateway=discord.gateway_url
    )
    file = tmp_path / "skill.yaml"
    file.write_text(text.replace(bot.token, "${STORY_TOKEN}"))
    folders = Located(file, tmp_path, tmp_path, tmp_path / ".claw-discord-coord")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STORY_TOKEN", bot.token)
        settings = ConfigFile.open(file)
    async with open_coordinator(settings, folders):
        yield folders.state


async def connected_to_discord(gateway: Gateway) -> None:
    async with asyncio.timeout(60):
        for pause_s in itertools.chain([0.0], itertools.repeat(0.5)):  # the Gateway has no event for it
            await asyncio.sleep(pause_s)
            accounts = (await gateway.call("channels.status")).get("channelAccounts", {}).get("discord", [])
            if any(account.get("lifecycle") == "ready" for account in accounts):
                return


async def test_a_person_delegates_in_discord_and_hears_in_the_same_chat_how_it_went(
    openclaw: OpenClaw, model: ScriptedModel, ada: Person, state_folder: Path
) -> None:
    cli = OpenClawCli.find(openclaw.env, command=openclaw.installed.command)
    device = state_folder / "openclaw-device.json"
    await apply(plan(cli, Wishes(state_folder / "coordinator.json", "claw-discord-coord up", device, {})), print)
    model.script(
        "have research look into X", Call.plugin("spawn_agent", task="look into X", agent="research"), Say("On it.")
    )
    model.script("News of the work", Say("Research says: X is 42."))
    general = await ada.channel("general")

    async with Gateway(Access(cli.gateway_url(), device=Device.open(device))) as gateway:
        await connected_to_discord(gateway)
        await ada.write(general, "please have research look into X")

        await ada.reads(general, "On it.")
        research = await ada.channel("research")
        card = await ada.sees(research, lambda message: "thread" in message)
        await ada.reads(card["thread"]["id"], "X is 42")

        news = [Announcement("look-into-x:completed", "research has done `look into X`: X is 42.")]
        asking = f"agent:main:discord:channel:{general}"
        chat = Chat(channel="discord", to=f"channel:{general}")
        first = await announce(gateway, asking, news, chat=chat, limit_s=60)
        again = await announce(gateway, asking, news, chat=chat, limit_s=60)

    assert (first.delivered, again.turn) == (True, first.turn)
    said = [one["content"] for one in await ada.get(f"/channels/{general}/messages")]
    assert said.count("Research says: X is 42.") == 1
    assert model.said("isUser=false"), "the model was not told that nobody typed this"


async def test_a_slash_command_written_in_discord_asks_no_model(
    openclaw: OpenClaw, model: ScriptedModel, ada: Person, state_folder: Path
) -> None:
    cli = OpenClawCli.find(openclaw.env, command=openclaw.installed.command)
    device = state_folder / "openclaw-device.json"
    await apply(plan(cli, Wishes(state_folder / "coordinator.json", "claw-discord-coord up", device, {})), print)
    general = await ada.channel("general")
    async with Gateway(Access(cli.gateway_url(), device=Device.open(device))) as gateway:
        await connected_to_discord(gateway)
        await ada.write(general, "/spawn_agent @research look into Y")
        reply = await ada.sees(
            general, lambda one: one["author"]["username"] == "assistant" and "look into Y" in one["content"]
        )
        research = await ada.channel("research")
        card = await ada.sees(research, lambda one: "thread" in one)
        await ada.reads(card["thread"]["id"], "X is 42")
    assert "research" in reply["content"]
    assert model.requests == []
