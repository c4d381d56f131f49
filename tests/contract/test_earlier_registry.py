"""A registry of an earlier version, whose coordinator ended in the middle of its work, is taken over and finished.

`tests/data/registry-0004.sql` is the whole SQLite file of such a coordinator after a `kill -9`, with two workflows of
its engine.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw_discord_coord.config.model import Config
from claw_discord_coord.models import Delivery, DeliveryState, RunState, Task, TaskLocation, TaskState
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.storage import search
from claw_discord_coord.registry.storage.schema import VERSION_TABLE, metadata
from tests.contract.memory_workspace import MemoryWorkspace, Said
from tests.house import House, ScriptedRuntime, open_house, settings

pytestmark = pytest.mark.anyio

DUMP = Path(__file__).parents[1] / "data" / "registry-0004.sql"
CLOSED = "say what is closed"
SENDING = "report the numbers"
REVIEWED = "write the story"
BELOW = "illustrate the story"
APPROVED = "write the news"
WORKING = "survey the sources"
QUEUED = "survey the field"
PRIVATE = "survey my letters"
STOPPED = "survey the rest"
ENDED = "write the summary"
IN_REVIEW = {REVIEWED: "the story", APPROVED: "the news"}
"""The results that were in the threads already."""


def same_settings() -> Config:
    """The settings of the coordinator that had the registry before."""
    data = settings().model_dump(mode="json", exclude_unset=True)
    data["destinations"]["blog"] = {"kind": "file", "folder": "blog", "approval": True}
    data["routes"] = [{"when": {"kind": "report"}, "to": ["files", "reports", "blog"]}]
    data["agents"]["writing"]["concurrency"] = 5
    return Config.model_validate(data)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "registry.sqlite3"
    with sqlite3.connect(path) as database:
        database.executescript(DUMP.read_text(encoding="utf-8"))
    database.close()
    return path


@pytest.fixture
def workspace(file: Path) -> MemoryWorkspace:
    """The Discord that the earlier coordinator had left behind."""
    workspace = MemoryWorkspace()
    with sqlite3.connect(file) as database:
        for task_id, title, state, *place in database.execute(
            "SELECT id, title, state, channel_id, message_id, thread_id, thread_url FROM claw_tasks "
            "WHERE thread_id IS NOT NULL"
        ):
            workspace.places[task_id] = TaskLocation(*place)
            workspace.shown[task_id].append(TaskState(state))
            if title in IN_REVIEW:
                workspace.threads[task_id].append(Said(f"{task_id}/result", "1", IN_REVIEW[title]))
        for task_id, delivery_id in database.execute(
            "SELECT task_id, id FROM claw_deliveries WHERE state = 'held' AND held_for IS NULL"
        ):
            said = Said(f"{task_id}/delivery/{delivery_id}/held", "2", "asks for approval")
            workspace.threads[task_id].append(said)
    database.close()
    return workspace


@pytest.fixture
async def house(tmp_path: Path, file: Path, workspace: MemoryWorkspace, anyio_backend: str) -> AsyncIterator[House]:
    async with open_house(tmp_path, same_settings(), workspace, ScriptedRuntime(), f"sqlite:///{file}") as opened:
        yield opened


async def task_of(house: House, title: str) -> Task:
    (task,) = [task for task in await house.registry.tasks.find() if task.title == title]
    return task


async def deliveries_of(house: House, title: str) -> dict[str, Delivery]:
    task = await task_of(house, title)
    return {delivery.destination: delivery for delivery in await house.registry.deliveries.of_task(task.id)}


async def story(house: House, task: Task) -> list[str]:
    return [event.type for event in await house.registry.events.of_task(task.id) if event.type.startswith("task.")]


@pytest.mark.proves("lost.migration")
async def test_the_tables_get_the_form_of_this_version_and_those_of_the_earlier_engine_are_gone(file: Path) -> None:
    with sqlite3.connect(file) as database:
        assert database.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall() == [("0004",)]
        before = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    database.close()
    assert {"workflow_status", "operation_outputs", "dbos_migrations"} < before
    async with Registry.open(f"sqlite:///{file}") as registry:
        assert len(await registry.tasks.find()) == 10
    with sqlite3.connect(file) as database:
        after = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    database.close()
    after = {name for name in after if not name.startswith(search.INDEX)}
    assert after == {*metadata.tables, VERSION_TABLE, "sqlite_sequence"}


@pytest.mark.proves("lost.earlier-version")
async def test_a_task_at_work_goes_on_with_its_run_and_the_queue_behind_it_moves_in_order(house: House) -> None:
    working, queued, private = [await task_of(house, title) for title in (WORKING, QUEUED, PRIVATE)]
    for task in (working, queued, private):
        house.runtime.complete(await house.running(task.id), "found it")
        closed = await house.closed(task.id)
        assert (closed.state, closed.result and closed.result.text) == (TaskState.COMPLETED, "found it")
        assert [run.state for run in await house.registry.runs.of_task(task.id)] == [RunState.COMPLETED]
        assert await story(house, task) == ["task.submitted", "task.working", "task.completed", "task.closed"]
    assert [order.run_id for order in house.runtime.orders] == [f"{task.id}-r1" for task in (working, queued, private)]
    for task in (working, queued):
        assert [said.text for said in house.workspace.threads[task.id]] == ["found it"]
    assert "open" not in [call for call, _ in house.workspace.calls]


@pytest.mark.proves("lost.earlier-version")
async def test_a_task_that_was_told_to_stop_at_the_last_moment_is_canceled_and_never_runs(house: House) -> None:
    stopped = await task_of(house, STOPPED)
    closed = await house.closed(stopped.id)
    assert (closed.state, closed.reason) == (TaskState.CANCELED, "canceled by ada")
    assert await house.registry.runs.of_task(stopped.id) == []
    assert (await story(house, stopped)).count("task.canceled") == 1


@pytest.mark.proves("lost.earlier-version")
async def test_a_result_in_review_waits_for_its_person_and_then_releases_what_waited_for_it(house: House) -> None:
    reviewed = await task_of(house, REVIEWED)
    assert reviewed.state is TaskState.INPUT_REQUIRED
    assert {one.state for one in (await deliveries_of(house, BELOW)).values()} == {DeliveryState.HELD}
    await house.coordinator.control.review(reviewed.id, "ada", approved=True)
    closed = await house.closed(reviewed.id)
    assert (closed.state, closed.result and closed.result.text) == (TaskState.COMPLETED, "the story")
    # A request for a review may stand below it, since this version asks in the thread.
    results = [said.text for said in house.workspace.threads[reviewed.id] if not said.key.endswith("/review")]
    assert results == ["the story"]
    below = await deliveries_of(house, BELOW)
    for name in ("files", "reports"):
        assert (await house.delivered(below[name].id)).attempts == 1
    blog = (await deliveries_of(house, BELOW))["blog"]
    assert (blog.state, blog.held_for) == (DeliveryState.HELD, None)


@pytest.mark.proves("lost.earlier-version")
async def test_a_decision_of_the_last_moment_counts(house: House) -> None:
    closed = await house.closed((await task_of(house, APPROVED)).id)
    assert closed.state is TaskState.COMPLETED
    # A request for a review may stand below it, since this version asks in the thread.
    results = [said.text for said in house.workspace.threads[closed.id] if not said.key.endswith("/review")]
    assert results == ["the news"]
    assert len(await house.registry.runs.of_task(closed.id)) == 1


@pytest.mark.proves("lost.earlier-version")
async def test_a_task_that_had_ended_is_shown_and_closed_once_and_sends_nothing_twice(house: House) -> None:
    ended = await house.closed((await task_of(house, ENDED)).id)
    await house.delivered((await deliveries_of(house, ENDED))["reports"].id)
    assert await story(house, ended) == ["task.submitted", "task.working", "task.completed", "task.closed"]
    texts = [said.text for said in house.workspace.threads[ended.id]]
    assert texts.count("the summary") == 1
    found = await deliveries_of(house, ENDED)
    assert {name: (one.state.value, one.attempts) for name, one in found.items()} == {
        "files": ("delivered", 1),
        "reports": ("delivered", 2),
        "blog": ("held", 0),
    }
    assert [said.text for said in house.workspace.channels["reports"] if "summary" in said.text] == ["the summary"]


@pytest.mark.proves("lost.earlier-version")
async def test_a_delivery_between_two_attempts_arrives_and_a_held_one_waits_for_its_person(house: House) -> None:
    sending = await task_of(house, SENDING)
    found = await deliveries_of(house, SENDING)
    assert (await house.delivered(found["reports"].id)).attempts == 2
    assert [said.text for said in house.workspace.channels["reports"] if "numbers" in said.text] == ["the numbers"]
    assert (await house.registry.deliveries.get(found["blog"].id)).state is DeliveryState.HELD
    await house.coordinator.deliveries.review(found["blog"].id, "ada", approved=True)
    assert (await house.delivered(found["blog"].id)).attempts == 1
    assert len(list((house.folder / "blog").glob("*.md"))) == 1
    asked = [said for said in house.workspace.threads[sending.id] if "for approval" in said.text]
    assert len(asked) == 1


@pytest.mark.proves("lost.earlier-version")
async def test_a_closed_task_is_left_alone(house: House) -> None:
    closed = await task_of(house, CLOSED)
    before = await house.registry.events.of_task(closed.id)
    await house.closed((await task_of(house, ENDED)).id)
    assert await house.registry.tasks.get(closed.id) == closed
    assert await house.registry.events.of_task(closed.id) == before
    assert [call for call, task_id in house.workspace.calls if task_id == closed.id] == []
