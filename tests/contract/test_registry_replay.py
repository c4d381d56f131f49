"""What holds when the coordinator is killed at any moment and does everything again."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from claw_discord_coord.models import Receipt, Result, RunOutcome, RunState, TaskLocation, TaskState
from claw_discord_coord.registry.admission import Admitted
from claw_discord_coord.registry.registry import Registry
from tests.contract.registry_records import FakeClock, Records, events_after

pytestmark = pytest.mark.anyio


@pytest.mark.proves("shown.record")
async def test_every_step_of_a_life_made_twice_answers_the_same_and_is_told_once(
    registry: Registry, records: Records, clock: FakeClock
) -> None:
    task = records.task(key="survey")
    run = records.run(task)
    delivery = records.delivery(task_id=task.id)
    received, handoff = records.handoff(task)
    receipt = Receipt(destination="blog", size_bytes=3, sha256="0", at=clock.now)
    result = Result(text="# Report")
    steps: list[Callable[[], Awaitable[Any]]] = [
        lambda: registry.admission.create(task, event="Asked for."),
        lambda: registry.executions.set_location(task.id, TaskLocation("1", "2", "3", "u")),
        lambda: registry.executions.move(task.id, TaskState.WORKING, fence=0),
        lambda: registry.runs.add(run, fence=0),
        lambda: registry.admission.create(received, handoff=handoff, event="Handed on."),
        lambda: registry.runs.end(run.id, RunOutcome(RunState.COMPLETED, result=result, exit_code=0)),
        lambda: registry.executions.move(task.id, TaskState.INPUT_REQUIRED, fence=0, reason="review", result=result),
        lambda: registry.executions.move(task.id, TaskState.WORKING, fence=0),
        lambda: registry.executions.move(task.id, TaskState.COMPLETED, fence=0, result=result),
        lambda: registry.posts.plan("task:result:0", "1", "a"),
        lambda: registry.posts.confirm("task:result:0", "9"),
        lambda: registry.deliveries.plan(delivery),
        lambda: registry.deliveries.delivered(delivery.id, receipt),
        lambda: registry.cancellations.request(received.id, "ana"),
        lambda: registry.cancellations.request(task.id, "ana"),
        lambda: registry.executions.move(received.id, TaskState.CANCELED, reason="ana"),
        lambda: registry.cursors.set("log", "5"),
    ]
    for step in steps:
        first = await step()
        clock.pass_(1)
        second = await step()
        if isinstance(first, Admitted):
            assert (first.joined, second.joined) == (False, True)
            first, second = first.task, second.task
        assert second == first
    assert [(event.task_id, event.type) for event in await events_after(registry, 0)] == [
        (task.id, "task.submitted"),
        (task.id, "task.working"),
        (received.id, "task.submitted"),
        (task.id, "task.input-required"),
        (task.id, "task.working"),
        (task.id, "task.completed"),
        (received.id, "task.cancel-requested"),
        (received.id, "task.canceled"),
    ]


LIVES = 25
COORDINATOR = f"""
import asyncio, sys
from datetime import UTC, datetime
from claw_discord_coord.registry.storage.lock import hold
from claw_discord_coord.models import Delivery, Result, Run, RunOutcome, RunState, Task
from claw_discord_coord.registry.registry import Registry

NOW = datetime(2026, 5, 4, tzinfo=UTC)

async def live(registry, number):
    task = Task(id=f"t{{number}}", root_id=f"t{{number}}", origin=f"o{{number}}", key=f"k{{number}}", title="T",
                text="x", agent="a", kind="intern", state="submitted", chosen_because="w", timeout_s=5,
                created_at=NOW, channel="c")
    await registry.admission.create(task, event="Asked for.")
    await registry.executions.begin_waiting("a", concurrency=1)
    claimed = await registry.executions.claim(task.id)
    if claimed is None:
        return
    fence = claimed.fence
    if claimed.state == "completed":
        await finish(registry, claimed)
        return
    run = Run(id=f"r{{number}}", task_id=task.id, attempt=1, agent="a", runtime="command", state="running",
              token_sha256="0", started_at=NOW)
    await registry.runs.add(run, fence=fence)
    await registry.runs.end(run.id, RunOutcome(RunState.COMPLETED, result=Result(text="done")))
    await registry.deliveries.plan(Delivery(id=f"d{{number}}", key=f"d{{number}}", task_id=task.id,
                                 destination="b", route="r", title="T", text="done", state="planned", created_at=NOW))
    await registry.executions.move(task.id, "completed", fence=fence, result=Result(text="done"))
    await finish(registry, claimed)

async def finish(registry, claimed):
    await registry.executions.handled(claimed)
    await registry.showing.shown(await registry.tasks.get(claimed.id))

async def main(url):
    with hold(url):
        async with Registry.open(url) as registry:
            for number in range({LIVES}):
                await live(registry, number)
                print(number, flush=True)

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
@pytest.mark.proves("doubled.step")
async def test_killed_again_and_again_it_finishes_every_task_once(registry_url: str, tmp_path: Path) -> None:
    kills = 0
    for number in range(100):
        # Each time it is let go a little further: the kills fall on whatever it happens to do then.
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", COORDINATOR, registry_url, stdout=subprocess.PIPE, cwd=tmp_path
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            for _ in range(number * 6 + 1):
                await process.stdout.readline()
            if process.returncode is None and not process.stdout.at_eof():
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            if await process.wait() == 0:
                break
    assert kills >= 3
    async with Registry.open(registry_url) as registry:
        for number in range(LIVES):
            told = [event.type for event in await registry.events.of_task(f"t{number}")]
            assert told == ["task.submitted", "task.working", "task.completed", "task.closed"]
            assert [run.state for run in await registry.runs.of_task(f"t{number}")] == [RunState.COMPLETED]
            assert len(await registry.deliveries.of_task(f"t{number}")) == 1
        assert (await registry.tasks.count())[TaskState.COMPLETED] == LIVES
        assert [due for due in await registry.due.now() if due[0] == "task"] == []
        assert await registry.showing.next(LIVES) == []
