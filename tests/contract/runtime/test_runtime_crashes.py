"""Runs while the coordinator, the supervisor or the program is killed."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
import pytest

from claw_discord_coord.models import RunState
from claw_discord_coord.runtimes.command.run_folder import RunFolder

pytestmark = pytest.mark.anyio

COORDINATOR = """
import asyncio, os, sys
from pathlib import Path
from claw_discord_coord.config.model import AgentConfig
from claw_discord_coord.config.runtimes import CommandRuntimeConfig
from claw_discord_coord.ports import RunOrder
from claw_discord_coord.clock import utc_now
from claw_discord_coord.runtimes.command.runtime import CommandRuntime
from claw_discord_coord.runtimes.context import RuntimeContext

root = Path(sys.argv[1])
runtime = CommandRuntime(RuntimeContext(root, root, root / "artifacts", utc_now))

async def report(line):
    print("progress", line, flush=True)

async def work(run_id, code):
    config = CommandRuntimeConfig(kind="command", command=("python", "-c", code))
    agent = AgentConfig(purpose="p", channel="c", runtime=config)
    await runtime.start(RunOrder(run_id, agent, {}, root / "session", {}, 60))
    await runtime.watch(run_id, report)
    await asyncio.Event().wait()

for order in sys.stdin:
    run_id, _, code = order.strip().partition(" ")
    if (pid := os.fork()) == 0:
        asyncio.run(work(run_id, code))
    print("coordinator", pid, flush=True)
    os.waitpid(pid, 0)
    print("gone", flush=True)
"""
"""Stands for the coordinator's process: forks one for each line "<run id> <code>" it reads."""

WAITS = (
    "import os, pathlib, time; open('count', 'a').write('once '); print('pid', os.getpid());"
    " exec('while not pathlib.Path(\"go\").exists(): time.sleep(0.01)'); print('went')"
)
"""A program that goes on until there is a file `go` in its folder."""

FAMILY = (
    "import os, signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    " sleep = [sys.executable, '-c', 'import time; time.sleep(600)'];"
    " near = subprocess.Popen(sleep, env={}); far = subprocess.Popen(sleep, start_new_session=True);"
    " print('family', os.getpid(), near.pid, far.pid); time.sleep(600)"
)
"""A program that ignores SIGTERM, with a child without our mark and a child in a session of its own."""


@asynccontextmanager
async def coordinators(desk) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", COORDINATOR, str(desk.root)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.stdin.close()
        await process.wait()


async def line(process, start: str) -> str:
    """What follows `start` in the next line that begins with it."""
    async with asyncio.timeout(30):
        while text := (await process.stdout.readline()).decode():
            if text.startswith(start):
                return text.removeprefix(start).strip()
    raise AssertionError(f"the coordinator ended without saying {start!r}")


def supervisor_of(desk, run_id: str = "run-1") -> int:
    return RunFolder(desk.runs / run_id).started()["pid"]


async def started(desk, notes, code: str, **settings: float):
    """A runtime with a run that goes on, and the watch on it."""
    runtime = desk.runtime(**settings)
    await runtime.start(desk.order(code))
    return runtime, asyncio.ensure_future(runtime.watch("run-1", notes))


async def test_a_run_goes_on_while_the_coordinator_is_killed_and_is_taken_up_again(desk, notes, is_alive):
    desk.ordered.append("run-1")
    async with coordinators(desk) as process:
        process.stdin.write(f"run-1 {WAITS}\n".encode())
        coordinator = int(await line(process, "coordinator "))
        program = int(await line(process, "progress pid "))
        os.kill(coordinator, signal.SIGKILL)
        await line(process, "gone")
    assert is_alive(program)
    runtime = desk.runtime()
    watch = asyncio.ensure_future(runtime.watch("run-1", notes))
    (desk.session / "go").touch()
    outcome = await desk.watched(watch)
    assert outcome.state is RunState.COMPLETED
    assert outcome.result.text.splitlines()[-1] == "went"
    assert (desk.session / "count").read_text() == "once "


@pytest.mark.proves("lost.run-outlives")
async def test_a_run_that_ended_while_no_coordinator_was_there_is_answered_at_once(desk, notes):
    _, watch = await started(desk, notes, WAITS)
    await notes.first("pid ")
    watch.cancel()
    await asyncio.wait([watch])
    (desk.session / "go").touch()
    await asyncio.to_thread(psutil.Process(supervisor_of(desk)).wait, 30)
    outcome = await desk.watched(desk.runtime().watch("run-1", notes))
    assert outcome.state is RunState.COMPLETED
    assert [text for text in notes.lines if text.startswith("pid")] == notes.lines[:1], "no line is told twice"
    assert notes.lines[1:] == ["went"]


@pytest.mark.proves("doubled.run")
async def test_a_start_that_is_killed_at_any_moment_happens_once(desk, notes):
    async with coordinators(desk) as process:
        for number in range(40):
            run_id = f"run-{number}"
            once = f"open('count-{run_id}', 'a').write('x')"
            process.stdin.write(f"{run_id} {once}\n".encode())
            coordinator = int(await line(process, "coordinator "))
            await asyncio.sleep(number * 0.0015)  # the moment that is tried, not a wait for something
            os.kill(coordinator, signal.SIGKILL)
            runtime = desk.runtime()
            await runtime.start(desk.order(once, run_id=run_id))
            outcome = await desk.watched(runtime.watch(run_id, notes))
            assert outcome.state is RunState.COMPLETED, outcome
            assert (desk.session / f"count-{run_id}").read_text() == "x", f"{number * 1.5} ms after the order"
            await line(process, "gone")


@pytest.mark.proves("lost.kill-supervisor")
async def test_a_run_whose_supervisor_is_killed_is_lost_and_leaves_nothing(desk, notes, is_alive):
    runtime, watch = await started(desk, notes, FAMILY)
    family = [int(pid) for pid in (await notes.first("family ")).split()]
    os.kill(supervisor_of(desk), signal.SIGKILL)
    outcome = await desk.watched(watch)
    assert outcome.state is RunState.LOST
    assert [pid for pid in family if is_alive(pid)] == []
    await runtime.start(desk.order(FAMILY))
    assert (await desk.watched(desk.runtime().watch("run-1", notes))).state is RunState.LOST


@pytest.mark.proves("lost.kill-supervisor")
async def test_a_run_whose_supervisor_and_program_are_killed_is_lost(desk, notes, is_alive):
    _, watch = await started(desk, notes, FAMILY)
    family = [int(pid) for pid in (await notes.first("family ")).split()]
    os.kill(supervisor_of(desk), signal.SIGKILL)
    os.kill(family[0], signal.SIGKILL)
    assert (await desk.watched(watch)).state is RunState.LOST
    assert [pid for pid in family if is_alive(pid)] == []


async def test_a_run_whose_program_alone_is_killed_has_failed(desk, notes):
    _, watch = await started(desk, notes, FAMILY)
    family = [int(pid) for pid in (await notes.first("family ")).split()]
    os.kill(family[0], signal.SIGKILL)
    outcome = await desk.watched(watch)
    assert outcome.state is RunState.FAILED
    assert "SIGKILL" in outcome.error


async def test_a_run_ended_by_the_system_shutting_down_is_lost_and_not_canceled(desk, notes, is_alive):
    _, watch = await started(desk, notes, FAMILY)
    family = [int(pid) for pid in (await notes.first("family ")).split()]
    os.kill(supervisor_of(desk), signal.SIGTERM)
    outcome = await desk.watched(watch)
    assert outcome.state is RunState.LOST
    assert "from outside" in outcome.error
    assert [pid for pid in family if is_alive(pid)] == []


async def test_stopping_works_without_the_supervisor(desk, notes, is_alive):
    runtime, watch = await started(desk, notes, FAMILY)
    family = [int(pid) for pid in (await notes.first("family ")).split()]
    watch.cancel()
    await asyncio.wait([watch])
    os.kill(supervisor_of(desk), signal.SIGKILL)
    await runtime.stop("run-1")
    assert [pid for pid in family if is_alive(pid)] == []
    assert (await desk.watched(runtime.watch("run-1", notes))).state is RunState.CANCELED


async def test_stopping_works_against_a_supervisor_that_hangs(desk, notes, is_alive):
    runtime, watch = await started(desk, notes, FAMILY, limit_s=0.5)
    family = [int(pid) for pid in (await notes.first("family ")).split()]
    os.kill(supervisor_of(desk), signal.SIGSTOP)
    await runtime.stop("run-1")
    assert [pid for pid in family if is_alive(pid)] == []
    assert (await desk.watched(watch)).state is RunState.CANCELED


@pytest.mark.proves("doubled.supervisor")
async def test_a_start_that_was_given_up_is_lost_and_cannot_happen_later(desk, notes):
    order = desk.order("open('ran', 'w')")
    runtime = desk.runtime(limit_s=0.1)
    RunFolder(desk.runs / "run-1").create()
    assert (await desk.watched(runtime.watch("run-1", notes))).state is RunState.LOST
    await runtime.start(order)
    assert (await desk.watched(runtime.watch("run-1", notes))).state is RunState.LOST
    assert not (desk.session / "ran").exists()


@pytest.mark.proves("doubled.supervisor")
async def test_a_supervisor_that_died_before_it_started_the_program_does_not_leave_it_to_another(desk, notes):
    folder = RunFolder(desk.runs / "run-1")
    folder.create()
    folder.write_started({"pid": 2**22 - 1})
    await desk.runtime().start(desk.order("open('ran', 'w')"))
    assert (await desk.watched(desk.runtime().watch("run-1", notes))).state is RunState.LOST
    assert not (desk.session / "ran").exists()
