"""The engine and everything above it, on both databases: workflows run when something is due, and go on after a
restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from claw_discord_coord.clock import utc_now
from claw_discord_coord.coordination.workflows import engine as engine_module
from claw_discord_coord.coordination.workflows.engine import Engine
from claw_discord_coord.coordination.workflows.steps import Steps
from claw_discord_coord.errors import Fenced
from claw_discord_coord.models import DeliveryState, RunState, TaskState
from claw_discord_coord.registry.due import Due, DueWork
from claw_discord_coord.registry.registry import Registry
from tests.contract.memory_workspace import MemoryWorkspace
from tests.contract.registry_records import FakeClock, Records
from tests.house import PATIENCE_S, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio


async def test_a_task_runs_to_its_end(tmp_path: Path, registry_url: str) -> None:
    async with open_house(tmp_path, settings(), MemoryWorkspace(), ScriptedRuntime(), registry_url) as house:
        task = await house.spawn()
        house.runtime.complete(await house.running(task.id), "done", kind="report")
        assert (await house.closed(task.id)).state is TaskState.COMPLETED
        assert len(await house.registry.deliveries.of_task(task.id)) == 2


@pytest.mark.proves("lost.kill-coordinator", "doubled.step")
async def test_a_task_goes_on_after_a_restart_and_what_was_done_is_not_done_again(
    tmp_path: Path, registry_url: str
) -> None:
    workspace, runtime = MemoryWorkspace(), ScriptedRuntime()
    async with open_house(tmp_path, settings(), workspace, runtime, registry_url) as house:
        task = await house.spawn()
        await house.running(task.id)
        waiting = await house.spawn("survey more")
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        house.runtime.complete(await house.running(task.id, attempt=2), "after all")
        await house.closed(task.id)
        runs = await house.registry.runs.of_task(task.id)
        assert [run.state for run in runs] == [RunState.LOST, RunState.COMPLETED]
        house.runtime.complete(await house.running(waiting.id), "this too")
        assert (await house.closed(waiting.id)).state is TaskState.COMPLETED
    assert [said.text for said in workspace.threads[task.id]] == ["after all"]
    assert [call for call in workspace.calls if call == ("open", task.id)] == [("open", task.id)]


@pytest.mark.proves("doubled.delivery-restart")
async def test_a_delivery_goes_on_after_a_restart(tmp_path: Path, registry_url: str) -> None:
    workspace = MemoryWorkspace()
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        task = await house.spawn()
        house.runtime.complete(await house.running(task.id), "the report", kind="report")
        await house.closed(task.id)
        found = {one.destination: one for one in await house.registry.deliveries.of_task(task.id)}
        for delivery in found.values():
            await house.delivered(delivery.id)
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        another = await house.spawn("survey more")
        house.runtime.complete(await house.running(another.id), "another report", kind="report")
        await house.closed(another.id)
        for delivery in await house.registry.deliveries.of_task(another.id):
            await house.delivered(delivery.id)
        for delivery in await house.registry.deliveries.of_task(task.id):
            assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 1)
    assert [said.text for said in workspace.channels["reports"]] == ["the report", "another report"]


@pytest.mark.postgresql
@pytest.mark.proves("lost.database-away")
async def test_a_task_goes_on_after_its_database_was_away(tmp_path: Path, postgresql_url: str) -> None:
    import psycopg

    server, _, name = postgresql_url.rpartition("/")
    async with open_house(tmp_path, settings(), MemoryWorkspace(), ScriptedRuntime(), postgresql_url) as house:
        task = await house.spawn(kind="intern")
        run_id = await house.running(task.id)
        with psycopg.connect(f"{server}/postgres", autocommit=True) as administrator:
            administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            house.runtime.complete(run_id, "all the same")
            await asyncio.sleep(1)
            administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        task = await house.closed(task.id)
        assert task.state is TaskState.COMPLETED
        assert task.result is not None
        assert task.result.text == "all the same"
        assert len(house.runtime.orders) == 1
        assert [said.text for said in house.workspace.threads[task.id]].count("all the same") == 1


@dataclass
class Recorder:
    """A workflow that notes its executions, and does in each what the test says."""

    then: Callable[[str], Awaitable[None]] | None = None
    calls: list[str] = field(default_factory=list)
    ended: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, id_: str, _steps: Steps) -> None:
        self.calls.append(id_)
        self._changed.set()
        if self.then is not None:
            await self.then(id_)
        self.ended += 1
        self._changed.set()

    async def until(self, *, calls: int = 0, ended: int = 0) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.calls) < calls or self.ended < ended:
                self._changed.clear()
                await self._changed.wait()


class CountedDueWork(DueWork):
    """The registry's view of the due work, which counts how often the engine asks, and says when it got an answer."""

    def __init__(self, due: DueWork, *, before_next: Callable[[], None] = lambda: None) -> None:
        super().__init__(due._database, due._clock)
        self._before_next = before_next
        self.asked = 0
        self.found_something, self.asked_for_next = asyncio.Event(), asyncio.Event()

    async def now(self, at: datetime | None = None) -> list[Due]:
        self.asked += 1
        answer = await super().now(at)
        if answer:
            self.found_something.set()
        return answer

    async def next_at(self, after: datetime | None = None) -> datetime | None:
        self._before_next()
        answer = await super().next_at(after)
        self.asked_for_next.set()
        return answer


@pytest.fixture
async def present(registry_url: str) -> AsyncIterator[Registry]:
    """A registry with the clock of this machine."""
    async with Registry.open(registry_url) as opened:
        yield opened


async def test_a_record_has_one_execution_at_a_time_and_requests_meanwhile_are_one_more(registry: Registry) -> None:
    go_on = asyncio.Event()
    recorder = Recorder(then=lambda _id: _until(go_on))
    engine = Engine(registry.due, utc_now)
    async with engine.running({"task": recorder.run}):
        engine.wake("task", "t-1")
        await recorder.until(calls=1)
        for _ in range(5):
            engine.wake("task", "t-1")
        engine.wake("task", "t-2")
        await recorder.until(calls=2)
        assert recorder.calls == ["t-1", "t-2"]
        go_on.set()
        await recorder.until(calls=3, ended=3)
        engine.wake("task", "t-3")
        await recorder.until(ended=4)
        assert recorder.calls == ["t-1", "t-2", "t-1", "t-3"]


async def _until(event: asyncio.Event) -> None:
    await event.wait()


@pytest.mark.proves("lost.error-between-steps")
async def test_a_workflow_that_an_unforeseen_error_ended_runs_again_after_a_pause(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(engine_module, "AFTER_ERROR_S", 0.05)
    failures = [ZeroDivisionError("by nought"), ZeroDivisionError("by nought")]

    async def fail(_id: str) -> None:
        if failures:
            raise failures.pop()

    recorder = Recorder(then=fail)
    engine = Engine(registry.due, utc_now)
    async with engine.running({"task": recorder.run}):
        engine.wake("task", "t-1")
        await recorder.until(ended=1)
    assert recorder.calls == ["t-1"] * 3
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert ["task t-1" in record.message for record in told] == [True, True]
    assert all(record.exc_info is not None for record in told)


@pytest.mark.proves("lost.error-between-steps")
async def test_a_request_ends_the_pause_after_an_unforeseen_error(registry: Registry) -> None:
    failed = asyncio.Event()

    async def fail_once(_id: str) -> None:
        if not failed.is_set():
            failed.set()
            raise ZeroDivisionError

    recorder = Recorder(then=fail_once)
    engine = Engine(registry.due, utc_now)
    async with engine.running({"task": recorder.run}), asyncio.timeout(PATIENCE_S):
        engine.wake("task", "t-1")
        await failed.wait()
        while recorder.ended == 0:  # before the pause has begun, a request has nothing to end
            engine.wake("task", "t-1")
            await asyncio.sleep(0.01)


@pytest.mark.proves("lost.error-between-steps", "waiting.rows")
async def test_what_an_unforeseen_error_left_undone_is_taken_up_at_the_next_start(
    registry: Registry, records: Records
) -> None:
    task = (await registry.admission.create(records.task(), event=".")).task
    await registry.executions.begin_waiting(task.agent, concurrency=1)

    async def claim_and_fail(id_: str) -> None:
        await registry.executions.claim(id_)
        raise ZeroDivisionError

    async def claim_and_handle(id_: str) -> None:
        claimed = await registry.executions.claim(id_)
        assert claimed is not None
        await registry.executions.handled(claimed)

    for then in (claim_and_fail, claim_and_handle):
        recorder = Recorder(then=then)
        async with Engine(registry.due, utc_now).running({"task": recorder.run}):
            await recorder.until(calls=1, ended=int(then is claim_and_handle))
        assert recorder.calls == [task.id]
    assert await registry.due.now() == []


@pytest.mark.proves("doubled.fence")
async def test_an_execution_that_a_newer_one_has_taken_over_ends(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    taken_over = [Fenced("Task t-1 has been taken over.")]

    async def fenced(_id: str) -> None:
        if taken_over:
            raise taken_over.pop()

    recorder = Recorder(then=fenced)
    engine = Engine(registry.due, utc_now)
    async with engine.running({"task": recorder.run}):
        engine.wake("task", "t-1")
        await recorder.until(calls=1)
        engine.wake("task", "t-2")
        await recorder.until(ended=1)
        assert recorder.calls == ["t-1", "t-2"]
        engine.wake("task", "t-1")
        await recorder.until(ended=2)
    assert "This execution stops" in caplog.text


@pytest.mark.proves("waiting.rows")
async def test_work_begins_when_it_is_due_and_nobody_asks_before(present: Registry, records: Records) -> None:
    deadline, sending = [utc_now() + timedelta(seconds=seconds) for seconds in (0.5, 0.8)]
    task = (await present.admission.create(records.task(deadline_at=deadline), event=".")).task
    delivery = await present.deliveries.plan(records.delivery(due_at=sending))
    at: dict[str, datetime] = {}

    async def note(id_: str) -> None:
        at[id_] = utc_now()
        if id_ == task.id:
            claimed = await present.executions.move(task.id, TaskState.FAILED, expired=True)
            await present.executions.handled(claimed)
        else:
            await present.deliveries.reported(await present.deliveries.get(id_))

    recorder = Recorder(then=note)
    due = CountedDueWork(present.due)
    async with Engine(due, utc_now).running({"task": recorder.run, "delivery": recorder.run, "agent": _nothing}):
        await recorder.until(ended=2)
    assert recorder.calls == [task.id, delivery.id]
    for id_, time in ((task.id, deadline), (delivery.id, sending)):
        assert time <= at[id_] < time + timedelta(seconds=2)
    assert due.asked <= 4, "at the start, and once for each time"


async def _nothing(_id: str, _steps: Steps) -> None:
    pass


async def test_a_time_that_is_stored_while_the_engine_sleeps_is_kept(present: Registry, records: Records) -> None:
    await present.deliveries.plan(records.delivery(due_at=utc_now() + timedelta(hours=1)))
    recorder = Recorder()
    due = CountedDueWork(present.due)
    engine = Engine(due, utc_now)
    async with engine.running({"delivery": recorder.run}):
        sooner = await present.deliveries.plan(records.delivery(due_at=utc_now() + timedelta(seconds=0.2)))
        engine.due_changed()
        await recorder.until(ended=1)
    assert set(recorder.calls) == {sooner.id}


async def test_what_is_due_is_found_after_the_clock_was_set(
    registry: Registry, records: Records, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "LONGEST_SLEEP_S", 0.02)
    first, second = [
        await registry.deliveries.plan(records.delivery(due_at=clock.now + timedelta(hours=hours))) for hours in (1, 2)
    ]

    async def send(id_: str) -> None:
        await registry.deliveries.reported(await registry.deliveries.get(id_))

    recorder = Recorder(then=send)
    async with Engine(registry.due, clock).running({"delivery": recorder.run}):
        clock.pass_(-3_600)
        clock.pass_(2 * 3_600)
        await recorder.until(ended=1)
        assert recorder.calls == [first.id]
        clock.pass_(3_600)
        await recorder.until(ended=2)
    assert recorder.calls == [first.id, second.id]


@pytest.mark.proves("waiting.rows")
async def test_a_time_that_passes_during_an_execution_is_not_missed(
    registry: Registry, records: Records, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "LONGEST_SLEEP_S", 0.02)
    delivery = await registry.deliveries.plan(records.delivery(due_at=clock.now + timedelta(minutes=1)))
    looked, go_on = asyncio.Event(), asyncio.Event()
    seen: list[bool] = []

    async def look(id_: str) -> None:
        present = await registry.deliveries.get(id_)
        seen.append(present.due_at is not None and present.due_at <= clock.now)
        if seen[-1]:
            await registry.deliveries.reported(present)
        looked.set()
        await go_on.wait()

    recorder = Recorder(then=look)
    due = CountedDueWork(registry.due)
    engine = Engine(due, clock)
    async with engine.running({"delivery": recorder.run}), asyncio.timeout(PATIENCE_S):
        engine.wake("delivery", delivery.id)
        await looked.wait()
        await due.asked_for_next.wait()
        clock.pass_(60)
        await due.found_something.wait()
        go_on.set()
        await recorder.until(ended=2)
    assert seen == [False, True]


@pytest.mark.proves("waiting.rows")
async def test_a_time_that_passes_between_two_looks_at_the_registry_is_not_missed(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    delivery = await registry.deliveries.plan(records.delivery(due_at=clock.now + timedelta(minutes=1)))

    async def send(id_: str) -> None:
        await registry.deliveries.reported(await registry.deliveries.get(id_))

    recorder = Recorder(then=send)
    due = CountedDueWork(registry.due, before_next=lambda: clock.pass_(60))
    async with Engine(due, clock).running({"delivery": recorder.run}):
        await recorder.until(ended=1)
    assert recorder.calls == [delivery.id]


async def test_executions_end_with_the_engine_and_later_requests_wait_for_the_next_start(
    registry: Registry, records: Records
) -> None:
    never = asyncio.Event()
    recorder = Recorder(then=lambda _id: _until(never))
    engine = Engine(registry.due, utc_now)
    async with engine.running({"task": recorder.run}):
        engine.wake("task", "t-1")
        await recorder.until(calls=1)
    engine.wake("task", "t-1")
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert [task.get_name() for task in others if task.get_name().startswith(("task ", "due work"))] == []
    assert recorder.calls == ["t-1"]
    assert recorder.ended == 0
