"""What Discord refuses is done another way, is waited for, or is told to a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from claw_discord_coord.errors import DiscordRefused, DiscordUnavailable
from claw_discord_coord.models import TaskState
from claw_discord_coord.ports import BoardView, ChannelPost
from tests.contract.workspace_scene import FORUM, Scene, a_scene, a_task, ended

pytestmark = pytest.mark.anyio

THREADS = "/channels/*/messages/*/threads"
MESSAGES = "/channels/*/messages"


def refuse(scene: Scene, method: str, path: str, code: int, *, times: int | None = 1, skip: int = 0) -> Any:
    body = json.dumps({"message": "No.", "code": code})
    return scene.faults.fail(method, path, status=400, body=body, times=times, skip=skip)


@pytest.mark.parametrize("code", [50035, 20031, 200001])
async def test_a_thread_whose_name_has_a_forbidden_word_is_named_by_the_tasks_id(code: int) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        refuse(scene, "POST", THREADS, code)
        task = a_task(title="A word that this server forbids")

        place = await workspace.open(task)

        thread = await scene.ada.call("GET", f"/channels/{place.thread_id}")
        assert thread["name"] == task.id


@pytest.mark.parametrize("code", [160006, 20028, 40062, 130000])
async def test_a_refusal_that_passes_is_an_outage_and_the_next_attempt_succeeds(code: int) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        refuse(scene, "POST", THREADS, code)
        task = a_task()

        with pytest.raises(DiscordUnavailable, match=str(code)):
            await workspace.open(task)
        place = await workspace.open(task)

        assert len(await scene.ada.messages(place.channel_id)) == 1


@pytest.mark.parametrize("code", [200000, 240000, 50035])
async def test_a_card_with_a_forbidden_word_shows_the_tasks_id(code: int) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        refuse(scene, "POST", MESSAGES, code)
        task = a_task(title="A forbidden word")
        place = await workspace.open(task)
        await workspace.close(ended(task))

        (embed,) = (await scene.ada.card(place))["embeds"]
        assert (embed["title"], embed["author"]["name"]) == (task.id, "✅ Completed")
        assert "forbidden" not in json.dumps(embed)


async def test_an_edit_of_a_card_with_a_forbidden_word_shows_the_tasks_id() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        refuse(scene, "PATCH", "/channels/*/messages/*", 200000)
        await workspace.show(task.model_copy(update={"state": TaskState.INPUT_REQUIRED, "reason": "A forbidden word"}))

        assert (await scene.ada.card(place))["embeds"][0]["title"] == task.id


async def test_without_a_thread_the_card_alone_shows_the_state_and_has_the_buttons() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        refuse(scene, "POST", THREADS, 50013, times=None)
        task = a_task()
        with pytest.raises(DiscordRefused):
            await workspace.open(task)
        with pytest.raises(DiscordRefused):
            await workspace.show(task.model_copy(update={"state": TaskState.INPUT_REQUIRED}))

        (channel,) = [one for one in await scene.ada.channels() if one["name"] == "research"]
        (card,) = await scene.ada.messages(channel["id"])
        assert [button["label"] for row in card["components"] for button in row["components"]][:1] == ["Approve"]


@pytest.mark.parametrize("code", [40005, 50045, 50123, 400001])
async def test_files_that_discord_does_not_take_are_named_in_the_text(tmp_path: Path, code: int) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        (tmp_path / "plot.png").write_bytes(b"x")
        refuse(scene, "POST", f"/channels/{place.thread_id}/messages", code)

        await workspace.say(task, "result", "The result.", files=[tmp_path / "plot.png"])

        (text,) = await scene.ada.texts(place.thread_id)
        assert text.startswith("The result.")
        assert "plot.png" in text


async def test_a_reply_whose_message_cannot_be_referred_to_is_posted_without_the_reference() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        refuse(scene, "POST", f"/channels/{place.thread_id}/messages", 160002)

        await workspace.say(task, "answer/1", "Is this a command?", reply_to=place.message_id)

        assert await scene.ada.texts(place.thread_id) == ["Is this a command?"]


async def test_a_forum_post_whose_name_has_a_forbidden_word_gets_a_plain_name() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        await workspace.send(ChannelPost("papers", "one", "The first.", title="One", forum=True))
        (forum,) = await scene.ada.channels(FORUM)
        refuse(scene, "POST", f"/channels/{forum['id']}/threads", 200001)

        sent = await workspace.send(ChannelPost("papers", "two", "The second.", title="A forbidden word", forum=True))

        post = await scene.ada.call("GET", f"/channels/{sent.channel_id}")
        assert post["name"].startswith("post-")
        assert await scene.ada.texts(sent.channel_id) == ["The second."]


async def test_a_named_thread_whose_name_has_a_forbidden_word_is_found_again() -> None:
    async with a_scene() as scene:
        async with scene.workspace() as workspace:
            refuse(scene, "POST", THREADS, 50035)
            first = await workspace.send(ChannelPost("reports", "one", "The first.", thread="A forbidden word"))
        async with scene.workspace() as workspace:
            second = await workspace.send(ChannelPost("reports", "two", "The second.", thread="A forbidden word"))

        assert first.channel_id == second.channel_id


async def test_a_board_with_a_forbidden_word_shows_ids() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        refuse(scene, "POST", MESSAGES, 200000)
        task = a_task(title="A forbidden word")

        await workspace.show_board(BoardView((task,), 0, (), {}))

        channel = await scene.ada.channel_named("registry")
        (board,) = await scene.ada.messages(channel["id"])
        assert task.id in json.dumps(board["embeds"])
        assert "forbidden" not in json.dumps(board["embeds"])
