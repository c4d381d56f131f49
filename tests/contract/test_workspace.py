"""What every Workspace keeps, whatever stands behind it: each call may come again, and leaves one trace."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest

from claw_discord_coord.errors import DiscordUnavailable
from claw_discord_coord.ports import Place, Workspace
from claw_discord_coord.registry.models import Kind, TaskState
from tests.contract.memory_workspace import MemoryWorkspace
from tests.contract.workspace_scene import Scene, a_scene, a_task, ended

pytestmark = pytest.mark.anyio


class Subject(Protocol):
    """A workspace, and how to look at what it has done."""

    workspace: Workspace

    async def cards(self, channel: str) -> int: ...

    async def said(self, place: Place) -> Sequence[str]: ...

    async def sent(self, channel: str) -> Sequence[str]: ...

    def break_down(self) -> None: ...

    def recover(self) -> None: ...


class InMemory:
    def __init__(self) -> None:
        self.workspace = MemoryWorkspace()

    async def cards(self, channel: str) -> int:
        return len(self.workspace.places)

    async def said(self, place: Place) -> Sequence[str]:
        task_id = next(id_ for id_, known in self.workspace.places.items() if known == place)
        return [said.text for said in self.workspace.threads[task_id]]

    async def sent(self, channel: str) -> Sequence[str]:
        return [said.text for said in self.workspace.channels[channel]]

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

    async def said(self, place: Place) -> Sequence[str]:
        return await self._scene.ada.texts(place.thread_id)

    async def sent(self, channel: str) -> Sequence[str]:
        return await self._scene.ada.texts((await self._scene.ada.channel_named(channel))["id"])

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
    first = await subject.workspace.send("blog", "delivery-1", "A report.")
    again = await subject.workspace.send("blog", "delivery-1", "A report.")

    assert first == again
    assert list(await subject.sent("blog")) == ["A report."]


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
