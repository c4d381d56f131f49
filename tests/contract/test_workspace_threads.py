"""A task has one thread; what people delete, archive or lock is put right or left alone, never a reason to give up."""

from __future__ import annotations

import asyncio
import json

import pytest

from claw_discord_coord.errors import DiscordUnavailable
from claw_discord_coord.models import Kind, TaskState
from tests.contract.workspace_scene import a_scene, a_task, ended

pytestmark = pytest.mark.anyio

THREADS = "/channels/*/messages/*/threads"


async def test_the_thread_hangs_on_the_card_and_is_named_after_the_task() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task(title="Compare " + "very " * 40 + "long titles")

        place = await workspace.open(task)

        thread = await scene.ada.call("GET", f"/channels/{place.thread_id}")
        assert place.thread_id == place.message_id
        assert thread["parent_id"] == place.channel_id
        assert thread["name"].startswith("Compare very very")
        assert thread["name"].endswith(f" · {task.id}")
        assert len(thread["name"]) <= 100


@pytest.mark.parametrize("fault", ["answered 502", "connection lost", "answered 503"])
@pytest.mark.proves("doubled.card")
async def test_a_thread_whose_creation_was_not_answered_is_found_again(fault: str) -> None:
    """discord.py repeats after a 502 and then meets 160004: there is a thread, and it is ours."""
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        if fault == "connection lost":
            scene.faults.drop("POST", THREADS, when="after")
        else:
            scene.faults.fail("POST", THREADS, status=int(fault[-3:]), when="after")

        try:
            place = await workspace.open(task)
        except DiscordUnavailable:
            place = await workspace.open(task)

        await workspace.say(task, "result", "It is done.")
        assert await scene.ada.texts(place.thread_id) == ["It is done."]
        assert len(await scene.ada.messages(place.channel_id)) == 1


async def test_a_coordinator_that_forgot_the_thread_takes_the_one_there_is() -> None:
    async with a_scene() as scene:
        task = a_task()
        async with scene.workspace() as workspace:
            before = await workspace.open(task)
            await workspace.close(ended(task))  # archived, so that it is in no cache
        del scene.records.cursors.values[f"place/{task.id}"]

        async with scene.workspace() as workspace:
            assert await workspace.open(task) == before


@pytest.mark.proves("lost.discord-deleted")
async def test_a_deleted_thread_gets_a_new_card_and_says_so() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        before = await workspace.open(task)
        await scene.ada.call("DELETE", f"/channels/{before.thread_id}")

        sent = await workspace.say(task, "result", "It is done.")

        after = await workspace.open(task)
        assert after.thread_id not in (before.thread_id, "")
        assert sent.channel_id == after.thread_id
        assert await scene.ada.texts(after.thread_id) == [
            "-# The thread of this task was deleted; it goes on here.",
            "It is done.",
        ]
        assert scene.heard.moves == [(task.id, after)]


async def test_the_new_place_is_remembered_over_a_restart() -> None:
    async with a_scene() as scene:
        task = a_task()
        async with scene.workspace() as workspace:
            before = await workspace.open(task)
            await scene.ada.call("DELETE", f"/channels/{before.thread_id}")
            await workspace.say(task, "news", "Still there.")
            after = await workspace.open(task)

        async with scene.workspace() as workspace:
            assert await workspace.open(task) == after


@pytest.mark.proves("lost.discord-deleted")
async def test_a_deleted_channel_is_made_again_with_the_card() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        before = await workspace.open(task)
        await scene.ada.call("DELETE", f"/channels/{before.channel_id}")

        await workspace.say(task, "result", "It is done.")

        after = await workspace.open(task)
        assert after.channel_id != before.channel_id
        assert (await scene.ada.texts(after.thread_id))[-1] == "It is done."


async def test_a_deleted_channel_whose_deletion_nobody_was_told_of_is_noticed() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        before = await workspace.open(a_task())
        scene.faults.lose_events(1, "CHANNEL_DELETE", user_id=scene.local.ready.bots[0].user_id)
        await scene.ada.call("DELETE", f"/channels/{before.channel_id}")

        after = await workspace.open(a_task())

        assert after.channel_id != before.channel_id


async def test_a_deleted_card_that_must_be_seen_is_posted_again_and_points_to_the_thread() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        before = await workspace.open(task)
        await workspace.say(task, "result", "It is done.")
        await scene.ada.call("DELETE", f"/channels/{before.channel_id}/messages/{before.message_id}")

        await workspace.show(task.model_copy(update={"state": TaskState.INPUT_REQUIRED}))

        after = await workspace.open(task)
        assert after.message_id != before.message_id
        assert after.thread_id == before.thread_id
        assert f"<#{before.thread_id}>" in str((await scene.ada.card(after))["embeds"])
        assert await scene.ada.texts(after.thread_id) == ["It is done."]


async def test_closing_a_task_whose_card_and_thread_are_gone_leaves_them_gone() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        await scene.ada.call("DELETE", f"/channels/{place.thread_id}")
        await scene.ada.call("DELETE", f"/channels/{place.channel_id}/messages/{place.message_id}")

        await workspace.close(ended(task))

        assert await scene.ada.messages(place.channel_id) == []


async def test_an_archived_thread_is_written_in_all_the_same() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        await scene.ada.call("PATCH", f"/channels/{place.thread_id}", {"archived": True})

        await workspace.say(task, "result", "It is done.")

        assert await scene.ada.texts(place.thread_id) == ["It is done."]


async def test_a_locked_thread_is_unlocked_to_write_in_it() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        await scene.ada.call("PATCH", f"/channels/{place.thread_id}", {"archived": True, "locked": True})

        await workspace.say(task, "result", "It is done.")

        assert await scene.ada.texts(place.thread_id) == ["It is done."]


@pytest.mark.parametrize("code", [50083, 160005], ids=["archived", "locked"])
async def test_a_thread_that_refuses_to_be_written_in_is_reopened_first(code: int) -> None:
    """So Discord answers a bot that may not manage threads, or that is faster than the news of the archiving."""
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        body = json.dumps({"message": "This thread is closed", "code": code})
        scene.faults.fail("POST", f"/channels/{place.thread_id}/messages", status=400, body=body)

        await workspace.say(task, "result", "It is done.")

        assert await scene.ada.texts(place.thread_id) == ["It is done."]


@pytest.mark.parametrize(("kind", "archived"), [(Kind.INTERN, True), (Kind.SPECIALIST, False)])
async def test_only_an_interns_thread_is_archived_at_the_end(kind: Kind, archived: bool) -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task(kind=kind)
        place = await workspace.open(task)

        await workspace.close(ended(task))

        thread = await scene.ada.call("GET", f"/channels/{place.thread_id}")
        assert thread["thread_metadata"]["archived"] is archived


async def test_many_tasks_opened_at_once_get_their_own_threads() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        tasks = [a_task() for _ in range(12)]

        places = await asyncio.gather(*(workspace.open(task) for task in tasks))

        assert len({place.thread_id for place in places}) == 12
        assert len(await scene.ada.messages(places[0].channel_id)) == 12


@pytest.mark.proves("doubled.card")
async def test_the_same_task_opened_by_many_at_once_has_one_card() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()

        places = await asyncio.gather(*(workspace.open(task) for _ in range(8)))

        assert len(set(places)) == 1
        assert len(await scene.ada.messages(places[0].channel_id)) == 1
