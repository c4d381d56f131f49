"""Who is told what, and how often."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from claw_discord_coord.clock import utc_now
from claw_discord_coord.coordination import announcements
from claw_discord_coord.coordination.announcements import Announcements
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.people.board import Board
from claw_discord_coord.errors import DeliveryUnclear, RegistryUnavailable, TurnFailed, Unavailable
from claw_discord_coord.models import Announcement, NewHandoff, NewTask, Task, TaskState
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.skills import SKILLS
from claw_discord_coord.skills.registry_status import RegistryStatus, registry_status
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio


@dataclass
class Ears:
    """Sessions that listen; `away` times nobody is there first, then the `troubles` come, one at each message. `said`
    are all messages, `heard` those that were taken in.
    """

    away: int = 0
    troubles: list[Exception] = field(default_factory=list)
    said: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    heard: list[tuple[str, ...]] = field(default_factory=list)

    async def reachable(self) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable

    async def announce(self, news: Sequence[Announcement], *, limit_s: float) -> None:
        keys = tuple(one.key for one in news)
        self.said.append((news[0].batch or "", keys))
        if self.troubles:
            raise self.troubles.pop(0)
        self.heard.append(keys)


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def house(
    tmp_path: Path, anyio_backend: str, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    monkeypatch.setattr(announcements, "GATHER_S", 0.05)
    monkeypatch.setattr(announcements, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(announcements, "LONGEST_PAUSE_S", 0.02)
    async with open_house(tmp_path, settings(), MemoryWorkspace(), ScriptedRuntime(), announcer=ears) as opened:
        yield opened


async def asked(house: House, session: str | None = "agent:main:main", text: str = "survey", **options: object) -> Task:
    context = {"surface": "openclaw", "session_key": session} if session else {}
    caller = Caller(f"r-{text}", "openclaw", "main", context=context)
    new = NewTask.model_validate({"task": text, **options})
    return (await house.coordinator.delegation.spawn(new, caller)).task


async def told(
    house: House, ears: Ears, now: Callable[[], datetime] = utc_now, registry: Registry | None = None
) -> list[tuple[str, ...]]:
    """What has been heard, once nothing is left to tell. `registry` is what the announcements use."""
    services = dataclasses.replace(house.services, registry=registry or house.registry, now=now)
    announcing = Announcements(services, house.runs, ears)
    running = asyncio.create_task(announcing.run())
    try:
        async with asyncio.timeout(20):
            while await house.registry.announcements.sessions():
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return ears.heard


@pytest.mark.proves("doubled.announcement")
async def test_the_session_that_asked_hears_of_the_end_once(house: House, ears: Ears) -> None:
    task = await asked(house)
    house.runtime.complete(await house.running(task.id), "the sea is wet")
    await house.closed(task.id)
    assert await told(house, ears) == [(f"{task.id}/completed",)]
    assert await house.registry.announcements.sessions() == []


async def test_news_for_one_session_are_gathered(house: House, ears: Ears) -> None:
    tasks = [await asked(house, text=f"write a report {number}") for number in range(2)]
    for task in tasks:
        house.runtime.complete(await house.running(task.id))
    for task in tasks:
        await house.closed(task.id)
    assert [set(batch) for batch in await told(house, ears)] == [{f"{task.id}/completed" for task in tasks}]


async def done(house: House, text: str) -> Task:
    task = await asked(house, text=text)
    house.runtime.complete(await house.running(task.id))
    await house.closed(task.id)
    return task


async def not_told(house: House, task: Task) -> list[str]:
    return [event.text for event in await house.registry.events.of_task(task.id, types={"announcement"})]


@pytest.mark.proves("lost.announcement")
async def test_a_session_that_is_away_hears_it_later(house: House, ears: Ears) -> None:
    ears.away = 20
    await done(house, "survey")
    assert len(await told(house, ears)) == 1


@pytest.mark.proves("lost.announcement")
async def test_news_are_told_though_the_database_was_away_for_a_moment(
    house: House, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    await done(house, "survey")
    async with Registry.open(f"sqlite:///{house.folder / 'registry.sqlite3'}") as registry:
        ask, failures = (
            registry.announcements.sessions,
            [RegistryUnavailable("The database is locked.") for _ in range(2)],
        )

        async def ask_in_vain_first() -> list[str]:
            if failures:
                raise failures.pop()
            return await ask()

        monkeypatch.setattr(registry.announcements, "sessions", ask_in_vain_first)
        assert len(await told(house, ears, registry=registry)) == 1
    assert not failures


async def test_a_trouble_nobody_foresaw_with_one_session_keeps_no_news_back(house: House, ears: Ears) -> None:
    for number in range(2):
        one = Announcement(key=f"t-{number}/completed", session_key=f"s-{number}", text="news", created_at=utc_now())
        await house.registry.announcements.plan(one)
    ears.troubles = [KeyError("nobody foresaw this")]
    assert sorted(await told(house, ears)) == [("t-0/completed",), ("t-1/completed",)]
    assert len(ears.said) == 3


async def test_what_nobody_can_tell_yet_is_asked_again_as_the_same_message(house: House, ears: Ears) -> None:
    ears.troubles = [Unavailable() for _ in range(15)]
    await done(house, "survey")
    assert len(await told(house, ears)) == 1
    assert len(ears.said) == 16
    assert len(set(ears.said)) == 1


@pytest.mark.proves("lost.announcement")
async def test_news_that_a_turn_failed_at_are_told_as_another_message_with_all_that_came_since(
    house: House, ears: Ears
) -> None:
    first = await done(house, "write a report one")
    begun = await house.registry.announcements.next_batch("agent:main:main", "b-1")
    second = await done(house, "write a report two")
    ears.troubles = [Unavailable(), TurnFailed(), TurnFailed()]
    first_key, second_key = f"{first.id}/completed", f"{second.id}/completed"
    assert await told(house, ears) == [(first_key, second_key)]
    assert [keys for _, keys in ears.said] == [(first_key,)] * 2 + [(first_key, second_key)] * 2
    batches = [batch for batch, _ in ears.said]
    assert batches[0] == batches[1] == begun[0].batch
    assert len(set(batches)) == 3


async def test_after_enough_turns_news_are_given_up_and_newer_ones_are_not(
    house: House, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "ATTEMPTS", 2)
    hopeless = await done(house, "write a report one")
    ears.troubles = [TurnFailed("The model is ill.") for _ in range(2)]
    assert await told(house, ears) == []
    assert len(ears.said) == 2
    assert await not_told(house, hopeless) == ["news for agent:main:main: Given up after 2 turns that failed."]
    later = await done(house, "write a report two")
    assert await told(house, ears) == [(f"{later.id}/completed",)]
    assert await not_told(house, later) == []


async def test_news_that_are_given_up_appear_where_a_person_looks(
    house: House, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "ATTEMPTS", 1)
    hopeless = await done(house, "write a report one")
    ears.troubles = [TurnFailed("The model is ill.")]
    async with house.services.updates.subscribe(hopeless.id) as updates:
        await told(house, ears)
        assert any(updates.get_nowait().type == "announcement" for _ in range(updates.qsize()))

    status = SKILLS["registry_status"]
    person = await registry_status(house.coordinator, RegistryStatus(), Caller("r-1", "cli", "ada"))
    [shown] = person.not_announced
    assert (shown.task_id, shown.session_key) == (hopeless.id, "agent:main:main")
    line = f"{hopeless.id}: agent:main:main was not told (Given up after 1 turns that failed.)"
    assert line in status.command_line.show(person.model_dump(mode="json"))
    guest = Caller("r-2", "openclaw", "x", context={"session_key": "agent:other:main"}, guest=True)
    assert (await registry_status(house.coordinator, RegistryStatus(), guest)).not_announced == ()
    view = await Board(house.services).view()
    assert view.not_announced == (hopeless.id,)
    monkeypatch.setattr("claw_discord_coord.registry.announcements.SHOWN_FOR", timedelta(0))
    assert (await Board(house.services).view()).not_announced == ()


@pytest.mark.proves("shown.not-announced")
async def test_what_nobody_can_ever_tell_is_written_down_as_that(house: House, ears: Ears) -> None:
    task = await done(house, "survey")
    ears.troubles = [DeliveryUnclear("Nobody can tell.")]
    assert await told(house, ears) == []
    assert await not_told(house, task) == ["news for agent:main:main: Nobody can tell."]


async def test_news_of_yesterday_are_not_told_any_more(house: House, ears: Ears) -> None:
    old = await done(house, "write a report one")
    await house.registry.announcements.next_batch("agent:main:main", "b-1")
    older = await done(house, "write a report two")
    assert await told(house, ears, lambda: utc_now() + timedelta(days=2)) == []
    assert await not_told(house, older) == ["news for agent:main:main: Too old to be announced."]
    unclear = "Too old to be announced. An earlier attempt may have announced it already."
    assert await not_told(house, old) == [f"news for agent:main:main: {unclear}"]


async def test_news_for_two_chats_of_one_session_are_two_messages(house: House, ears: Ears) -> None:
    chats = [{"channel": "discord", "to": "channel:1"}, {"channel": "telegram", "to": "2"}]
    for number, chat in enumerate([*chats, chats[0]]):
        one = Announcement(
            key=f"t-{number}/completed", session_key="agent:main:main", chat=chat, text="news", created_at=utc_now()
        )
        await house.registry.announcements.plan(one)
    assert await told(house, ears) == [("t-0/completed", "t-2/completed"), ("t-1/completed",)]


async def test_nobody_is_disturbed_who_did_not_ask(house: House, ears: Ears) -> None:
    task = await asked(house, session=None)
    house.runtime.complete(await house.running(task.id))
    await house.closed(task.id)
    assert await house.registry.announcements.sessions() == []


async def test_a_task_that_needs_a_person_is_told_before_it_ends(house: House, ears: Ears) -> None:
    task = await asked(house, review=True)
    house.runtime.complete(await house.running(task.id))
    await house.until(task.id, TaskState.INPUT_REQUIRED)
    async with asyncio.timeout(20):  # the state changes first, the announcement follows in the same step
        while not await house.registry.announcements.sessions():
            await asyncio.sleep(0.01)
    assert await told(house, ears) == [(f"{task.id}/input-required",)]


async def test_a_child_is_announced_to_its_parent_first(house: House, ears: Ears) -> None:
    parent = await asked(house)
    parent_run = await house.running(parent.id)
    child = await asked(house, text="write a report", parent_task=parent.id)
    house.runtime.complete(await house.running(child.id), "the child's result")
    await house.closed(child.id)
    assert [run_id for run_id, _ in house.runtime.sent] == [parent_run]
    assert "the child's result" in house.runtime.sent[0][1]
    assert await house.registry.announcements.sessions() == []


async def test_a_batch_that_was_begun_comes_again_as_it_was(house: House, ears: Ears) -> None:
    first = await asked(house, text="write a report one")
    house.runtime.complete(await house.running(first.id))
    await house.closed(first.id)
    begun = await house.registry.announcements.next_batch("agent:main:main", "b-1")
    second = await asked(house, text="write a report two")
    house.runtime.complete(await house.running(second.id))
    await house.closed(second.id)
    again = await house.registry.announcements.next_batch("agent:main:main", "b-2")
    assert [one.key for one in again] == [one.key for one in begun] == [f"{first.id}/completed"]


async def test_what_an_agent_at_work_has_started_is_told_to_whoever_asked_for_its_own_task(
    house: House, ears: Ears
) -> None:
    parent = await asked(house)
    run = await house.registry.runs.get(await house.running(parent.id))
    working = await house.registry.tasks.get(parent.id)
    context = {"session_key": "agent:research:subagent:claw-x"}
    caller = Caller("r-child", "openclaw", "research", task=working, run=run, context=context)
    child = (await house.coordinator.delegation.spawn(NewTask(task="write a report"), caller)).task
    child_run = await house.running(child.id)
    house.runtime.complete(run.id)
    await house.closed(parent.id)
    house.runtime.complete(child_run)
    await house.closed(child.id)
    assert await house.registry.announcements.sessions() == ["agent:main:main"]


async def test_a_receiver_is_announced_to_the_session_though_the_giver_still_works(house: House, ears: Ears) -> None:
    giver = await asked(house)
    await house.running(giver.id)
    caller = Caller("r-handoff", "openclaw", "main", context={"session_key": "agent:main:main"})
    new = NewHandoff(task_id=giver.id, to_agent="writing", summary="write it up")
    handed_off = await house.coordinator.delegation.handoff(new, caller)
    record, receiver = handed_off.handoff, handed_off.task
    house.runtime.complete(await house.running(receiver.id))
    await house.closed(receiver.id)
    assert house.runtime.sent == []
    heard = {key for batch in await told(house, ears) for key in batch}
    assert heard == {f"{giver.id}/handoff/{record.id}", f"{receiver.id}/completed"}
