"""The engine and everything above it, on both databases: workflows end, and go on after a restart."""

from __future__ import annotations

import asyncio
import base64
import os
import pickle
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter

from claw_discord_coord.coordination.workflows.engine import DurableEngine
from claw_discord_coord.coordination.workflows.journal import Journal, Step
from claw_discord_coord.models import RunState, TaskState
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import ScriptedRuntime, open_house, settings

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
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime(), registry_url) as house:
        await house.engine.wake("task", task.id)
        house.runtime.complete(await house.running(task.id, attempt=2), "after all")
        await house.closed(task.id)
        runs = await house.registry.runs.of_task(task.id)
        assert [run.state for run in runs] == [RunState.LOST, RunState.COMPLETED]
    assert len(workspace.threads[task.id]) == 1
    assert [call for call in workspace.calls if call[0] == "open"] == [("open", task.id)]


@pytest.mark.postgresql
@pytest.mark.proves("lost.journal-away", "lost.database-away")
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


STEP = Step("count", TypeAdapter(int))


class Effects:
    """A workflow of one step, which an unforeseen error ends as often as the test says."""

    def __init__(self, url: str, failures: int) -> None:
        self.url = url
        self.failures = failures
        self.steps = 0
        self.ended = asyncio.Event()

    def engine(self) -> DurableEngine:
        async def waited(*_arguments: object) -> None:
            pass

        return DurableEngine(self.url, waited=waited)

    async def step(self) -> int:
        self.steps += 1
        return self.steps

    async def run(self, _id: str, journal: Journal) -> None:
        await journal.step(STEP, self.step)
        self.ended.set()
        if self.failures:
            self.failures -= 1
            raise ZeroDivisionError


@pytest.mark.proves("lost.error-between-steps", "doubled.step")
async def test_a_workflow_that_an_unforeseen_error_ended_is_taken_up_at_the_next_start(registry_url: str) -> None:
    effects = Effects(registry_url, failures=1)
    for start in (1, 2):
        engine = effects.engine()
        effects.ended.clear()
        async with engine.running({"task": effects.run}), asyncio.timeout(10):
            if start == 1:
                await engine.start("task", "t-1")
            await effects.ended.wait()
            await asyncio.sleep(0.1)
    assert effects.failures == 0
    assert effects.steps == 1


class Code:
    """Makes a folder when it is read as a pickle."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> object:
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize(("table", "column"), [("operation_outputs", "output"), ("workflow_status", "inputs")])
@pytest.mark.proves("obeyed.journal")
async def test_code_that_somebody_wrote_into_a_journal_is_not_run_and_stops_no_other_workflow(
    registry_url: str, tmp_path: Path, table: str, column: str
) -> None:
    effects = Effects(registry_url, failures=2)
    engine = effects.engine()
    async with engine.running({"task": effects.run}), asyncio.timeout(10):
        for name in ("t-1", "t-2"):
            effects.ended.clear()
            await engine.start("task", name)
            await effects.ended.wait()
        await asyncio.sleep(0.1)
    code = base64.b64encode(pickle.dumps(Code(tmp_path / "obeyed"))).decode()
    database = sa.create_engine(registry_url)
    with database.begin() as connection:
        schema = "" if connection.dialect.name == "sqlite" else "dbos."
        changed = connection.execute(
            sa.text(
                f"UPDATE {schema}{table} SET {column} = :code, serialization = 'py_pickle' "
                "WHERE workflow_uuid = 'task:t-1'"
            ),
            {"code": code},
        )
        assert changed.rowcount == 1
    database.dispose()
    effects.ended.clear()
    async with effects.engine().running({"task": effects.run}), asyncio.timeout(10):
        await effects.ended.wait()
        await asyncio.sleep(0.5)
    assert not (tmp_path / "obeyed").exists()
