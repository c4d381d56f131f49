"""Where a text is sent: a channel, a named thread, a forum with tags; anew each time, or in place of the one before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from claw_discord_coord.errors import DiscordUnavailable, Overtaken
from claw_discord_coord.ports import ChannelPost
from claw_discord_coord.workspace.discord_workspace import DiscordWorkspace
from tests.contract.workspace_scene import Killed, Scene, a_scene

pytestmark = pytest.mark.anyio

FORUM = 15
LONG = "\n\n".join(f"Paragraph {number}. " + "Words in it. " * 60 for number in range(6))
LATER = pytest.mark.parametrize("later_s", [5, 3600], ids=["at once", "an hour later"])


@dataclass
class World:
    scene: Scene
    workspace: DiscordWorkspace

    async def threads(self, channel_id: str) -> list[dict[str, Any]]:
        """The threads of a channel, archived ones included, oldest first."""
        scene = self.scene
        active = (await scene.ada.call("GET", f"/guilds/{scene.local.ready.guild_id}/threads/active"))["threads"]
        archived = (await scene.ada.call("GET", f"/channels/{channel_id}/threads/archived/public"))["threads"]
        found = [thread for thread in active if thread["parent_id"] == channel_id] + archived
        return sorted(found, key=lambda thread: int(thread["id"]))

    async def forum(self, name: str = "posts") -> dict[str, Any]:
        (forum,) = [one for one in await self.scene.ada.channels(FORUM) if one["name"] == name]
        return forum

    async def posts(self) -> list[dict[str, Any]]:
        return await self.threads((await self.forum())["id"])

    async def tags_of(self, post: dict[str, Any]) -> set[str]:
        names = {tag["id"]: tag["name"] for tag in (await self.forum())["available_tags"]}
        return {names[id_] for id_ in post["applied_tags"]}

    async def texts(self, channel: str = "reports") -> list[str]:
        return await self.scene.ada.texts((await self.scene.ada.channel_named(channel))["id"])


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_scene() as scene, scene.workspace() as workspace:
        yield World(scene, workspace)


# Threads.


async def test_a_named_thread_is_made_once_and_takes_everything(world: World) -> None:
    first = await world.workspace.send(ChannelPost("reports", "d-1", "One.", thread="Weekly"))
    await world.workspace.send(ChannelPost("reports", "d-2", "Two.", thread="Weekly"))

    (thread,) = await world.threads((await world.scene.ada.channel_named("reports"))["id"])
    assert (thread["name"], thread["id"]) == ("Weekly", first.channel_id)
    assert await world.scene.ada.texts(thread["id"]) == ["One.", "Two."]


@pytest.mark.parametrize("archived", [False, True])
async def test_a_thread_that_people_have_made_is_used(world: World, *, archived: bool) -> None:
    channel_id = world.scene.local.admin.add_channel("reports")
    made = await world.scene.ada.call("POST", f"/channels/{channel_id}/threads", {"name": "Weekly", "type": 11})
    if archived:
        await world.scene.ada.call("PATCH", f"/channels/{made['id']}", {"archived": True})

    sent = await world.workspace.send(ChannelPost("reports", "d-1", "One.", thread="Weekly"))

    assert sent.channel_id == made["id"]


async def test_a_renamed_thread_is_still_the_one_and_a_deleted_one_comes_anew(world: World) -> None:
    sent = await world.workspace.send(ChannelPost("reports", "d-1", "One.", thread="Weekly"))
    await world.scene.ada.call("PATCH", f"/channels/{sent.channel_id}", {"name": "Every week"})
    again = await world.workspace.send(ChannelPost("reports", "d-2", "Two.", thread="Weekly"))
    await world.scene.ada.call("DELETE", f"/channels/{sent.channel_id}")

    anew = await world.workspace.send(ChannelPost("reports", "d-3", "Three.", thread="Weekly"))

    assert again.channel_id == sent.channel_id != anew.channel_id
    assert await world.scene.ada.texts(anew.channel_id) == ["Three."]


@LATER
@pytest.mark.parametrize("path", ["/channels/*/messages", "/channels/*/threads"])
@pytest.mark.proves("doubled.post")
async def test_an_answer_lost_while_a_thread_is_made_leaves_one_thread(world: World, path: str, later_s: float) -> None:
    world.scene.faults.fail("POST", path, status=503, when="after")
    with pytest.raises(DiscordUnavailable):
        await world.workspace.send(ChannelPost("reports", "d-1", "One.", thread="Weekly"))
    world.scene.pass_(seconds=later_s)

    sent = await world.workspace.send(ChannelPost("reports", "d-1", "One.", thread="Weekly"))

    channel_id = (await world.scene.ada.channel_named("reports"))["id"]
    assert [thread["id"] for thread in await world.threads(channel_id)] == [sent.channel_id]
    assert await world.scene.ada.texts(sent.channel_id) == ["One."]


# Forums.


async def test_a_forum_post_has_its_title_text_and_tags(world: World) -> None:
    sent = await world.workspace.send(
        ChannelPost("posts", "d-1", LONG, title="Survey", forum=True, tags=("report", "fields", "Report"))
    )

    (post,) = await world.posts()
    assert (post["name"], post["id"]) == ("Survey", sent.channel_id)
    assert await world.tags_of(post) == {"report", "fields"}
    assert "".join("".join(await world.scene.ada.texts(post["id"])).split()) == "".join(LONG.split())


async def test_tags_are_made_once_and_those_of_people_stay(world: World) -> None:
    await world.workspace.send(ChannelPost("posts", "d-1", "One.", title="One", forum=True, tags=("report",)))
    forum = await world.forum()
    tags = [*forum["available_tags"], {"name": "theirs"}]
    await world.scene.ada.call("PATCH", f"/channels/{forum['id']}", {"available_tags": tags})

    await world.workspace.send(ChannelPost("posts", "d-2", "Two.", title="Two", forum=True, tags=("REPORT", "new")))

    assert [tag["name"] for tag in (await world.forum())["available_tags"]] == ["report", "theirs", "new"]
    assert await world.tags_of((await world.posts())[1]) == {"report", "new"}


async def test_more_tags_than_there_is_room_for_are_left_out(world: World) -> None:
    for number in range(5):
        tags = [f"tag {number}.{place}" for place in range(6)]
        await world.workspace.send(ChannelPost("posts", f"d-{number}", "Text.", title="Post", forum=True, tags=tags))

    posts = await world.posts()
    assert [len(post["applied_tags"]) for post in posts] == [5, 5, 5, 5, 0]
    assert len((await world.forum())["available_tags"]) == 20


async def test_a_bot_that_may_not_make_tags_posts_without_them(world: World) -> None:
    await world.workspace.send(ChannelPost("posts", "d-1", "One.", title="One", forum=True))
    body = '{"message": "Missing Permissions", "code": 50013}'
    world.scene.faults.fail("PATCH", "/channels/*", status=403, body=body)

    await world.workspace.send(ChannelPost("posts", "d-2", "Two.", title="Two", forum=True, tags=("report",)))

    assert [post["name"] for post in await world.posts()] == ["One", "Two"]


@LATER
@pytest.mark.proves("doubled.post")
async def test_a_kill_between_a_forum_post_and_its_confirmation_leaves_one_post(later_s: float) -> None:
    async with a_scene() as scene:
        async with scene.workspace() as workspace:
            scene.records.posts.dies_before_confirm = True
            with pytest.raises(Killed):
                await workspace.send(ChannelPost("posts", "d-1", "One.", title="Survey", forum=True))
        scene.pass_(seconds=later_s)

        async with scene.workspace() as workspace:
            sent = await workspace.send(ChannelPost("posts", "d-1", "One.", title="Survey", forum=True))
            posts = await World(scene, workspace).posts()

        assert [post["id"] for post in posts] == [sent.channel_id]


async def test_an_archived_forum_post_is_found_again() -> None:
    async with a_scene() as scene:
        async with scene.workspace() as workspace:
            scene.records.posts.dies_before_confirm = True
            with pytest.raises(Killed):
                await workspace.send(ChannelPost("posts", "d-1", "One.", title="Survey", forum=True))
            (post,) = await World(scene, workspace).posts()
        await scene.ada.call("PATCH", f"/channels/{post['id']}", {"archived": True})

        async with scene.workspace() as workspace:
            sent = await workspace.send(ChannelPost("posts", "d-1", "One.", title="Survey", forum=True))

        assert sent.channel_id == post["id"]


@pytest.mark.parametrize("status", [502, 503])
@pytest.mark.proves("doubled.post")
async def test_a_forum_post_that_was_made_but_answered_with_an_error_is_there_once(world: World, status: int) -> None:
    """discord.py repeats the request after a 502, and Discord then has two posts."""
    await world.workspace.send(ChannelPost("posts", "d-0", "Zero.", title="Before", forum=True))
    fault = world.scene.faults.fail("POST", "/channels/*/threads", status=status, when="after")
    if status == 503:
        with pytest.raises(DiscordUnavailable):
            await world.workspace.send(ChannelPost("posts", "d-1", "One.", title="Survey", forum=True))

    sent = await world.workspace.send(ChannelPost("posts", "d-1", "One.", title="Survey", forum=True))

    assert fault.hits == 1
    posts = await world.posts()
    assert [post["name"] for post in posts] == ["Before", "Survey"]
    assert posts[1]["id"] == sent.channel_id


async def test_two_deliveries_with_the_same_words_are_two_forum_posts(world: World) -> None:
    for key in ("d-1", "d-2"):
        await world.workspace.send(ChannelPost("posts", key, "Same.", title="Survey", forum=True))

    assert len(await world.posts()) == 2


@pytest.mark.proves("lost.same-words")
async def test_a_person_who_posted_the_same_words_is_not_taken_for_the_bot(world: World) -> None:
    await world.workspace.send(ChannelPost("posts", "d-0", "Zero.", title="Before", forum=True))
    world.scene.faults.drop("POST", "/channels/*/threads")
    with pytest.raises(DiscordUnavailable):
        await world.workspace.send(ChannelPost("posts", "d-1", "One.", title="Survey", forum=True))
    forum = await world.forum()
    theirs = {"name": "Survey", "message": {"content": "One."}}
    await world.scene.ada.call("POST", f"/channels/{forum['id']}/threads", theirs)

    await world.workspace.send(ChannelPost("posts", "d-1", "One.", title="Survey", forum=True))

    assert [post["name"] for post in await world.posts()] == ["Before", "Survey", "Survey"]


# In place.


async def test_a_later_text_takes_the_place_of_the_one_before(world: World) -> None:
    first = await world.workspace.send(ChannelPost("reports", "d-1", "One.", replace="status"))
    again = await world.workspace.send(ChannelPost("reports", "d-2", "Two.", replace="status"))

    assert first == again
    assert await world.texts() == ["Two."]


@pytest.mark.proves("doubled.delivery-order")
async def test_a_late_text_leaves_a_newer_one_where_it_is(world: World) -> None:
    early, late = datetime(2026, 1, 1, 8, tzinfo=UTC), datetime(2026, 1, 1, 9, tzinfo=UTC)
    await world.workspace.send(ChannelPost("reports", "d-2", "Two.", replace="status", as_of=late))
    with pytest.raises(Overtaken):
        await world.workspace.send(ChannelPost("reports", "d-1", "One.", replace="status", as_of=early))
    assert await world.texts() == ["Two."]

    await world.workspace.send(
        ChannelPost("reports", "d-1", "One.", replace="status", as_of=late + timedelta(minutes=1))
    )
    assert await world.texts() == ["One."]


async def test_two_lasting_names_do_not_touch_each_other(world: World) -> None:
    await world.workspace.send(ChannelPost("reports", "d-1", "One.", replace="status"))
    await world.workspace.send(ChannelPost("reports", "d-2", "Two.", replace="weather"))
    await world.workspace.send(ChannelPost("reports", "d-3", "Three.", replace="status"))

    assert await world.texts() == ["Three.", "Two."]


async def test_a_shorter_text_deletes_what_is_left_of_a_longer_one_and_a_longer_one_adds(world: World) -> None:
    for key, text in (("d-1", LONG), ("d-2", "Short."), ("d-3", LONG)):
        await world.workspace.send(ChannelPost("reports", key, text, replace="status"))
        assert "".join("".join(await world.texts()).split()) == "".join(text.split())


async def test_the_same_delivery_again_costs_no_request(world: World) -> None:
    await world.workspace.send(ChannelPost("reports", "d-1", LONG, replace="status"))
    world.scene.faults.fail("*", "/channels*", status=503, times=None)

    await world.workspace.send(ChannelPost("reports", "d-1", LONG, replace="status"))


@pytest.mark.parametrize("which", [0, 1])
async def test_what_people_have_deleted_comes_anew_in_order(world: World, which: int) -> None:
    await world.workspace.send(ChannelPost("reports", "d-1", LONG, replace="status"))
    channel_id = (await world.scene.ada.channel_named("reports"))["id"]
    message = (await world.scene.ada.messages(channel_id))[which]
    await world.scene.ada.call("DELETE", f"/channels/{channel_id}/messages/{message['id']}")

    await world.workspace.send(ChannelPost("reports", "d-2", LONG, replace="status"))

    assert "".join("".join(await world.texts()).split()) == "".join(LONG.split())


async def test_the_files_of_the_earlier_text_go_with_it(world: World, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    for key, files in (("d-1", ["a.txt"]), ("d-2", ["b.txt"]), ("d-3", [])):
        await world.workspace.send(
            ChannelPost("reports", key, key, files=[tmp_path / file for file in files], replace="status")
        )
        channel_id = (await world.scene.ada.channel_named("reports"))["id"]
        (message,) = await world.scene.ada.messages(channel_id)
        assert [attachment["filename"] for attachment in message["attachments"]] == files
        assert message["content"] == key


@LATER
@pytest.mark.parametrize("where", [{}, {"thread": "Weekly"}, {"forum": True, "title": "Status"}], ids=str)
@pytest.mark.proves("doubled.replaceable")
async def test_a_kill_on_the_way_leaves_one_standing_text(where: dict[str, Any], later_s: float) -> None:
    async with a_scene() as scene:
        for key, text in (("d-1", "One."), ("d-2", "Two.")):
            async with scene.workspace() as workspace:
                scene.records.posts.dies_before_confirm = key == "d-1"
                if key == "d-1":
                    with pytest.raises(Killed):
                        await workspace.send(ChannelPost("reports", key, text, replace="status", **where))
            scene.pass_(seconds=later_s)
            async with scene.workspace() as workspace:
                sent = await workspace.send(ChannelPost("reports", "d-2", "Two.", replace="status", **where))

        assert await scene.ada.texts(sent.channel_id) == ["Two."]


async def test_a_lost_answer_to_an_edit_is_made_good(world: World) -> None:
    await world.workspace.send(ChannelPost("reports", "d-1", LONG, replace="status"))
    for method in ("PATCH", "DELETE"):
        world.scene.faults.fail(method, "/channels/*/messages/*", status=503, when="after")
        with pytest.raises(DiscordUnavailable):
            await world.workspace.send(ChannelPost("reports", method, "Short.", replace="status"))
        await world.workspace.send(ChannelPost("reports", method, "Short.", replace="status"))
        assert await world.texts() == ["Short."]
        await world.workspace.send(ChannelPost("reports", f"{method} again", LONG, replace="status"))


async def test_a_standing_forum_post_gets_the_new_title_and_tags(world: World) -> None:
    first = await world.workspace.send(
        ChannelPost("posts", "d-1", "One.", title="Monday", forum=True, tags=("open",), replace="status")
    )
    await world.scene.ada.call("PATCH", f"/channels/{first.channel_id}", {"archived": True})

    again = await world.workspace.send(
        ChannelPost("posts", "d-2", "Two.", title="Tuesday", forum=True, tags=("done",), replace="status")
    )

    assert again == first
    (post,) = await world.posts()
    assert post["name"] == "Tuesday"
    assert await world.tags_of(post) == {"done"}
    assert await world.scene.ada.texts(post["id"]) == ["Two."]


@pytest.mark.parametrize("where", [{"thread": "Weekly"}, {"forum": True, "title": "Status"}], ids=str)
async def test_a_standing_text_whose_thread_people_deleted_comes_anew(world: World, where: dict[str, Any]) -> None:
    sent = await world.workspace.send(ChannelPost("posts", "d-1", LONG, replace="status", **where))
    await world.scene.ada.call("DELETE", f"/channels/{sent.channel_id}")

    anew = await world.workspace.send(ChannelPost("posts", "d-2", "Two.", replace="status", **where))

    assert anew.channel_id != sent.channel_id
    assert await world.scene.ada.texts(anew.channel_id) == ["Two."]


async def test_a_standing_text_in_an_archived_thread_is_edited_there(world: World) -> None:
    sent = await world.workspace.send(ChannelPost("reports", "d-1", LONG, thread="Weekly", replace="status"))
    await world.scene.ada.call("PATCH", f"/channels/{sent.channel_id}", {"archived": True})

    again = await world.workspace.send(ChannelPost("reports", "d-2", "Two.", thread="Weekly", replace="status"))

    assert again == sent
    assert await world.scene.ada.texts(sent.channel_id) == ["Two."]


@LATER
async def test_a_later_text_takes_the_place_of_one_whose_outcome_nobody_knew(world: World, later_s: float) -> None:
    for where in ({"forum": True}, {}):
        path = "/channels/*/threads" if where else "/channels/*/messages"
        world.scene.faults.fail("POST", path, status=503, when="after")
        with pytest.raises(DiscordUnavailable):
            await world.workspace.send(ChannelPost("status", "d-1", "One.", title="Monday", replace="status", **where))
        world.scene.pass_(seconds=later_s)
        await world.workspace.send(ChannelPost("status", "d-2", "Two.", title="Tuesday", replace="status", **where))

    forum = await world.forum("status")
    (post,) = await world.threads(forum["id"])
    assert post["name"] == "Tuesday"
    assert await world.scene.ada.texts(post["id"]) == ["Two."]
    assert await world.texts("status") == ["## Tuesday\nTwo."]
