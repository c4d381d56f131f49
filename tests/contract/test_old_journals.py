"""Journals that earlier versions have stored are replayed to the same ends."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from claw_discord_coord.coordination.workflows import delivery_workflow, task_steps
from claw_discord_coord.coordination.workflows.journal import Step
from claw_discord_coord.coordination.workflows.task_steps import Begun, Ending, Settled
from claw_discord_coord.models import TaskState
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import House, ScriptedRuntime, open_house, settings

STORED: list[tuple[Step[Any], Any, Any]] = [
    (task_steps.BEGIN, {"is": "working"}, Begun(state="working")),
    (task_steps.BEGIN, {"is": "waiting", "patience_s": 3.0}, Begun(state="waiting", wait_s=3.0)),
    (task_steps.BEGIN, {"is": "canceled"}, Begun(state=Ending.CANCELED)),
    (task_steps.BEGIN, {"is": "expired"}, Begun(state=Ending.EXPIRED)),
    (task_steps.OPEN, None, None),
    (task_steps.OPEN, "canceled", Ending.CANCELED),
    (task_steps.OPEN, "expired", Ending.EXPIRED),
    (task_steps.RUN, None, None),
    (task_steps.SETTLE, {"is": "running", "patience_s": 86400.0}, Settled(state="running", wait_s=86_400.0)),
    (task_steps.SETTLE, {"is": "again"}, Settled(state="again")),
    (task_steps.SETTLE, {"is": "completed"}, Settled(state=Ending.COMPLETED)),
    (task_steps.SETTLE, {"is": "failed"}, Settled(state=Ending.FAILED)),
    (task_steps.SETTLE, {"is": "canceled"}, Settled(state=Ending.CANCELED)),
    (task_steps.SETTLE, {"is": "expired"}, Settled(state=Ending.EXPIRED)),
    (task_steps.ASK, "asked", "asked"),
    (task_steps.ASK, "completed", Ending.COMPLETED),
    (task_steps.REVIEW, "rejected", Ending.REJECTED),
    (task_steps.REVIEW, "canceled", Ending.CANCELED),
    (task_steps.PLAN.failed(), None, None),
    (delivery_workflow.DELIVER, 120.0, 120.0),
    (delivery_workflow.DELIVER, 0.0, 0.0),
    (delivery_workflow.DELIVER, None, None),
    (delivery_workflow.REPORT, None, None),
]
"""Each form of a result that was ever stored, by step, and the value that it stands for."""

SLEPT = ("DBOS.sleep", "1795884226.4")
BEGUN = [("begin", '{"answer": {"is": "working"}}'), ("open", '{"answer": null}'), ("run", '{"answer": null}')]
WATCHED = [("settle", '{"answer": {"is": "running", "patience_s": 86400.0}}'), ("DBOS.recv", '"wake"'), SLEPT]


@pytest.mark.parametrize(("step", "stored", "result"), STORED)
def test_a_stored_result_is_read_as_its_value_and_stored_in_the_same_form(
    step: Step[Any], stored: Any, result: Any
) -> None:
    read = step.result(stored)
    assert (read, type(read)) == (result, type(result))
    assert step.stored(read) == stored


def test_step_names_are_those_of_stored_journals() -> None:
    tasks = [step.name for step in vars(task_steps).values() if isinstance(step, Step)]
    assert tasks == [
        "begin",
        "open",
        "run",
        "settle",
        "ask",
        "judge",
        "end",
        "fail",
        "plan",
        "close",
        "announce",
        "clean",
    ]
    assert (delivery_workflow.DELIVER.name, delivery_workflow.REPORT.name) == ("deliver", "told")
    assert task_steps.CLOSE.failed().name == "close failed"


def test_a_stored_result_of_another_form_is_refused() -> None:
    with pytest.raises(ValidationError):
        task_steps.SETTLE.result({"is": "finished"})


def rewrite(folder: Path, task_id: str, rows: list[tuple[str, str]]) -> None:
    """Put these rows in the place of the task's journal, as an earlier version had stored them."""
    with sqlite3.connect(folder / "registry.sqlite3") as database:
        workflow = (f"task:{task_id}",)
        (serialization,) = database.execute(
            "SELECT serialization FROM operation_outputs WHERE workflow_uuid = ? LIMIT 1", workflow
        ).fetchone()
        database.execute("DELETE FROM operation_outputs WHERE workflow_uuid = ?", workflow)
        for number, (name, output) in enumerate(rows, 1):
            database.execute(
                "INSERT INTO operation_outputs (workflow_uuid, function_id, function_name, output, serialization) "
                "VALUES (?, ?, ?, ?, ?)",
                (*workflow, number, name, output, serialization),
            )
    database.close()


def opened(workspace: MemoryWorkspace, task_id: str) -> int:
    return workspace.calls.count(("open", task_id))


@pytest.mark.anyio
@pytest.mark.proves("lost.old-journal")
async def test_a_task_in_review_is_approved_after_the_upgrade(tmp_path: Path, anyio_backend: str) -> None:
    workspace = MemoryWorkspace()
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime()) as house:
        task = await house.spawn(review=True)
        house.runtime.complete(await house.running(task.id), "the report")
        await house.until(task.id, "input-required")
    asked = [("settle", '{"answer": {"is": "completed"}}'), ("ask", '{"answer": "asked"}')]
    rewrite(tmp_path, task.id, [*BEGUN, *WATCHED, *asked])
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime()) as house:
        await house.coordinator.control.review(task.id, "ada", approved=True)
        assert (await house.closed(task.id)).state is TaskState.COMPLETED
        assert len(await house.registry.runs.of_task(task.id)) == opened(workspace, task.id) == 1


@pytest.mark.anyio
@pytest.mark.proves("lost.old-journal")
async def test_a_lost_run_is_run_again_after_the_upgrade(tmp_path: Path, anyio_backend: str) -> None:
    workspace = MemoryWorkspace()
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime()) as house:
        task = await house.spawn()
        await house.running(task.id)
    rewrite(tmp_path, task.id, [*BEGUN, *WATCHED, ("settle", '{"answer": {"is": "again"}}')])
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime()) as house:
        house.runtime.complete(await house.running(task.id, attempt=2), "after all")
        assert (await house.closed(task.id)).state is TaskState.COMPLETED
        assert opened(workspace, task.id) == 1


@pytest.mark.anyio
@pytest.mark.proves("lost.old-journal")
async def test_a_task_that_waited_for_a_slot_gets_one_after_the_upgrade(tmp_path: Path, anyio_backend: str) -> None:
    workspace = MemoryWorkspace()
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime()) as house:
        first = await house.spawn("survey one")
        await house.running(first.id)
        second = await house.spawn("survey two")
        await _placed(house, second.id)
    waited = ("begin", '{"answer": {"is": "waiting", "patience_s": 86400.0}}')
    woken = [("DBOS.recv", '"wake"'), SLEPT]
    rewrite(tmp_path, second.id, [waited, ("open", '{"answer": null}'), *woken, waited])
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime()) as house:
        await house.engine.wake("task", first.id)
        house.runtime.complete(await house.running(first.id, attempt=2))
        house.runtime.complete(await house.running(second.id))
        assert (await house.closed(second.id)).state is TaskState.COMPLETED
        assert opened(workspace, second.id) == 1


@pytest.mark.anyio
async def test_a_stored_error_is_raised_again_after_the_upgrade(tmp_path: Path, anyio_backend: str) -> None:
    workspace = MemoryWorkspace()
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime()) as house:
        task = await house.spawn()
        await house.running(task.id)
    error = '{"error": {"type": "unknown_agent", "message": "There is no agent.", "fix": "Name another."}}'
    rewrite(tmp_path, task.id, [*BEGUN[:2], ("run", error)])
    async with open_house(tmp_path, settings(), workspace, ScriptedRuntime()) as house:
        failed = await house.closed(task.id)
        assert (failed.state, failed.reason) == (TaskState.FAILED, "There is no agent. Name another.")


async def _placed(house: House, task_id: str) -> None:
    async with house.services.updates.subscribe(task_id) as updates:
        while (await house.registry.tasks.get(task_id)).thread_id is None:
            await updates.get()
