"""People on Discord and the running coordinator: buttons of cards and of the board, words in threads, strangers."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
import yarl

from claw_discord_coord.app.coordinator import Running, open_coordinator
from claw_discord_coord.config.file import ConfigFile
from claw_discord_coord.config.locate import locate
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.localcord import LocalDiscord
from claw_discord_coord.models import DeliveryState, NewTask, Task, TaskState
from claw_discord_coord.registry.transitions import FINAL
from tests.judged_discord import judged_discord

pytestmark = pytest.mark.anyio

SLEEP = "import json, sys, time; json.load(sys.stdin); print('asleep', flush=True); time.sleep(60)"
REPORT = "import json, sys; json.load(sys.stdin); print(json.dumps({'text': 'the report', 'kind': 'report'}))"


@dataclass
class Scene:
    """A local Discord, a coordinator on it, and what a person sees and does through Discord's API."""

    local: LocalDiscord
    running: Running
    person: aiohttp.ClientSession
    stranger: aiohttp.ClientSession

    async def spawn(self, agent: str, **options: Any) -> Task:
        caller = Caller(f"r-{secrets.token_hex(4)}", "test", "ada")
        new = NewTask(task="do it", agent=agent, **options)
        return (await self.running.coordinator.delegation.spawn(new, caller)).task

    async def get(self, path: str) -> Any:
        async with self.person.get(f"{self.local.api_base}{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def channel(self, name: str) -> str:
        channels = await self.get(f"/guilds/{self.local.ready.guild_id}/channels")
        return next(channel["id"] for channel in channels if channel["name"] == name)

    async def button(self, channel_name: str, action: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The first button of that action in a channel, and its message."""
        for message in await self.get(f"/channels/{await self.channel(channel_name)}/messages"):
            for row in message["components"]:
                for button in row["components"]:
                    if button["custom_id"].endswith(f":{action}"):
                        return button, message
        raise AssertionError(f"no button {action} in #{channel_name}")

    async def click(self, channel_name: str, action: str, *, by: aiohttp.ClientSession | None = None) -> None:
        assert await self.press(*await until(lambda: self.button(channel_name, action)), by=by) == 204

    async def press(
        self, button: dict[str, Any], message: dict[str, Any], *, by: aiohttp.ClientSession | None = None
    ) -> int:
        """Click a button that has been seen; answers Discord's status, which is 400 when it has gone meanwhile."""
        click = {
            "type": 3,
            "application_id": message["author"]["id"],
            "guild_id": self.local.ready.guild_id,
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "message_flags": 0,
            "session_id": "test",
            "nonce": secrets.token_hex(8),
            "data": {"component_type": 2, "custom_id": button["custom_id"]},
        }
        async with (by or self.person).post(f"{self.local.api_base}/interactions", json=click) as answer:
            return answer.status

    async def write(self, thread_id: str, text: str, *, by: aiohttp.ClientSession | None = None) -> None:
        async with (by or self.person).post(
            f"{self.local.api_base}/channels/{thread_id}/messages", json={"content": text}
        ) as answer:
            assert answer.status == 200, await answer.text()

    async def in_state(self, task_id: str, state: TaskState) -> Task:
        async def look() -> Task:
            task = await self.running.coordinator.registry.tasks.get(task_id)
            assert task.state is state, task.state
            return task

        return await until(look)


async def until(look: Callable[[], Awaitable[Any]], patience_s: float = 15) -> Any:
    """What the look finds, once it finds it."""
    end = asyncio.get_running_loop().time() + patience_s
    while True:
        try:
            return await look()
        except (
            AssertionError,
            StopIteration,
            RuntimeError,
            ValueError,
        ):  # a ValueError: no message yet, or not the only one
            if asyncio.get_running_loop().time() > end:
                raise
        await asyncio.sleep(0.05)


@asynccontextmanager
async def scene_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    async with judged_discord(limits=False) as local:
        people = local.ready.people
        monkeypatch.setenv("BOT_TOKEN", local.ready.bots[0].token)
        settings = {
            "discord": {
                "token": "${BOT_TOKEN}",
                "guild_id": local.ready.guild_id,
                "api_base": local.api_base,
                "gateway_url": local.gateway_url,
            },
            "operators": {"users": [people[0].user_id]},
            "agents": {
                name: {
                    "purpose": "Tests.",
                    "channel": name,
                    "runtime": {"kind": "command", "command": ["python", "-c", code]},
                }
                for name, code in (("sleeper", SLEEP), ("reporter", REPORT))
            },
            "destinations": {"files": {"kind": "file", "folder": "out", "approval": True}},
            "routes": [{"when": {"kind": "report"}, "to": ["files"]}],
        }
        (folder / "skill.yaml").write_text(yaml.safe_dump(settings))
        located = locate(folder / "skill.yaml", None, here=folder)
        headers = [{"Authorization": person.token} for person in people]
        async with (
            open_coordinator(ConfigFile.open(located.file), located) as running,
            aiohttp.ClientSession(headers=headers[0]) as ada,
            aiohttp.ClientSession(headers=headers[1]) as grace,
        ):
            yield Scene(local, running, ada, grace)


@pytest.fixture
async def scene(tmp_path: Path, anyio_backend: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr("claw_discord_coord.coordination.people.board.EVERY_S", 0.2)
    async with scene_in(tmp_path, monkeypatch) as opened:
        yield opened


async def test_an_operator_stops_a_task_by_the_button_of_its_card(scene: Scene) -> None:
    task = await scene.spawn("sleeper")
    await scene.click("sleeper", "stop")
    stopped = await scene.in_state(task.id, TaskState.CANCELED)
    assert stopped.reason == "canceled by Ada"


@pytest.mark.proves("obeyed.click")
async def test_a_stranger_stops_nothing(scene: Scene) -> None:
    task = await scene.spawn("sleeper")
    await scene.click("sleeper", "stop", by=scene.stranger)
    working = await scene.in_state(task.id, TaskState.WORKING)

    async def placed() -> Task:
        found = await scene.running.coordinator.registry.tasks.get(working.id)
        assert found.thread_id
        return found

    thread_id = (await until(placed)).thread_id
    await scene.write(thread_id, "stop", by=scene.stranger)
    await asyncio.sleep(1)
    found = await scene.running.coordinator.registry.tasks.get(task.id)
    assert (found.state, found.cancel_requested) == (TaskState.WORKING, None)
    await scene.write(thread_id, "stop")
    await scene.in_state(task.id, TaskState.CANCELED)


@pytest.mark.proves("obeyed.operators-now")
async def test_who_may_command_changes_with_skill_yaml(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada is an operator no more, and everyone with a role that Grace has is: by a click, and by a word."""
    monkeypatch.setattr("claw_discord_coord.config.file.LOOK_S", 0.05)
    guild, grace = f"{scene.local.api_base}/guilds/{scene.local.ready.guild_id}", scene.local.ready.people[1].user_id
    async with scene.person.post(f"{guild}/roles", json={"name": "operators"}) as answer:
        role = (await answer.json())["id"]
    async with scene.person.put(f"{guild}/members/{grace}/roles/{role}") as answer:
        assert answer.status == 204, await answer.text()
    task = await scene.spawn("sleeper")
    await until(lambda: scene.button("sleeper", "stop"))
    written = yaml.safe_load((tmp_path / "skill.yaml").read_text())
    (tmp_path / "skill.yaml").write_text(yaml.safe_dump({**written, "operators": {"roles": [role]}}))

    async def taken_over() -> str:
        assert scene.running.coordinator.config().operators.roles == (role,)
        found = await scene.running.coordinator.registry.tasks.get(task.id)
        assert found.thread_id
        return found.thread_id

    thread_id = await until(taken_over)
    await scene.click("sleeper", "stop")
    await scene.write(thread_id, "stop")
    await scene.write(thread_id, "stop", by=scene.stranger)
    assert (await scene.in_state(task.id, TaskState.CANCELED)).reason == "canceled by Grace"


async def test_an_operator_approves_a_result_by_button(scene: Scene) -> None:
    task = await scene.spawn("reporter", review=True)
    await scene.in_state(task.id, TaskState.INPUT_REQUIRED)
    await scene.click("reporter", "approve")
    await scene.in_state(task.id, TaskState.COMPLETED)


async def test_a_result_that_is_approved_and_rejected_at_once_ends_as_the_one_judgment_says(scene: Scene) -> None:
    task = await scene.spawn("reporter", review=True)
    await scene.in_state(task.id, TaskState.INPUT_REQUIRED)
    seen = [await until(lambda action=action: scene.button("reporter", action)) for action in ("approve", "reject")]
    await asyncio.gather(*(scene.press(button, message) for button, message in seen))

    async def ended() -> Task:
        found = await scene.running.coordinator.registry.tasks.get(task.id)
        assert found.state in FINAL, found.state
        return found

    state = (await until(ended)).state
    told = [event.type for event in await scene.running.coordinator.registry.events.of_task(task.id)]
    judgments = {TaskState.COMPLETED: "review.approved", TaskState.REJECTED: "review.rejected"}
    assert [one for one in told if one.startswith("review.")] == [judgments[state]]


async def test_an_operator_lets_a_delivery_pass_by_the_board(scene: Scene) -> None:
    task = await scene.spawn("reporter")
    await scene.in_state(task.id, TaskState.COMPLETED)
    await scene.click("registry", "approve")

    async def delivered() -> None:
        (delivery,) = await scene.running.coordinator.registry.deliveries.of_task(task.id)
        assert delivery.state is DeliveryState.DELIVERED, delivery

    await until(delivered)


@pytest.mark.proves("shown.board")
async def test_what_goes_on_is_on_the_board(scene: Scene) -> None:
    task = await scene.spawn("sleeper")

    async def shown() -> None:
        (message,) = await scene.get(f"/channels/{await scene.channel('registry')}/messages")
        assert task.title in json.dumps(message["embeds"])

    await until(shown)
    await scene.running.coordinator.control.cancel(task.id, "ada")


async def test_an_operator_approves_by_a_reaction_and_a_stranger_does_not(scene: Scene) -> None:
    task = await scene.spawn("reporter", review=True)
    await scene.in_state(task.id, TaskState.INPUT_REQUIRED)
    _, card = await until(lambda: scene.button("reporter", "approve"))
    path = f"/channels/{card['channel_id']}/messages/{card['id']}/reactions/%E2%9C%85/@me"
    for person in (scene.stranger, scene.person):
        found = await scene.running.coordinator.registry.tasks.get(task.id)
        assert found.state is TaskState.INPUT_REQUIRED
        async with person.put(yarl.URL(f"{scene.local.api_base}{path}", encoded=True)) as answer:
            assert answer.status == 204, await answer.text()
        await asyncio.sleep(0.5)
    await scene.in_state(task.id, TaskState.COMPLETED)
    events = await scene.running.coordinator.registry.events.of_task(task.id, types=["review.approved"])
    assert [event.text for event in events] == ["approved by Ada"]


async def test_an_operator_lets_a_delivery_pass_by_a_word_in_the_thread(scene: Scene) -> None:
    task = await scene.spawn("reporter")
    ended = await scene.in_state(task.id, TaskState.COMPLETED)
    thread_id = ended.thread_id
    assert thread_id

    async def asked() -> None:
        texts = [message["content"] for message in await scene.get(f"/channels/{thread_id}/messages")]
        assert any("held for approval" in text for text in texts)

    await until(asked)
    await scene.write(thread_id, "yes please")

    async def delivered() -> None:
        (delivery,) = await scene.running.coordinator.registry.deliveries.of_task(task.id)
        assert delivery.state is DeliveryState.DELIVERED, delivery

    await until(delivered)


@pytest.mark.parametrize("code", [50035, 160006])
async def test_a_task_runs_though_discord_refuses_its_thread_at_first(scene: Scene, code: int) -> None:
    body = json.dumps({"message": "No.", "code": code})
    scene.local.faults.fail("POST", "/channels/*/messages/*/threads", status=400, body=body)
    task = await scene.spawn("reporter")
    ended = await scene.in_state(task.id, TaskState.COMPLETED)
    assert ended.thread_id
    thread = await scene.get(f"/channels/{ended.thread_id}")
    assert (thread["name"] == task.id) is (code == 50035)


async def test_a_task_runs_though_discord_refuses_its_thread_for_good(scene: Scene) -> None:
    body = json.dumps({"message": "Missing Permissions", "code": 50013})
    scene.local.faults.fail("POST", "/channels/*/messages/*/threads", status=403, body=body, times=None)
    task = await scene.spawn("reporter")
    ended = await scene.in_state(task.id, TaskState.COMPLETED)
    assert (ended.thread_id, ended.result and ended.result.text) == (None, "the report")

    async def shown() -> None:
        (card,) = await scene.get(f"/channels/{await scene.channel('reporter')}/messages")
        assert "Completed" in json.dumps(card["embeds"])
        (board,) = await scene.get(f"/channels/{await scene.channel('registry')}/messages")
        assert "Refused by Discord" in json.dumps(board["embeds"])

    await until(shown)
