"""The whole way with the real OpenClaw and its own Discord plugin: a person writes in Discord, work is delegated,
steered, done, passed on and announced there.
"""

import asyncio
import contextlib
import itertools
import json
import os
import shlex
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from claw_discord_coord.localcord import LocalDiscord
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.gateway_connection import Access
from claw_discord_coord.openclaw.install import Wishes, plan
from claw_discord_coord.openclaw.step import apply
from tests.judged_discord import judged_discord
from tests.openclaw.harness import (
    Call,
    CoordinatorProcess,
    Fail,
    Hold,
    Installed,
    OpenClaw,
    OpenClawMissing,
    Person,
    Say,
    ScriptedModel,
)

pytestmark = [pytest.mark.anyio, pytest.mark.openclaw, pytest.mark.long, pytest.mark.xdist_group("openclaw_story")]

SKILL = """\
name: story
discord: {{token: "${{STORY_TOKEN}}", guild_id: "{guild}", api_base: "{api}", gateway_url: "{gateway}"}}
openclaw: {{gateway_url: "{openclaw}"}}
operators: {{users: ["{ada}"]}}
agents:
  research:
    purpose: Looks things up.
    channel: research
    runtime: {{kind: openclaw, agent_id: research}}
  writing:
    purpose: Writes texts.
    channel: writing
    produces: report
    runtime: {{kind: openclaw, agent_id: research}}
destinations:
  reports: {{kind: discord, channel: reports}}
routes:
  - when: {{kind: report}}
    to: [reports]
"""


@dataclass
class Story:
    """Everyone in it. `chat` is the channel where Ada, an operator, and Grace, who is none, talk to the assistant."""

    ada: Person
    grace: Person
    chat: str
    model: ScriptedModel
    openclaw: OpenClaw
    coordinator: CoordinatorProcess
    gateway: Gateway

    async def task(self, text: str) -> dict[str, Any]:
        """Wait until there is a task about this."""
        return (await self._until({"text": text}, lambda said: bool(said["tasks"])))["tasks"][0]

    async def known(self, task_id: str, words: str) -> dict[str, Any]:
        """Wait until the task's story says this."""
        return await self._until(
            {"task_id": task_id}, lambda said: any(words in event["text"] for event in said["events"])
        )

    async def _until(self, question: dict[str, Any], satisfied: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        said: dict[str, Any] = {}
        try:
            async with asyncio.timeout(90):
                for pause_s in itertools.chain([0.0], itertools.repeat(0.3)):
                    await asyncio.sleep(pause_s)
                    said = await self.coordinator.call("registry_status", **question)
                    if satisfied(said):
                        return said
        except TimeoutError:
            raise AssertionError(f"it never happened: {said}\n{self.coordinator.log[-4000:]}") from None
        raise AssertionError

    async def asked(self, words: str, times: int = 1) -> None:
        """Wait until the model has been asked about this so many times."""
        async with asyncio.timeout(60):
            while len(self.model.said(words)) < times:
                self.model.asked.clear()
                await self.model.asked.wait()

    async def until_all_is_told(self) -> None:
        """Wait until the coordinator has nothing left to tell, and knows that it has been heard."""
        query = "SELECT key, told FROM claw_announcements WHERE told IS NULL OR told != 'yes'"
        with contextlib.closing(sqlite3.connect(self.coordinator.state / "registry.sqlite3")) as registry:
            async with asyncio.timeout(90):
                while registry.execute(query).fetchall():
                    await asyncio.sleep(0.3)

    async def sessions(self) -> list[str]:
        return [row["key"] for row in (await self.gateway.call("sessions.list"))["sessions"]]


@pytest.fixture(scope="module")
async def discord() -> AsyncIterator[LocalDiscord]:
    async with judged_discord(limits=False) as discord:
        yield discord


@pytest.fixture(scope="module")
async def openclaw_of_module(
    installed: Installed, model_server: ScriptedModel, discord: LocalDiscord, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[OpenClaw]:
    ready = discord.ready
    async with aiohttp.ClientSession() as http:
        general = await Person(http, discord).channel("general")
    channel: dict[str, Any] = {"enabled": True, "token": ready.bot("assistant").token, "voice": {"enabled": False}}
    channel |= {"dmPolicy": "open", "allowFrom": ["*"], "groupPolicy": "open"}
    # only here: in the tasks' threads people talk to the agents at work, and two would answer
    here = {"requireMention": False, "channels": {general: {"enabled": True}}}
    channel |= {
        "guilds": {ready.guild_id: {**here, "users": [ready.person(name).user_id for name in ("ada", "grace")]}}
    }
    async with OpenClaw(installed, tmp_path_factory.mktemp("openclaw"), model_server) as openclaw:
        openclaw.environment["DISCORD_API_URL"] = discord.api_base
        openclaw.prepare()
        try:
            await openclaw.install_discord()
        except OpenClawMissing as error:
            pytest.skip(f"NOTHING IS PROVED WITH OPENCLAW'S DISCORD PLUGIN: {error}")
        settings = json.loads(openclaw.config_file.read_text())
        openclaw.config_file.write_text(json.dumps(settings | {"channels": {"discord": channel}}))
        yield openclaw


@pytest.fixture(scope="module")
async def coordinator_of_module(
    openclaw_of_module: OpenClaw, discord: LocalDiscord, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[CoordinatorProcess]:
    """A coordinator that OpenClaw has been told of; it works in the same Discord with a bot of its own."""
    if not openclaw_of_module.running:
        await openclaw_of_module.start()
    ready, folder = discord.ready, tmp_path_factory.mktemp("coordinator")
    skill = SKILL.format(
        guild=ready.guild_id,
        api=discord.api_base,
        gateway=discord.gateway_url,
        openclaw=openclaw_of_module.url,
        ada=ready.person("ada").user_id,
    )
    (folder / "skill.yaml").write_text(skill)
    environment = {**os.environ, "HOME": str(folder), "STORY_TOKEN": ready.bot("coordinator").token}
    async with CoordinatorProcess(folder, environment) as coordinator:
        cli = OpenClawCli.find(openclaw_of_module.env, command=shlex.join(openclaw_of_module.installed.command))
        agents = {"research": openclaw_of_module.home / "research"}
        wishes = Wishes(
            coordinator.run_file, "claw-discord-coord up", coordinator.state / "openclaw-device.json", agents
        )
        await apply(plan(cli, wishes), print)
        yield coordinator


@pytest.fixture
async def coordinator(coordinator_of_module: CoordinatorProcess) -> CoordinatorProcess:
    if not coordinator_of_module.running:
        await coordinator_of_module.start()
    return coordinator_of_module


@pytest.fixture
async def story(
    openclaw: OpenClaw, coordinator: CoordinatorProcess, model: ScriptedModel, discord: LocalDiscord
) -> AsyncIterator[Story]:
    device = Device.open(coordinator.state / "openclaw-device.json")
    async with aiohttp.ClientSession() as http, Gateway(Access(openclaw.url, device=device)) as gateway:
        await connected_to_discord(gateway)
        ada = Person(http, discord)
        grace = Person(http, discord, "grace")
        yield Story(ada, grace, await ada.channel("general"), model, openclaw, coordinator, gateway)


async def connected_to_discord(gateway: Gateway) -> None:
    async with asyncio.timeout(60):
        for pause_s in itertools.chain([0.0], itertools.repeat(0.5)):  # the Gateway has no event for it
            await asyncio.sleep(pause_s)
            accounts = (await gateway.call("channels.status")).get("channelAccounts", {}).get("discord", [])
            if any(account.get("lifecycle") == "ready" for account in accounts):
                return


async def test_work_asked_for_in_discord_is_steered_done_passed_on_and_announced_there(story: Story) -> None:
    hold, ada, model = asyncio.Event(), story.ada, story.model
    model.script("find out about penguins", Hold(hold, Call("exec", {"command": "echo penguins"})), Say("Penguins."))
    model.script(
        "have research look at penguins",
        Call.plugin("spawn_agent", task="find out about penguins", agent="research"),
        Say("Research is on it."),
    )
    model.script("News of the work", Say("There is news of penguins."))
    model.script("done by writing, is completed", Say("The text on penguins is ready."))

    await ada.write(story.chat, "please have research look at penguins")
    await ada.reads(story.chat, "Research is on it.")
    task = await story.task("find out about penguins")
    thread = (await ada.sees(await ada.channel("research"), lambda message: "thread" in message))["thread"]["id"]
    await story.asked(f"# Task {task['task_id']}: ")

    packet = {"task_id": task["task_id"], "to_agent": "writing", "summary": "Penguins swim at 36 km/h. Write it up."}
    model.script("how fast are they", Call.plugin("handoff", **packet), Say("They swim at 36 km/h."))
    model.script("handed over with the task", Say("# Penguins\n\nThey swim at 36 km/h."))
    await ada.write(thread, "how fast are they?")
    await story.known(task["task_id"], "Ada said: how fast are they?")
    hold.set()

    await ada.reads(thread, "They swim at 36 km/h.")
    await ada.reads(await ada.channel("reports"), "They swim at 36 km/h.")
    await ada.reads(story.chat, "The text on penguins is ready.")
    done = await story.known(task["task_id"], "cleaned up")
    written = await story.known(done["handoffs"][0]["to_task"], "cleaned up")

    said = await ada.messages(story.chat)
    assert said.count("The text on penguins is ready.") == 1
    assert heard(model, "done by writing, is completed") == 1
    assert [len(one["runs"]) for one in (done, written)] == [1, 1]
    assert (done["task"]["state"], written["task"]["state"]) == ("completed", "completed")
    assert not [key for key in await story.sessions() if task["task_id"] in key or written["task"]["task_id"] in key]


async def test_a_slash_command_written_in_discord_asks_no_model_but_the_agents(story: Story) -> None:
    story.model.script("count the owls", Say("There are 7 owls."))
    story.model.script("News of the work", Say("Owls are counted."))

    await story.ada.write(story.chat, "/spawn_agent @research count the owls")
    reply = await story.ada.sees(
        story.chat, lambda one: one["author"]["username"] == "assistant" and "count the owls" in one["content"]
    )
    task = await story.task("count the owls")
    await story.ada.reads(story.chat, "Owls are counted.")

    assert task["task_id"] in reply["content"]
    asked = story.model.said("/spawn_agent @research count")
    assert all("News of the work" in json.dumps(request["messages"]) for request in asked), (
        "it is there as history only"
    )


@pytest.mark.proves("obeyed.chat")
async def test_in_the_chat_an_operators_approval_counts_and_nobody_elses(story: Story) -> None:
    ada, grace, chat = story.ada, story.grace, story.chat
    story.model.script("count the swans", Say("There are 4 swans."))
    story.model.script("News of the work", Say("Swans are counted."))
    await grace.write(chat, "/spawn_agent --review @research count the swans")
    task = await story.task("count the swans")
    await story.known(task["task_id"], "the result waits for a review")

    await grace.write(chat, f"/control_task approve {task['task_id']}")
    await ada.reads(chat, "Only an owner of this OpenClaw or an operator may approve")
    await ada.write(chat, f"/control_task approve {task['task_id']}")

    done = await story.known(task["task_id"], "cleaned up")
    told = [event["text"] for event in done["events"] if event["type"].startswith("review.")]
    assert told == [f"approved by discord user {ada.user_id} through OpenClaw's main"]
    assert done["task"]["state"] == "completed"


async def test_news_that_the_model_failed_at_come_to_the_chat_once_with_those_that_came_meanwhile(story: Story) -> None:
    for birds in ("terns", "gulls"):
        story.model.script(f"count the {birds}", Say(f"There are 9 {birds}."))
    story.model.script("News of the work", Fail(400))
    for birds in ("terns", "gulls"):
        await story.ada.write(story.chat, f"/spawn_agent @research count the {birds}")
        await story.known((await story.task(f"count the {birds}"))["task_id"], "cleaned up")
    await story.asked("There are 9 gulls.")  # by then both are one message
    story.model.script("News of the work", Say("Terns and gulls are counted."))

    await story.ada.reads(story.chat, "Terns and gulls are counted.")

    await story.until_all_is_told()
    assert (await story.ada.messages(story.chat)).count("Terns and gulls are counted.") == 1


async def test_news_whose_turn_a_crash_broke_off_come_to_the_chat_once_and_so_do_later_ones(story: Story) -> None:
    hold = asyncio.Event()
    story.model.script("count the storks", Say("There are 3 storks."))
    story.model.script("count the cranes", Say("There are 5 cranes."))
    story.model.script("There are 3 storks.", Hold(hold, Say("Storks are counted.")))
    story.model.script("There are 5 cranes.", Say("Cranes are counted."))
    story.model.script("Your previous turn was interrupted", Say("Storks are counted."))
    await story.ada.write(story.chat, "/spawn_agent @research count the storks")
    await story.asked("News of the work you delegated")

    await story.openclaw.stop(signal.SIGKILL)
    hold.set()
    await story.openclaw.start()
    await story.ada.reads(story.chat, "Storks are counted.")
    assert heard(story.model, "There are 3 storks.") == 1
    await connected_to_discord(story.gateway)
    await story.ada.write(story.chat, "/spawn_agent @research count the cranes")
    await story.ada.reads(story.chat, "Cranes are counted.")

    await story.until_all_is_told()
    said = await story.ada.messages(story.chat)
    assert (said.count("Storks are counted."), said.count("Cranes are counted.")) == (1, 1)


@pytest.mark.parametrize(
    ("victim", "how", "away_s"),
    [
        ("gateway", signal.SIGKILL, 0),
        ("coordinator", signal.SIGKILL, 0),
        ("gateway", signal.SIGTERM, 0),
        ("gateway", signal.SIGKILL, 60),
    ],
)
async def test_work_is_done_and_announced_once_though_one_side_ends_in_the_middle(
    story: Story, victim: str, how: signal.Signals, away_s: int
) -> None:
    name = f"{victim} {how.name} {away_s}"
    hold, about = asyncio.Event(), f"find out about the {name} bats"
    story.model.script(about, Hold(hold, Call("exec", {"command": "echo bats"})), Say(f"Bats of the {name}."))
    story.model.script("please delegate", Call.plugin("spawn_agent", task=about, agent="research"), Say("Delegated."))
    story.model.script("News of the work", Say(f"News: bats of the {name}."))
    await story.ada.write(story.chat, f"please delegate the {name} bats")
    task = await story.task(about)
    await story.asked(f"# Task {task['task_id']}: ")
    await story.ada.reads(story.chat, "Delegated.")

    killed = story.openclaw if victim == "gateway" else story.coordinator
    if how is signal.SIGTERM:  # it waits for what it works on
        asyncio.get_running_loop().call_later(1, hold.set)
    await killed.stop(how)
    hold.set()
    await asyncio.sleep(away_s)
    await killed.start()
    done = await story.known(task["task_id"], "cleaned up")
    await story.ada.reads(story.chat, f"News: bats of the {name}.")

    assert (done["task"]["state"], len(done["runs"])) == ("completed", 1)
    assert (await story.ada.messages(story.chat)).count(f"News: bats of the {name}.") == 1
    thread = await story.ada.get(f"/channels/{done['task']['thread_url'].rsplit('/', 1)[1]}/messages")
    assert [one["content"] for one in thread].count(f"Bats of the {name}.") == 1
    assert not [key for key in await story.sessions() if task["task_id"] in key]


def heard(model: ScriptedModel, words: str) -> int:
    """How often a session that has heard these words has heard them, by its last request, which has all it knows."""
    return json.dumps(model.said(words)[-1]["messages"], ensure_ascii=False).count(words)
