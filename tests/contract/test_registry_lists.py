"""How lists of tasks are read from a large registry: by indexes, with counts that are kept, and searched literally."""

import asyncio
import itertools
import random
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Connection, Engine, event, inspect, text

from claw_discord_coord.coordination.people.board import Board
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.task_posts import needing_attention
from claw_discord_coord.models import DeliveryState, Task, TaskState
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.storage import search
from claw_discord_coord.registry.storage.address import Address
from claw_discord_coord.registry.tasks import FEW
from tests.contract.registry_records import Records
from tests.contract.test_registry_opening import beside, migrate_to

pytestmark = pytest.mark.anyio

SESSION = "agent:main:main"
FILTERS: dict[str, Any] = {
    "agent": "research",
    "state": TaskState.SUBMITTED,
    "parent_id": "task-1",
    "root_id": "task-1",
    "asked_from": SESSION,
    "text": "words",
}
COMBINATIONS = [
    dict(itertools.compress(FILTERS.items(), chosen)) for chosen in itertools.product((False, True), repeat=6)
]
BAD = ("SCAN claw_", "TEMP B-TREE", "Seq Scan", "Sort")
"""In a line of a plan: all rows of a table are read, or rows are sorted."""


async def fill(registry: Registry, records: Records) -> Task:
    """Store a tree of two tasks, and more tasks than are compared one by one."""
    task = records.task(asked_from={"session_key": SESSION})
    await registry.admission.create(task, event=".")
    await registry.admission.create(records.child(task, asked_from=task.asked_from), event=".")
    await registry._database.write(copies, task.id, [f"copy {number} of the words" for number in range(1, FEW + 2)])
    return task


def copies(connection: Connection, task_id: str, texts: list[str]) -> None:
    """Insert copies of a task with other searchable texts, past the registry."""
    row = connection.execute(text("SELECT * FROM claw_tasks WHERE id = :id"), {"id": task_id}).mappings().one()
    names = [name for name in row if name not in {"number", "id", "origin", "root_id", "searchable"}]
    chosen = ", ".join(names)
    statement = text(
        f"INSERT INTO claw_tasks (id, origin, root_id, searchable, {chosen}) "
        f"SELECT :id, :id, :id, :text, {chosen} FROM claw_tasks WHERE id = :original"
    )
    for number, words in enumerate(texts, 1):
        connection.execute(statement, {"id": f"copy-{number}", "text": words, "original": task_id})


async def plan(registry: Registry, read: Callable[[], Awaitable[object]]) -> list[str]:
    """Read, and return the lines of the plans of all statements that read tables of the registry."""
    engine, statements = registry._database._engine, list[tuple[str, Any]]()

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "FROM claw_" in statement:
            statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    await read()
    event.remove(engine, "before_cursor_execute", note)
    lines = [line for statement in statements for line in await registry._database.read(explain, *statement)]
    assert lines
    return lines


def explain(connection: Connection, statement: str, parameters: Any) -> list[str]:
    if connection.dialect.name == "sqlite":
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    # PostgreSQL reads small tables whole, so it has to say what it would do with large ones.
    for way in ("seqscan", "sort", "bitmapscan"):
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    return [row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]


def bad(lines: list[str]) -> list[str]:
    return [line for line in lines if any(sign in line for sign in BAD) and "VIRTUAL TABLE" not in line]


async def test_each_list_is_read_in_its_order_by_an_index(registry: Registry, records: Records) -> None:
    await fill(registry, records)
    for filters in COMBINATIONS:
        lines = await plan(registry, lambda filters=filters: registry.tasks.find(**filters, limit=20))
        # Without a filter, the limit ends the reading in the order of the numbers.
        expected = ["SCAN claw_tasks"] if not filters and registry._database.address.path else []
        assert bad(lines) == expected, filters
        if "text" in filters and not filters.keys() & {"parent_id", "root_id"} and registry._database.address.path:
            assert any(f"{search.INDEX} VIRTUAL TABLE" in line for line in lines), filters


async def test_what_people_and_the_board_look_at_is_read_by_indexes(registry: Registry, records: Records) -> None:
    task = await fill(registry, records)
    services = cast("Services", SimpleNamespace(registry=registry, workspace=None, updates=None))
    for read in (
        Board(services).view,
        lambda: needing_attention(registry, limit=20),
        lambda: registry.announcements.given_up(limit=20),
        lambda: registry.deliveries.find(DeliveryState.FAILED),
        lambda: registry.tasks.count(asked_from=SESSION),
        lambda: registry.tasks.in_thread("1"),
        lambda: registry.events.of_task(task.id),
    ):
        assert bad(await plan(registry, read)) == []


async def test_what_is_due_and_what_discord_does_not_show_yet_is_read_by_indexes(registry: Registry) -> None:
    reads = (
        registry.due.now,
        registry.due.next_at,
        lambda: registry.showing.next(16, queues=["research"]),
        lambda: registry.showing.next(16, queues=["research"], placed=True),
        lambda: registry.showing.comes_soon("t", 16, queues=["research"]),
    )
    # These indexes have only the rows that are looked for, so reading all of one is no fault.
    whole = ("ix_claw_tasks_due", "ix_claw_tasks_unshown", "ix_claw_tasks_deadline", "Sort", "TEMP B-TREE", "pk_")
    for read in reads:
        lines = await plan(registry, read)
        assert [line for line in bad(lines) if not any(name in line for name in whole)] == [], lines


async def test_only_open_announcements_are_looked_through(registry: Registry) -> None:
    lines = await plan(registry, registry.announcements.sessions)
    assert any("ix_claw_announcements_open" in line for line in lines)


async def test_the_slots_of_an_agent_are_counted_without_its_ended_tasks(registry: Registry, records: Records) -> None:
    task = await fill(registry, records)
    lines = await plan(registry, lambda: registry.executions.begin_waiting(task.agent, concurrency=1))
    assert bad(lines) == []
    assert any("agent=? AND state=?" in line or "claw_tasks_state_number" in line for line in lines), lines


async def test_a_text_is_found_in_whatever_way_a_row_was_written(registry: Registry, records: Records) -> None:
    task = await fill(registry, records)
    assert [found.id for found in await registry.tasks.find(text="COPY 7 of")] == ["copy-7"]
    change = text("UPDATE claw_tasks SET searchable = 'other' WHERE id = 'copy-7'")
    await registry._database.write(lambda connection: connection.execute(change))
    assert await registry.tasks.find(text="copy 7 of") == []
    assert [found.id for found in await registry.tasks.find(text="other")] == ["copy-7"]
    remove = text("DELETE FROM claw_tasks WHERE id = 'copy-7'")
    await registry._database.write(lambda connection: connection.execute(remove))
    assert await registry.tasks.find(text="other") == []
    assert (await registry.tasks.count())[task.state] == FEW + 2


async def test_each_text_is_found_as_if_every_task_were_compared(registry: Registry, records: Records) -> None:
    await registry.admission.create(records.task(agent="writing"), event=".")
    chance = random.Random(5)
    letters = "aabbc \n'\"%_\\*()-ßÄ日本猫\U0001f600\ufffd\ufffe\x00"

    def some_text(longest: int) -> str:
        return "".join(chance.choices(letters, k=chance.randint(1, longest)))

    texts = [some_text(30).replace("\x00", "\ufffd").casefold() for _ in range(300)]
    await registry._database.write(copies, "task-1", texts)
    for wanted in [some_text(5) for _ in range(400)]:
        part = wanted.replace("\x00", "\ufffd").casefold()
        expected = [f"copy-{number}" for number, words in enumerate(texts, 1) if part in words][::-1]
        for filters in ({}, {"agent": "writing"}):
            found = await registry.tasks.find(text=wanted, limit=1_000, **filters)
            assert [task.id for task in found if task.id != "task-1"] == expected, repr(wanted)


async def test_counts_follow_every_change_at_once(
    registry: Registry, second_registry: Registry, records: Records
) -> None:
    mine = [records.task(asked_from={"session_key": SESSION}) for _ in range(10)]
    others = [records.task() for _ in range(10)]

    async def live(task: Task, end: TaskState, by: Registry) -> None:
        await by.admission.create(task, event=".")
        await by.executions.move(task.id, TaskState.WORKING)
        await by.executions.move(task.id, end)

    await asyncio.gather(
        *(live(task, TaskState.COMPLETED, registry) for task in mine),
        *(live(task, TaskState.FAILED, second_registry) for task in others),
    )
    nothing = dict.fromkeys(TaskState, 0)
    assert await registry.tasks.count() == nothing | {TaskState.COMPLETED: 10, TaskState.FAILED: 10}
    assert await registry.tasks.count(asked_from=SESSION) == nothing | {TaskState.COMPLETED: 10}
    assert await registry.tasks.count(asked_from="") == nothing
    assert await registry.tasks.count(root_id=mine[0].id) == nothing | {TaskState.COMPLETED: 1}
    assert await registry.tasks.count(root_id=mine[0].id, asked_from="another") == nothing


OLD_TASK = """
INSERT INTO claw_tasks (id, title, text, agent, kind, state, chosen_because, origin, root_id, depth, review, private,
wanted, asked_from, timeout_s, created_at, channel, discord_requests, fence, searchable)
VALUES (:id, 'Old', 'Old', 'research', 'intern', :state, 'named', :id, :id, 0, false, false,
'{}', :asked_from, 60, '2026-11-21 12:00:00.000000', 'research', 0, 0, :words)
"""


@pytest.mark.proves("lost.migration")
async def test_the_tasks_of_an_older_version_are_counted_and_found(registry_url: str) -> None:
    with beside(registry_url) as connection:
        migrate_to(connection, "0005")
        for number, (state, asked_from) in enumerate(
            (("completed", '{"session_key": "s-1"}'), ("working", '{"session_key": "s-1"}'), ("completed", "{}")), 1
        ):
            row = {"id": f"old-{number}", "state": state, "asked_from": asked_from, "words": f"old words {number}"}
            connection.execute(text(OLD_TASK), row)
        connection.commit()
    async with Registry.open(registry_url) as registry:
        tasks = registry.tasks
        assert [task.id for task in await tasks.find(text="words 2")] == ["old-2"]
        assert [task.id for task in await tasks.find(asked_from="s-1")] == ["old-2", "old-1"]
        nothing = dict.fromkeys(TaskState, 0)
        assert await tasks.count() == nothing | {TaskState.COMPLETED: 2, TaskState.WORKING: 1}
        assert await tasks.count(asked_from="s-1") == nothing | {TaskState.COMPLETED: 1, TaskState.WORKING: 1}


@contextmanager
def without_fts5() -> Iterator[None]:
    """Let SQLite refuse what a build without FTS5 refuses: to create, read, write or drop the virtual table."""
    of_tables = (sqlite3.SQLITE_READ, sqlite3.SQLITE_INSERT)

    def authorize(action: int, name: str | None, *_: object) -> int:
        touches = action in of_tables and name is not None and name.startswith(search.INDEX)
        virtual = action in (sqlite3.SQLITE_CREATE_VTABLE, sqlite3.SQLITE_DROP_VTABLE)
        return sqlite3.SQLITE_DENY if touches or virtual else sqlite3.SQLITE_OK

    def connected(connection: Any, _entry: object) -> None:
        connection.set_authorizer(authorize)

    event.listen(Engine, "connect", connected)
    try:
        yield
    finally:
        event.remove(Engine, "connect", connected)


async def test_a_build_without_fts5_stores_and_finds_the_same(tmp_path: Any, records: Records) -> None:
    url = f"sqlite:///{tmp_path / 'registry.sqlite3'}"
    kept: list[str] = []

    async def work() -> None:
        async with Registry.open(url) as registry:
            task = (await registry.admission.create(records.task(text="Count the lions."), event=".")).task
            kept.insert(0, task.id)
            assert [task.id for task in await registry.tasks.find(text="LIONS")] == kept

    with without_fts5():
        await work()
    await work()
    with without_fts5():
        await work()
        await work()
    await work()
    async with Registry.open(url) as registry:
        lines = await plan(registry, lambda: registry.tasks.find(text="lions"))
    assert any("VIRTUAL TABLE" in line for line in lines)


@pytest.mark.postgresql
async def test_a_user_who_may_not_create_extensions_finds_the_same(postgresql_url: str, records: Records) -> None:
    with beside(postgresql_url) as connection:
        name = f"guest_{records.task().id.replace('-', '_')}"
        connection.execute(text(f"DROP ROLE IF EXISTS {name}"))
        connection.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD 'geheim'"))
        connection.execute(text(f"GRANT USAGE, CREATE ON SCHEMA public TO {name}"))
        connection.commit()
    url = Address.parse(postgresql_url).url.set(username=name, password="geheim")
    async with Registry.open(url.render_as_string(hide_password=False)) as registry:
        task = (await registry.admission.create(records.task(text="Count the lions."), event=".")).task
        assert await registry.tasks.find(text="LIONS") == [task]
    with beside(postgresql_url) as connection:
        assert search.INDEX not in {index["name"] for index in inspect(connection).get_indexes("claw_tasks")}


@pytest.mark.postgresql
async def test_postgresql_looks_for_a_rare_text_in_its_index(postgresql_url: str, records: Records) -> None:
    async with Registry.open(postgresql_url) as registry:
        await registry.admission.create(records.task(text="zebras"), event=".")
        await registry._database.write(copies, "task-1", [f"{number} of the lions" * 9 for number in range(1_500)])
        await registry._database.write(lambda connection: connection.execute(text("ANALYZE claw_tasks")))

        async def read() -> None:
            assert [task.id for task in await registry.tasks.find(text="Zebras")] == ["task-1"]

        statements: list[tuple[str, Any]] = []

        def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
            statements.append((f"EXPLAIN {statement}", parameters))

        engine = registry._database._engine
        event.listen(engine, "before_cursor_execute", note)
        await read()
        event.remove(engine, "before_cursor_execute", note)
        lines = await registry._database.read(lambda connection: list(connection.exec_driver_sql(*statements[-1])))
    assert any(search.INDEX in line[0] for line in lines)
