"""Reads tasks."""

from __future__ import annotations

from sqlalchemy import Case, Connection, case, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from claw_discord_coord.errors import UnknownTask
from claw_discord_coord.models import Task, TaskState
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage import search
from claw_discord_coord.registry.storage.rows import every, only
from claw_discord_coord.registry.storage.schema import task_counts, tasks
from claw_discord_coord.registry.transitions import FINAL

FEW = 200
"""The number of tasks up to which a search compares the texts one by one."""

UNFINISHED = frozenset(TaskState) - FINAL


class Tasks(Part):
    """The tasks in the order of creation."""

    async def get(self, task_id: str) -> Task:
        """Return the task.

        Raises:
            UnknownTask: There is no such task.
        """
        return await self._database.read(require, task_id)

    async def find(
        self,
        *,
        agent: str | None = None,
        state: TaskState | None = None,
        text: str | None = None,
        parent_id: str | None = None,
        root_id: str | None = None,
        asked_from: str | None = None,
        private_texts: bool = True,
        limit: int = 50,
    ) -> list[Task]:
        """The newest `limit` tasks of which everything given holds, newest first.

        `text` is looked for in title, text and result, in any case, literally. `asked_from` is the key of the session
        that asked for the task. Without `private_texts` no private task matches a text.
        """
        given = {"agent": agent, "state": state, "parent_id": parent_id, "root_id": root_id, "session_key": asked_from}
        equal = {name: value for name, value in given.items() if value is not None}
        return await self._database.read(_find, equal, text, private_texts, limit)

    async def count(self, *, root_id: str | None = None, asked_from: str | None = None) -> dict[TaskState, int]:
        """Return the number of tasks in each state, with the meaning of `find`; every state is present."""
        if root_id is not None:
            query = select(tasks.c.state, func.count().label("tasks")).group_by(tasks.c.state)
            query = query.where(tasks.c.root_id == root_id)
            if asked_from is not None:
                query = query.where(_unindexed(tasks.c.session_key) == asked_from)
        else:
            scope = "all" if asked_from is None else f"session:{asked_from}"
            query = select(task_counts.c.state, task_counts.c.tasks).where(task_counts.c.scope == scope)
        found = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return dict.fromkeys(TaskState, 0) | {TaskState(row["state"]): row["tasks"] for row in found}

    async def in_thread(self, thread_id: str) -> Task | None:
        """Return the task with that Discord thread."""
        query = select(tasks).where(tasks.c.thread_id == thread_id)
        return await self._database.read(only, Task, query)

    async def add_requests(self, task_id: str, count: int) -> None:
        """Add to the number of Discord requests of the task. A replayed step that sent requests again adds again.

        Raises:
            UnknownTask: There is no such task.
        """
        await self._database.write(_add_requests, task_id, count)


def require(connection: Connection, task_id: str) -> Task:
    """Return the task.

    Raises:
        UnknownTask: There is no such task.
    """
    task = only(connection, Task, select(tasks).where(tasks.c.id == task_id))
    if task is None:
        raise UnknownTask(f"There is no task {task_id!r}.", fix="Ask registry_status for the tasks there are.")
    return task


def _add_requests(connection: Connection, task_id: str, count: int) -> None:
    change = update(tasks).where(tasks.c.id == task_id).values(discord_requests=tasks.c.discord_requests + count)
    if connection.execute(change).rowcount == 0:
        raise UnknownTask(f"There is no task {task_id!r}.")


def next_version() -> Case[int]:
    """Return the SQL value of a task's version after a change that Discord shows. Discord never shows private tasks."""
    return case((tasks.c.private, tasks.c.version), else_=tasks.c.version + 1)


def folded(*texts: str | None) -> str:
    """Return the searchable text: all texts in folded case."""
    return "\n".join(text for text in texts if text).casefold()


def _find(
    connection: Connection, equal: dict[str, str], text: str | None, private_texts: bool, limit: int
) -> list[Task]:
    query = select(tasks).order_by(tasks.c.number.desc()).limit(limit)
    # A tree has few tasks. Without statistics, SQLite would rather use an index of more columns.
    tree = equal.keys() & {"parent_id", "root_id"}
    by_index = tree or set(equal)
    if text is not None:
        query = query.where(search.contains(connection, text))
        query = query if private_texts else query.where(~tasks.c.private)
        if not tree and search.is_indexed(connection, text) and not _few(connection, equal):
            query, by_index = search.from_index(query, text), set[str]()
    for name, value in equal.items():
        query = query.where((tasks.c[name] if name in by_index else _unindexed(tasks.c[name])) == value)
    return every(connection, Task, query)


def _few(connection: Connection, equal: dict[str, str]) -> bool:
    """Return whether so few tasks have the values that reading them takes less than reading the index of texts."""
    if not equal:
        return False
    some = select(tasks.c.number).where(*(tasks.c[name] == value for name, value in equal.items())).limit(FEW + 1)
    return connection.execute(select(func.count()).select_from(some.subquery())).scalar_one() <= FEW


def _unindexed(column: ColumnElement[str]) -> ColumnElement[str]:
    """Return the value of a column as an expression, for which no index is used."""
    return column.concat("")
