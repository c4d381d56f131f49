"""What people write in a task's thread is heard once and in order, also what they wrote while nobody listened."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from claw_discord_coord.config.model import OperatorsConfig
from claw_discord_coord.coordination.people.reading import read
from claw_discord_coord.models import Kind
from claw_discord_coord.workspace import discord
from claw_discord_coord.workspace.intake import text_of
from tests.contract.workspace_scene import Scene, a_scene, a_task, ended

pytestmark = pytest.mark.anyio


def _texts(scene: Scene) -> list[str]:
    return [spoken.text for spoken in scene.heard.messages]


async def test_a_persons_message_in_a_tasks_thread_is_passed_on() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())

        message_id = await scene.ada.say(place.thread_id, "Look at the tests, too.")
        await scene.heard.until(lambda: bool(scene.heard.messages))

        (spoken,) = scene.heard.messages
        assert spoken.thread_id == place.thread_id
        assert spoken.message_id == message_id
        assert spoken.author_id == scene.ada.id
        assert spoken.author_name == "Ada"
        assert spoken.text == "Look at the tests, too."


@pytest.mark.proves("obeyed.elsewhere")
async def test_the_bots_own_words_and_those_in_other_places_are_not_passed_on() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        await workspace.say(task, "news", "I say this myself.")
        await scene.ada.say(place.channel_id, "Not in the thread.")
        theirs = await scene.ada.call("POST", f"/channels/{place.channel_id}/threads", {"name": "chat", "type": 11})
        await scene.ada.say(theirs["id"], "In a thread of my own.")

        await scene.ada.say(place.thread_id, "This one.")
        await scene.heard.until(lambda: bool(scene.heard.messages))

        assert _texts(scene) == ["This one."]


@pytest.mark.proves("lost.words")
async def test_messages_written_while_the_coordinator_was_away_are_caught_up_in_order() -> None:
    async with a_scene() as scene:
        task = a_task()
        async with scene.workspace() as workspace:
            place = await workspace.open(task)
            await scene.ada.say(place.thread_id, "before")
            await scene.heard.until(lambda: _texts(scene) == ["before"])
        await scene.ada.say(place.thread_id, "meanwhile 1")
        await scene.grace.say(place.thread_id, "meanwhile 2")

        async with scene.workspace():
            await scene.heard.until(lambda: "meanwhile 2" in _texts(scene))
            await scene.ada.say(place.thread_id, "afterwards")
            await scene.heard.until(lambda: "afterwards" in _texts(scene))

        first_time = list(dict.fromkeys(_texts(scene)))
        assert first_time == ["before", "meanwhile 1", "meanwhile 2", "afterwards"]


async def test_messages_of_a_session_that_was_lost_are_caught_up() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())
        bot_id = scene.local.ready.bots[0].user_id
        scene.faults.lose_events(1, "MESSAGE_CREATE", user_id=bot_id)
        await scene.ada.say(place.thread_id, "Nobody was told of this.")

        scene.faults.invalidate(resumable=False, user_id=bot_id)
        await scene.heard.until(lambda: bool(scene.heard.messages))

        assert _texts(scene) == ["Nobody was told of this."]


async def test_a_message_is_heard_when_the_session_is_resumed() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())
        scene.faults.close_gateway(4000)

        await scene.ada.say(place.thread_id, "While the line was down.")
        await scene.heard.until(lambda: bool(scene.heard.messages))

        assert _texts(scene) == ["While the line was down."]


@pytest.mark.proves("lost.words")
async def test_a_message_that_was_not_taken_comes_again_with_the_next_and_before_it() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())
        scene.heard.refuses_message = True
        await scene.ada.say(place.thread_id, "first")
        await scene.heard.until(lambda: not scene.heard.refuses_message)

        await scene.ada.say(place.thread_id, "second")
        await scene.heard.until(lambda: len(scene.heard.messages) == 2)

        assert _texts(scene) == ["first", "second"]


async def test_a_history_that_could_not_be_read_is_read_with_the_next_message() -> None:
    async with a_scene() as scene:
        async with scene.workspace() as workspace:
            place = await workspace.open(a_task())
        await scene.ada.say(place.thread_id, "meanwhile")
        reads = scene.faults.fail("GET", f"/channels/{place.thread_id}/messages", status=503)

        async with scene.workspace():
            await reads.hit.wait()
            await scene.ada.say(place.thread_id, "now")
            await scene.heard.until(lambda: len(scene.heard.messages) == 2)

        assert _texts(scene) == ["meanwhile", "now"]


async def test_a_message_in_an_archived_thread_is_heard_as_it_opens_the_thread() -> None:
    async with a_scene() as scene:
        task = a_task(kind=Kind.INTERN)
        async with scene.workspace() as workspace:
            place = await workspace.open(task)
            await workspace.close(ended(task))

        async with scene.workspace():
            await scene.ada.say(place.thread_id, "One question.")
            await scene.heard.until(lambda: bool(scene.heard.messages))

        assert _texts(scene) == ["One question."]


async def test_hearing_costs_no_request_in_a_thread_of_this_session() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())
        reads = scene.faults.slow(0.0, "GET", f"/channels/{place.thread_id}/messages")

        await scene.ada.say(place.thread_id, "Hello.")
        await scene.heard.until(lambda: bool(scene.heard.messages))

        assert reads.hits == 0


async def test_what_was_attached_comes_as_a_link() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())

        await scene.ada.upload(place.thread_id, "See this.", "notes.txt", b"notes")
        await scene.heard.until(lambda: bool(scene.heard.messages))

        words, link = _texts(scene)[0].split("\n")
        assert words == "See this."
        assert await scene.ada.download(link) == b"notes"


async def test_what_people_write_comes_with_their_roles_also_what_was_missed() -> None:
    async with a_scene() as scene:
        role = await scene.give_role(scene.grace)
        async with scene.workspace() as workspace:
            place = await workspace.open(a_task())
            await scene.grace.say(place.thread_id, "live")
            await scene.heard.until(lambda: _texts(scene) == ["live"])
        await scene.grace.say(place.thread_id, "missed")
        await scene.ada.say(place.thread_id, "missed, too")

        async with scene.workspace():
            await scene.heard.until(lambda: "missed, too" in _texts(scene))

        heard = {spoken.text: role in spoken.author_roles for spoken in scene.heard.messages}
        assert heard == {"live": True, "missed": True, "missed, too": False}


@pytest.mark.proves("obeyed.operators-now")
async def test_what_was_missed_is_passed_on_only_once_the_roles_of_its_author_are_known() -> None:
    async with a_scene() as scene:
        role = await scene.give_role(scene.grace)
        async with scene.workspace() as workspace:
            place = await workspace.open(a_task())
        await scene.grace.say(place.thread_id, "missed")
        looked_up = scene.faults.fail("GET", f"/guilds/*/members/{scene.grace.id}", status=403)

        async with scene.workspace():
            await looked_up.hit.wait()
            await scene.grace.say(place.thread_id, "now")
            await scene.heard.until(lambda: "now" in _texts(scene))

        assert _texts(scene) == ["missed", "now"]
        assert all(role in spoken.author_roles for spoken in scene.heard.messages)


@pytest.mark.proves("doubled.word-reconnect")
async def test_a_message_that_was_handled_is_not_handled_again_after_a_reconnect() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())
        bot_id = scene.local.ready.bots[0].user_id
        await scene.ada.say(place.thread_id, "First.")
        await scene.heard.until(lambda: len(scene.heard.messages) == 1)
        scene.faults.lose_events(1, "MESSAGE_CREATE", user_id=bot_id)
        await scene.ada.say(place.thread_id, "Second.")

        # The history is read from a little before the cursor on, so it contains both messages.
        scene.faults.invalidate(resumable=False, user_id=bot_id)
        await scene.heard.until(lambda: len(scene.heard.messages) >= 2)

        assert _texts(scene) == ["First.", "Second."]


@pytest.mark.proves("obeyed.bots")
async def test_neither_a_bot_with_an_operators_role_nor_a_webhook_is_passed_on() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        place = await workspace.open(a_task())
        bot = scene.local.ready.bots[1]
        role_id = await scene.give_role(scene.ada)
        await scene.ada.call("PUT", f"/guilds/{scene.local.ready.guild_id}/members/{bot.user_id}/roles/{role_id}")
        scene.operators = OperatorsConfig(users=(bot.user_id,), roles=(role_id,))
        hook = await scene.ada.call("POST", f"/channels/{place.channel_id}/webhooks", {"name": "Ada"})
        in_thread = f"/webhooks/{hook['id']}/{hook['token']}?thread_id={place.thread_id}"
        as_bot = {"Authorization": f"Bot {bot.token}"}
        async with aiohttp.ClientSession(scene.local.api_base + "/") as session:
            for path, headers in ((in_thread, {}), (f"/channels/{place.thread_id}/messages", as_bot)):
                async with session.post(path[1:], json={"content": "stop"}, headers=headers) as response:
                    assert response.status in {200, 204}

        await scene.ada.say(place.thread_id, "Go on.")
        await scene.heard.until(lambda: bool(scene.heard.messages))

        assert await scene.ada.texts(place.thread_id) == ["stop", "stop", "Go on."]
        assert _texts(scene) == ["Go on."]


async def test_a_reaction_to_a_card_or_a_post_is_passed_on_with_its_message_and_nothing_else() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        post = await workspace.say(task, "delivery/d-1/held", "May this be sent?")
        theirs = await scene.ada.say(place.thread_id, "Mine.")
        role = await scene.give_role(scene.grace)

        for person, channel_id, message_id, emoji in (
            (scene.ada, place.thread_id, theirs, "✅"),
            (scene.ada, place.channel_id, place.message_id, "✅"),
            (scene.grace, place.thread_id, post.message_id, "❌"),
        ):
            await person.call("PUT", f"/channels/{channel_id}/messages/{message_id}/reactions/{quote(emoji)}/@me")
        await scene.heard.until(lambda: len(scene.heard.reactions) == 2)

        card, request = sorted(scene.heard.reactions, key=lambda reaction: reaction.event)
        assert (card.task_id, card.event, card.message_id, card.emoji) == (task.id, "card", place.message_id, "✅")
        assert (card.user_id, card.user_name) == (scene.ada.id, "Ada")
        assert (request.event, request.message_id, request.emoji) == ("delivery/d-1/held", post.message_id, "❌")
        assert role in request.user_roles


async def test_a_reply_with_buttons_hangs_on_the_message_that_it_answers() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        theirs = await scene.ada.say(place.thread_id, "stop?")

        for _ in range(2):
            await workspace.say(task, "answer/1", "Is this a command?", reply_to=theirs, buttons=(task,))

        (reply,) = [one for one in await scene.ada.messages(place.thread_id) if one["content"] == "Is this a command?"]
        assert reply["message_reference"]["message_id"] == theirs
        assert [button["label"] for row in reply["components"] for button in row["components"]] == ["Stop"]
        await scene.ada.click(reply, "Stop")
        await scene.heard.until(lambda: bool(scene.heard.clicks))


def test_a_forwarded_message_is_read_and_is_no_command() -> None:
    snapshot: Any = {
        "type": 0, "content": "stop\nand look", "embeds": [], "timestamp": "2026-11-27T10:00:00+00:00", "flags": 0,
        "edited_timestamp": None, "mentions": [], "mention_roles": [], "components": [], "sticker_items": [],
        "attachments": [
            {"id": "5", "filename": "a.png", "size": 1, "url": "https://cdn.example/a.png", "proxy_url": "https://x"}
        ],
    }  # fmt: skip

    class Forward:
        content = ""
        attachments: tuple[discord.Attachment, ...] = ()
        message_snapshots = (discord.MessageSnapshot(SimpleNamespace(http=None), snapshot),)  # type: ignore[arg-type]

    text = text_of(Forward())  # type: ignore[arg-type]

    assert text == "Forwarded message:\n> stop\n> and look\nhttps://cdn.example/a.png"
    assert read(text) is None
