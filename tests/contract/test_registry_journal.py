"""Events, posts and cursors."""

import pytest

from claw_discord_coord.errors import Conflict, UnknownTask
from claw_discord_coord.models import Post
from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import FakeClock, Records, events_after

pytestmark = pytest.mark.anyio


async def test_events_are_told_oldest_first_per_task_and_for_all(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    task = (await registry.admission.create(records.task(), event="Asked for.")).task
    clock.pass_(1)
    line = await registry.events.add(task.id, "run.progress", "Half done.", {"share": 0.5, "of": ["a"]})
    everywhere = await registry.events.add(None, "coordinator.started", "Started.")
    assert (line.at, line.data, everywhere.data) == (clock.now, {"share": 0.5, "of": ["a"]}, {})
    first, *rest = await registry.events.of_task(task.id)
    assert (first.text, rest) == ("Asked for.", [line])
    assert await events_after(registry, 0) == [first, line, everywhere]
    assert await events_after(registry, first.id) == [line, everywhere]
    assert await events_after(registry, first.id, limit=1) == [line]
    assert await registry.events.of_task(task.id, limit=1) == [first]


async def test_every_event_told_is_one_more(registry: Registry) -> None:
    one, two = [await registry.events.add(None, "x", "x") for _ in range(2)]
    assert two.id > one.id


async def test_an_event_of_a_task_needs_that_task(registry: Registry) -> None:
    with pytest.raises(UnknownTask):
        await registry.events.add("nobody", "x", "x")
    assert await events_after(registry, 0) == []


async def test_a_post_stays_as_it_was_planned_until_it_is_forgotten(registry: Registry, clock: FakeClock) -> None:
    planned = Post(key="task-1:card:0", channel_id="1", sha256="a", planned_at=clock.now)
    assert await registry.posts.plan("task-1:card:0", "1", "a") == planned
    clock.pass_(1)
    assert await registry.posts.plan("task-1:card:0", "2", "b") == planned
    confirmed = planned.model_copy(update={"message_id": "77"})
    assert await registry.posts.confirm("task-1:card:0", "77") == confirmed
    assert await registry.posts.confirm("task-1:card:0", "77") == confirmed
    assert await registry.posts.plan("task-1:card:0", "1", "a") == confirmed
    await registry.posts.forget("task-1:card:0")
    await registry.posts.forget("task-1:card:0")
    assert (await registry.posts.plan("task-1:card:0", "2", "b")).channel_id == "2"


async def test_a_post_that_was_never_planned_cannot_be_confirmed(registry: Registry) -> None:
    with pytest.raises(Conflict, match="'nothing'"):
        await registry.posts.confirm("nothing", "77")


async def test_a_cursor_holds_its_last_value(registry: Registry) -> None:
    assert await registry.cursors.get("log") is None
    await registry.cursors.set("log", "5")
    await registry.cursors.set("board", "9")
    await registry.cursors.set("log", "6")
    assert (await registry.cursors.get("log"), await registry.cursors.get("board")) == ("6", "9")
