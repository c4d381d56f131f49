"""A channel that skill.yaml names is there once, however its creation goes."""

from __future__ import annotations

import asyncio

import pytest

from claw_discord_coord.errors import DiscordRefused, DiscordUnavailable
from claw_discord_coord.ports import ChannelPost
from tests.contract.workspace_scene import CATEGORY, FORUM, a_scene, a_task

pytestmark = pytest.mark.anyio

CHANNELS = "/guilds/*/channels"


async def test_a_channel_that_is_there_is_used() -> None:
    async with a_scene() as scene:
        channel_id = scene.local.admin.add_channel("research")

        async with scene.workspace() as workspace:
            place = await workspace.open(a_task())

        assert place.channel_id == channel_id


async def test_a_missing_channel_is_made_under_the_category() -> None:
    async with a_scene(category="Agents at work") as scene, scene.workspace() as workspace:
        places = await asyncio.gather(*(workspace.open(a_task()) for _ in range(3)))

        (category,) = [c for c in await scene.ada.channels(CATEGORY) if c["name"] == "Agents at work"]
        (channel,) = [c for c in await scene.ada.channels() if c["name"] == "research"]
        assert channel["parent_id"] == category["id"]
        assert {place.channel_id for place in places} == {channel["id"]}


@pytest.mark.parametrize("status", [502, 503])
@pytest.mark.proves("doubled.channel")
async def test_a_creation_that_was_answered_with_an_error_but_happened_leaves_one_channel(status: int) -> None:
    """discord.py repeats the creation after a 502, and Discord then has two channels of the name."""
    async with a_scene() as scene, scene.workspace() as workspace:
        scene.faults.fail("POST", CHANNELS, status=status, when="after")

        place = await workspace.open(a_task())

        same = [channel["id"] for channel in await scene.ada.channels() if channel["name"] == "research"]
        assert same == [place.channel_id]


@pytest.mark.proves("doubled.channel")
async def test_a_category_made_twice_is_left_once() -> None:
    async with a_scene(category="Agents") as scene, scene.workspace() as workspace:
        scene.faults.fail("POST", CHANNELS, status=502, when="after")

        await workspace.open(a_task())

        assert [c["name"] for c in await scene.ada.channels(CATEGORY)].count("Agents") == 1


async def test_a_creation_that_did_not_happen_is_told_and_may_be_repeated() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        scene.faults.fail("POST", CHANNELS, status=503)

        with pytest.raises(DiscordUnavailable):
            await workspace.open(a_task())
        await workspace.open(a_task())

        assert [channel["name"] for channel in await scene.ada.channels()].count("research") == 1


async def test_two_channels_of_one_name_that_people_made_stay_and_the_older_is_used() -> None:
    async with a_scene() as scene:
        older = scene.local.admin.add_channel("research")
        younger = scene.local.admin.add_channel("research")

        async with scene.workspace() as workspace:
            place = await workspace.open(a_task())

        assert place.channel_id == older
        assert younger in [channel["id"] for channel in await scene.ada.channels()]


async def test_a_bot_that_may_not_make_channels_says_which_permission_it_needs() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        body = '{"message": "Missing Permissions", "code": 50013}'
        scene.faults.fail("POST", CHANNELS, status=403, body=body)

        with pytest.raises(DiscordRefused, match="create the channel #research") as refused:
            await workspace.open(a_task())

        assert refused.value.fix is not None
        assert "Manage Channels" in refused.value.fix


async def test_a_new_channel_has_the_topic_of_its_name_and_a_channel_of_people_keeps_its_own() -> None:
    async with a_scene() as scene:
        scene.local.admin.add_channel("writing")
        async with scene.workspace(topic=lambda name: f"About {name}.") as workspace:
            await workspace.open(a_task())
            await workspace.open(a_task(channel="writing"))

        topics = {channel["name"]: channel["topic"] for channel in await scene.ada.channels()}
        assert (topics["research"], topics["writing"]) == ("About research.", None)


async def test_a_channel_that_a_person_renames_is_followed_also_over_a_restart() -> None:
    async with a_scene() as scene:
        async with scene.workspace() as workspace:
            first = await workspace.send(ChannelPost("reports", "one", "The first."))
            await scene.ada.call("PATCH", f"/channels/{first.channel_id}", {"name": "weekly-reports"})
            second = await workspace.send(ChannelPost("reports", "two", "The second."))
        async with scene.workspace() as workspace:
            third = await workspace.send(ChannelPost("reports", "three", "The third."))

        assert {first.channel_id, second.channel_id, third.channel_id} == {first.channel_id}
        assert "reports" not in [channel["name"] for channel in await scene.ada.channels()]


async def test_a_renamed_forum_is_followed_and_a_channel_of_the_old_name_is_left_alone() -> None:
    async with a_scene() as scene:
        async with scene.workspace() as workspace:
            await workspace.send(ChannelPost("papers", "one", "The first.", title="One", forum=True))
        (forum,) = [channel for channel in await scene.ada.channels(FORUM) if channel["name"] == "papers"]
        await scene.ada.call("PATCH", f"/channels/{forum['id']}", {"name": "library"})
        scene.local.admin.add_channel("papers")
        async with scene.workspace() as workspace:
            await workspace.send(ChannelPost("papers", "two", "The second.", title="Two", forum=True))

        assert [channel["name"] for channel in await scene.ada.channels(FORUM)] == ["library"]


async def test_a_renamed_category_takes_the_next_channel() -> None:
    async with a_scene(category="Agents") as scene:
        async with scene.workspace() as workspace:
            await workspace.open(a_task())
        (category,) = [c for c in await scene.ada.channels(CATEGORY) if c["name"] == "Agents"]
        await scene.ada.call("PATCH", f"/channels/{category['id']}", {"name": "Robots"})
        async with scene.workspace() as workspace:
            await workspace.open(a_task(channel="writing"))

        assert (await scene.ada.channel_named("writing"))["parent_id"] == category["id"]
        assert "Agents" not in [c["name"] for c in await scene.ada.channels(CATEGORY)]


async def test_a_deleted_channel_comes_anew_after_it_was_renamed() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        first = await workspace.send(ChannelPost("reports", "one", "The first."))
        await scene.ada.call("PATCH", f"/channels/{first.channel_id}", {"name": "old"})
        await scene.ada.call("DELETE", f"/channels/{first.channel_id}")

        second = await workspace.send(ChannelPost("reports", "two", "The second."))

        assert second.channel_id != first.channel_id
        assert (await scene.ada.channel_named("reports"))["id"] == second.channel_id
