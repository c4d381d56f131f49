"""Requests are money: what a task costs on Discord is known, and nothing is asked twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from claw_discord_coord.models import Kind, Result, TaskState, Usage
from tests.contract.workspace_scene import a_scene, a_task, ended

pytestmark = pytest.mark.anyio


async def test_a_whole_intern_costs_five_requests() -> None:
    """Card, thread, result, the card's last state, archive."""
    async with a_scene() as scene:
        scene.local.admin.add_channel("research")
        async with scene.workspace() as workspace:
            task = a_task(kind=Kind.INTERN)
            await workspace.open(task)
            await workspace.progress(task, "looking around")
            over = ended(task, result=Result(text="It is done."))
            await workspace.say(over, "result", "It is done.")
            await workspace.close(over)

        assert scene.records.tasks.requests == {task.id: 5}


async def test_doing_it_all_again_costs_nothing() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        over = ended(task)
        for _ in range(3):
            await workspace.open(task)
            await workspace.say(over, "result", "It is done.")
            await workspace.close(over)

        assert scene.records.tasks.requests[task.id] == 5


async def test_making_a_channel_is_on_nobodys_account() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        await workspace.open(task)

        assert scene.records.tasks.requests[task.id] == 2


async def test_a_retry_inside_discord_py_is_counted_too() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        await workspace.open(task)
        scene.faults.fail("POST", "/channels/*/messages", status=502)

        await workspace.say(task, "result", "It is done.")

        assert scene.records.tasks.requests[task.id] == 4


async def test_tasks_at_work_at_the_same_time_have_separate_accounts() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        one, other = a_task(), a_task()

        await asyncio.gather(workspace.open(one), workspace.open(other), workspace.say(other, "news", "Going well."))

        assert scene.records.tasks.requests == {one.id: 2, other.id: 3}


async def test_showing_what_is_shown_already_is_no_request() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task = a_task()
        place = await workspace.open(task)
        asked = task.model_copy(update={"state": TaskState.INPUT_REQUIRED, "reason": "waiting for approval"})

        await workspace.show(task)
        await workspace.show(asked)
        await workspace.show(asked)

        assert scene.records.tasks.requests[task.id] == 3
        assert "Waiting for a review" in str((await scene.ada.card(place))["embeds"])


async def test_the_card_tells_what_a_person_wants_to_know() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        parent = a_task()
        at_parent = await workspace.open(parent)
        task = a_task(parent_id=parent.id, title="Measure the folder", chosen_because='"measure" is one of its words')
        place = await workspace.open(task)
        usage = Usage(input_tokens=1200, output_tokens=34, cost_usd=0.05)

        await workspace.close(ended(task, started_at=datetime.now(UTC), result=Result(text="12"), usage=usage))

        (embed,) = (await scene.ada.card(place))["embeds"]
        fields = {field["name"]: field["value"] for field in embed["fields"]}
        assert embed["title"] == "Measure the folder"
        assert embed["author"]["name"] == "✅ Completed"
        assert fields["Agent"] == "research, intern"
        assert fields["Cost"] == "$0.05 · 1,234 tokens"
        assert fields["Started by"] == f"[{parent.title}]({at_parent.url})"
        assert embed["footer"]["text"] == f'{task.id} · "measure" is one of its words'


async def test_progress_is_one_message_that_keeps_the_newest_lines() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        await scene.ada.listen()
        task = a_task()
        place = await workspace.open(task)
        for number in range(40):
            await workspace.progress(task, f"file {number}")

        await scene.ada.event(lambda name, data: name == "MESSAGE_CREATE" and "file 39" in data["content"])

        (text,) = await scene.ada.texts(place.thread_id)
        assert text.endswith("▸ file 39")
        assert "32 earlier lines" in text
        assert scene.records.tasks.requests[task.id] == 3


@pytest.mark.proves("lost.progress")
async def test_progress_after_a_restart_goes_on_in_the_same_message() -> None:
    async with a_scene() as scene:
        await scene.ada.listen()
        task = a_task()

        def told(name: str, data: dict[str, object]) -> bool:
            return name in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and "▸" in str(data.get("content"))

        for line in ("before the restart", "after the restart"):
            async with scene.workspace() as workspace:
                place = await workspace.open(task)
                await workspace.progress(task, line)
                await scene.ada.event(told)

        assert await scene.ada.texts(place.thread_id) == ["▸ after the restart"]


async def test_progress_of_a_task_that_has_ended_is_not_shown() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task, other = a_task(), a_task()
        place = await workspace.open(task)
        await workspace.open(other)
        await scene.ada.listen()
        await workspace.progress(task, "nearly there")
        await workspace.close(ended(task))
        await workspace.progress(other, "still going")

        await scene.ada.event(lambda name, data: name == "MESSAGE_CREATE" and "still going" in data["content"])

        assert await scene.ada.texts(place.thread_id) == []


async def test_progress_that_comes_after_the_result_of_a_review_is_not_shown() -> None:
    async with a_scene() as scene, scene.workspace() as workspace:
        task, other = a_task(), a_task()
        place = await workspace.open(task)
        await workspace.open(other)
        await scene.ada.listen()
        await workspace.progress(task, "nearly there")
        await workspace.say(task.model_copy(update={"state": TaskState.INPUT_REQUIRED}), "result", "The result.")
        await workspace.progress(task, "late")
        await workspace.progress(other, "still going")

        await scene.ada.event(lambda name, data: name == "MESSAGE_CREATE" and "still going" in data["content"])

        assert await scene.ada.texts(place.thread_id) == ["The result."]
