"""Reads tasks."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from claw_discord_coord.errors import UnknownTask
from claw_discord_coord.models import Task, TaskState
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import every, only
from claw_discord_coord.registry.storage.schema import tasks
from claw_discord_coord.registry.transitions import FINAL


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
        limit: int = 50,
    ) -> list[Task]:
        """The newest `limit` tasks of which everything given holds, newest first.

        `text` is looked for in title, text and result, in any case, literally. `asked_from` is the key of the session
        that asked for the task.
        """
        query = select(tasks).order_by(tasks.c.number.desc()).limit(limit)
        for column, value in (("agent", agent), ("state", state), ("parent_id", parent_id), ("root_id", root_id)):
            if value is not None:
                query = query.where(tasks.c[column] == value)
        if asked_from is not None:
            query = query.where(tasks.c.asked_from["session_key"].as_string() == asked_from)

        def find(connection: Connection) -> list[Task]:
            return every(connection, Task, query if text is None else query.where(_contains(connection, text)))

        return await self._database.read(find)

    async def count(self) -> dict[TaskState, int]:
        """Return the number of tasks in each state; every state is present."""
        query = select(tasks.c.state, func.count().label("tasks")).group_by(tasks.c.state)
        found = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return dict.fromkeys(TaskState, 0) | {TaskState(row["state"]): row["tasks"] for row in found}

    async def unfinished(self) -> list[Task]:
        """Return every task that is not in a final state, oldest first."""
        query = select(tasks).where(tasks.c.state.not_in(FINAL)).order_by(tasks.c.number)
        return await self._database.read(every, Task, query)

    async def next_waiting(self, agent: str) -> Task | None:
        """Return the agent's oldest task that waits for a slot and is not being canceled."""
        query = (
            select(tasks)
            .where(tasks.c.agent == agent, tasks.c.state == TaskState.SUBMITTED, tasks.c.cancel_requested.is_(None))
            .order_by(tasks.c.number)
            .limit(1)
        )
        return await self._database.read(only, Task, query)

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


def folded(*texts: str | None) -> str:
    """Return the searchable text: all texts in folded case."""
    return "\n".join(text for text in texts if text).casefold()


def _contains(connection: Connection, text: str) -> ColumnElement[bool]:
    # Not LIKE: SQLite bounds its patterns at 50,000 bytes (sqlite.org/limits.html), and nothing needs escaping here.
    find = func.strpos if connection.dialect.name == "postgresql" else func.instr
    return find(tasks.c.searchable, text.casefold()) > 0
