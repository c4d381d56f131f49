"""Who is told what, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from claw_discord_coord.coordination import announcements
from claw_discord_coord.coordination.announcements import Announcements
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.errors import Unavailable
from claw_discord_coord.models import Announcement, Task, TaskState
from claw_discord_coord.registry.book import utc_now
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio


@dataclass
class Ears:
    """Sessions that listen; `deaf` times they are not there first."""

    deaf: int = 0
    heard: list[tuple[str, ...]] = field(default_factory=list)
    something: asyncio.Event = field(default_factory=asyncio.Event)

    async def announce(self, news: Sequence[Announcement], *, limit_s: float) -> None:
        if self.deaf:
            self.deaf -= 1
            raise Unavailable
        self.heard.append(tuple(one.key for one in news))
        self.something.set()


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def house(
    tmp_path: Path, anyio_backend: str, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setattr(announcements, "GATHER_S", 0.05)
    monkeypatch.setattr(announcements, "FIRST_PAUSE_S", 0.01)
    async with open_house(tmp_path, settings(), MemoryWorkspace(), ScriptedRuntime(), announcer=ears) as opened:
        yield opened


async def asked(house: House, session: str | None = "agent:main:main", text: str = "survey", **options: object) -> Task:
    context = {"surface": "openclaw", "session_key": session} if session else {}
    caller = Caller(f"r-{text}", "openclaw", "main", context=context)
    return (await house.coordinator.delegation.spawn(text, caller, **options))[0]  # type: ignore[arg-type]


async def told(house: House, ears: Ears) -> list[tuple[str, ...]]:
    """What has been heard, once something has."""
    announcing = Announcements(house.registry, house.runs, ears, utc_now)
    running = asyncio.create_task(announcing.run())
    try:
        async with asyncio.timeout(5):
            await ears.something.wait()
            while await house.registry.sessions_to_tell():
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return ears.heard


async def test_the_session_that_asked_hears_of_the_end_once(house: House, ears: Ears) -> None:
    task = await asked(house)
    house.runtime.complete(await house.running(task.id), "the sea is wet")
    await house.closed(task.id)
    assert await told(house, ears) == [(f"{task.id}/completed",)]
    assert await house.registry.sessions_to_tell() == []


async def test_news_for_one_session_are_gathered(house: House, ears: Ears) -> None:
    tasks = [await asked(house, text=f"write a report {number}") for number in range(2)]
    for task in tasks:
        house.runtime.complete(await house.running(task.id))
    for task in tasks:
        await house.closed(task.id)
    assert [set(batch) for batch in await told(house, ears)] == [{f"{task.id}/completed" for task in tasks}]


async def test_a_session_that_is_away_hears_it_later(house: House, ears: Ears) -> None:
    ears.deaf = 2
    task = await asked(house)
    house.runtime.complete(await house.running(task.id))
    await house.closed(task.id)
    assert len(await told(house, ears)) == 1


async def test_nobody_is_disturbed_who_did_not_ask(house: House, ears: Ears) -> None:
    task = await asked(house, session=None)
    house.runtime.complete(await house.running(task.id))
    await house.closed(task.id)
    assert await house.registry.sessions_to_tell() == []


async def test_a_task_that_needs_a_person_is_told_before_it_ends(house: House, ears: Ears) -> None:
    task = await asked(house, review=True)
    house.runtime.complete(await house.running(task.id))
    await house.until(task.id, TaskState.INPUT_REQUIRED)
    assert await told(house, ears) == [(f"{task.id}/input-required",)]


async def test_a_child_is_announced_to_its_parent_first(house: House, ears: Ears) -> None:
    parent = await asked(house)
    parent_run = await house.running(parent.id)
    child = await asked(house, text="write a report", parent_id=parent.id)
    house.runtime.complete(await house.running(child.id), "the child's result")
    await house.closed(child.id)
    assert [run_id for run_id, _ in house.runtime.told] == [parent_run]
    assert "the child's result" in house.runtime.told[0][1]
    assert await house.registry.sessions_to_tell() == []


async def test_a_batch_that_was_begun_comes_again_as_it_was(house: House, ears: Ears) -> None:
    first = await asked(house, text="write a report one")
    house.runtime.complete(await house.running(first.id))
    await house.closed(first.id)
    begun = await house.registry.next_batch("agent:main:main", "b-1")
    second = await asked(house, text="write a report two")
    house.runtime.complete(await house.running(second.id))
    await house.closed(second.id)
    again = await house.registry.next_batch("agent:main:main", "b-2")
    assert [one.key for one in again] == [one.key for one in begun] == [f"{first.id}/completed"]


async def test_what_an_agent_at_work_has_started_is_told_to_whoever_asked_for_its_own_task(
    house: House, ears: Ears
) -> None:
    parent = await asked(house)
    run = await house.registry.get_run(await house.running(parent.id))
    working = await house.registry.get_task(parent.id)
    context = {"session_key": "agent:research:subagent:claw-x"}
    caller = Caller("r-child", "openclaw", "research", task=working, run=run, context=context)
    child = (await house.coordinator.delegation.spawn("write a report", caller))[0]
    child_run = await house.running(child.id)
    house.runtime.complete(run.id)
    await house.closed(parent.id)
    house.runtime.complete(child_run)
    await house.closed(child.id)
    assert await house.registry.sessions_to_tell() == ["agent:main:main"]


async def test_a_receiver_is_announced_to_the_session_though_the_giver_still_works(house: House, ears: Ears) -> None:
    giver = await asked(house)
    await house.running(giver.id)
    caller = Caller("r-handoff", "openclaw", "main", context={"session_key": "agent:main:main"})
    record, receiver, _ = await house.coordinator.delegation.handoff(giver.id, "writing", "write it up", caller)
    house.runtime.complete(await house.running(receiver.id))
    await house.closed(receiver.id)
    assert house.runtime.told == []
    heard = {key for batch in await told(house, ears) for key in batch}
    assert heard == {f"{giver.id}/handoff/{record.id}", f"{receiver.id}/completed"}
