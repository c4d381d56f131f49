"""What every Workspace keeps, whatever stands behind it: each call may come again, and leaves one trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

from claw_discord_coord.errors import DiscordUnavailable
from claw_discord_coord.models import Kind, TaskLocation, TaskState
from claw_discord_coord.ports import ChannelPost, Workspace
from tests.contract.memory_workspace import MemoryWorkspace
from tests.contract.workspace_scene import Scene, a_scene, a_task, ended

pytestmark = pytest.mark.anyio

FORUM = 15


class Subject(Protocol):
    """A workspace, and how to look at what it has done."""

    workspace: Workspace

    async def cards(self, channel: str) -> int: ...

    async def said(self, place: TaskLocation) -> Sequence[str]: ...

    async def sent(self, channel: str) -> Sequence[str]: ...

    async def in_thread(self, channel: str, thread: str) -> Sequence[str]: ...

    async def in_forum(self, channel: str) -> Sequence[tuple[str, str, set[str]]]: ...

    def break_down(self) -> None: ...

    def recover(self) -> None: ...


class InMemory:
    def __init__(self) -> None:
        self.workspace = MemoryWorkspace()

    async def cards(self, channel: str) -> int:
        return len(self.workspace.places)

    async def said(self, place: TaskLocation) -> Sequence[str]:
        task_id = next(id_ for id_, known in self.workspace.places.items() if known == place)
        return [said.text for said in self.workspace.threads[task_id]]

    async def sent(self, channel: str) -> Sequence[str]:
        return [said.text for said in self.workspace.channels[channel]]

    async def in_thread(self, channel: str, thread: str) -> Sequence[str]:
        return [said.text for said in self.workspace.named_threads[channel, thread]]

    async def in_forum(self, channel: str) -> Sequence[tuple[str, str, set[str]]]:
        return [(said.title or "", said.text, set(said.tags)) for said in self.workspace.forums[channel]]

    def break_down(self) -> None:
        self.workspace.failing = DiscordUnavailable()

    def recover(self) -> None:
        self.workspace.failing = None


class OnDiscord:
    def __init__(self, scene: Scene, workspace: Workspace) -> None:
        self.workspace = workspace
        self._scene = scene

    async def cards(self, channel: str) -> int:
        channel_id = (await self._scene.ada.channel_named(channel))["id"]
        return sum(1 for message in await self._scene.ada.messages(channel_id) if message["embeds"])

    async def said(self, place: TaskLocation) -> Sequence[str]:
        return await self._scene.ada.texts(place.thread_id)

    async def sent(self, channel: str) -> Sequence[str]:
        return await self._scene.ada.texts((await self._scene.ada.channel_named(channel))["id"])

    async def in_thread(self, channel: str, thread: str) -> Sequence[str]:
        channel_id = (await self._scene.ada.channel_named(channel))["id"]
        (found,) = [one for one in await self._active() if (one["parent_id"], one["name"]) == (channel_id, thread)]
        return await self._scene.ada.texts(found["id"])

    async def in_forum(self, channel: str) -> Sequence[tuple[str, str, set[str]]]:
        (forum,) = [one for one in await self._scene.ada.channels(FORUM) if one["name"] == channel]
        names = {tag["id"]: tag["name"] for tag in forum["available_tags"]}
        posts = sorted(
            (one for one in await self._active() if one["parent_id"] == forum["id"]), key=lambda one: one["id"]
        )
        return [
            (
                post["name"],
                "".join(await self._scene.ada.texts(post["id"])),
                {names[id_] for id_ in post["applied_tags"]},
            )
            for post in posts
        ]

    async def _active(self) -> list[dict[str, Any]]:
        return (await self._scene.ada.call("GET", f"/guilds/{self._scene.local.ready.guild_id}/threads/active"))[
            "threads"
        ]

    def break_down(self) -> None:
        self._scene.faults.fail("*", "/channels*", status=503, times=None)

    def recover(self) -> None:
        self._scene.faults.clear()


@asynccontextmanager
async def _on_discord() -> AsyncIterator[Subject]:
    async with a_scene() as scene, scene.workspace() as workspace:
        yield OnDiscord(scene, workspace)


@pytest.fixture(params=["memory", "discord"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "memory":
        yield InMemory()
    else:
        async with _on_discord() as on_discord:
            yield on_discord


async def test_opening_a_task_twice_gives_one_card_and_the_same_place(subject: Subject) -> None:
    task = a_task()

    first = await subject.workspace.open(task)
    second = await subject.workspace.open(task)

    assert first == second
    assert await subject.cards(task.channel) == 1


async def test_two_tasks_have_two_places(subject: Subject) -> None:
    one, other = await subject.workspace.open(a_task()), await subject.workspace.open(a_task())

    assert one.thread_id != other.thread_id


async def test_what_is_said_twice_under_one_event_is_there_once(subject: Subject) -> None:
    task = a_task()
    place = await subject.workspace.open(task)

    first = await subject.workspace.say(task, "result", "It is done.")
    again = await subject.workspace.say(task, "result", "It is done.")

    assert first == again
    assert list(await subject.said(place)) == ["It is done."]


async def test_the_same_text_under_two_events_is_there_twice(subject: Subject) -> None:
    task = a_task()
    place = await subject.workspace.open(task)

    await subject.workspace.say(task, "first", "Again.")
    await subject.workspace.say(task, "second", "Again.")

    assert list(await subject.said(place)) == ["Again.", "Again."]


async def test_what_is_sent_twice_under_one_key_is_there_once(subject: Subject) -> None:
    first = await subject.workspace.send(ChannelPost("blog", "delivery-1", "A report."))
    again = await subject.workspace.send(ChannelPost("blog", "delivery-1", "A report."))

    assert first == again
    assert list(await subject.sent("blog")) == ["A report."]


async def test_a_named_thread_is_shared_by_all_that_is_sent_there_and_apart_from_its_channel(subject: Subject) -> None:
    for key, text in (("delivery-1", "One."), ("delivery-2", "Two."), ("delivery-2", "Two.")):
        await subject.workspace.send(ChannelPost("blog", key, text, thread="Weekly"))
    await subject.workspace.send(ChannelPost("blog", "delivery-3", "Three.", thread="Monthly"))

    assert list(await subject.in_thread("blog", "Weekly")) == ["One.", "Two."]
    assert list(await subject.in_thread("blog", "Monthly")) == ["Three."]


async def test_every_text_sent_to_a_forum_is_a_post_of_its_own_with_title_and_tags(subject: Subject) -> None:
    for key in ("delivery-1", "delivery-2", "delivery-2"):
        await subject.workspace.send(
            ChannelPost("posts", key, "A report.", title="Fields", forum=True, tags=("report", "fields"))
        )

    assert list(await subject.in_forum("posts")) == [("Fields", "A report.", {"report", "fields"})] * 2


async def test_what_is_sent_under_a_lasting_name_takes_the_place_of_the_one_before(subject: Subject) -> None:
    first = await subject.workspace.send(ChannelPost("blog", "delivery-1", "One.", replace="status"))
    await subject.workspace.send(ChannelPost("blog", "delivery-2", "Other.", replace="weather"))
    again = await subject.workspace.send(ChannelPost("blog", "delivery-3", "Two.", replace="status"))

    assert first == again
    assert list(await subject.sent("blog")) == ["Two.", "Other."]


async def test_a_forum_post_under_a_lasting_name_gets_the_new_title_text_and_tags(subject: Subject) -> None:
    for key, title, tag in (("delivery-1", "Monday", "open"), ("delivery-2", "Tuesday", "done")):
        await subject.workspace.send(
            ChannelPost("posts", key, f"It is {title}.", title=title, forum=True, tags=(tag,), replace="day")
        )

    assert list(await subject.in_forum("posts")) == [("Tuesday", "It is Tuesday.", {"done"})]


async def test_a_task_may_be_shown_closed_and_closed_again(subject: Subject) -> None:
    task = a_task()
    await subject.workspace.open(task)

    await subject.workspace.show(task)
    await subject.workspace.close(ended(task))
    await subject.workspace.close(ended(task))

    assert await subject.cards(task.channel) == 1


async def test_something_may_be_said_after_the_end(subject: Subject) -> None:
    task = a_task(kind=Kind.INTERN)
    place = await subject.workspace.open(task)
    over = ended(task, TaskState.FAILED, reason="it broke")
    await subject.workspace.close(over)

    await subject.workspace.say(over, "late", "One more thing.")

    assert list(await subject.said(place)) == ["One more thing."]


@pytest.mark.parametrize("call", ["open", "say", "progress", "show", "close"])
async def test_a_private_task_is_refused_whatever_is_asked(subject: Subject, call: str) -> None:
    task = a_task(private=True)
    method = getattr(subject.workspace, call)
    arguments = {"say": ("event", "text"), "progress": ("line",)}.get(call, ())

    with pytest.raises(AssertionError):
        await method(task, *arguments)


async def test_an_outage_is_told_as_one_that_may_pass_and_the_call_works_afterwards(subject: Subject) -> None:
    task = a_task()
    place = await subject.workspace.open(task)
    subject.break_down()

    with pytest.raises(DiscordUnavailable):
        await subject.workspace.say(task, "result", "It is done.")
    subject.recover()
    await subject.workspace.say(task, "result", "It is done.")

    assert list(await subject.said(place)) == ["It is done."]


async def test_progress_never_raises(subject: Subject) -> None:
    task = a_task()
    await subject.workspace.open(task)
    subject.break_down()

    await subject.workspace.progress(task, "counting")
    subject.recover()


async def test_files_go_with_what_is_said(subject: Subject, tmp_path: Path) -> None:
    task = a_task()
    place = await subject.workspace.open(task)
    path = tmp_path / "table.csv"
    path.write_text("a,b\n")

    await subject.workspace.say(task, "result", "See the table.", files=[path])

    assert list(await subject.said(place)) == ["See the table."]
