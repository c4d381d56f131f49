"""Creates tasks: once per call, once per key, and within the limits of the task tree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from claw_discord_coord.config.model import LimitsConfig
from claw_discord_coord.errors import Conflict, LimitReached, Refused
from claw_discord_coord.models import Handoff, Task, TaskState
from claw_discord_coord.registry.events import tell
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import insert_new, one_at_a_time, only, values
from claw_discord_coord.registry.storage.schema import handoffs, joins, tasks
from claw_discord_coord.registry.tasks import folded, require
from claw_discord_coord.registry.transitions import FINAL

# These states free the key: work that did not come to a result may be asked for again.
_GIVEN_UP = (TaskState.FAILED, TaskState.CANCELED, TaskState.REJECTED)
_ROUNDS = 5


@dataclass(frozen=True)
class Admitted:
    """The task of a call. `joined` is true when the task existed already."""

    task: Task
    joined: bool


class Admission(Part):
    """The only way to create a task."""

    async def create(
        self, task: Task, *, handoff: Handoff | None = None, limits: LimitsConfig | None = None, event: str
    ) -> Admitted:
        """Create a task, and its handoff if there is one, in one transaction.

        Simultaneous calls are admitted one after another.

        Args:
            task: The new task.
            handoff: The handoff that the task receives.
            limits: The limits of the tree; None checks nothing.
            event: The text of the task's first event.

        Returns:
            The created task, or the existing task with the same `origin`. A task with the same `key` counts as
            existing unless it failed, was canceled or was rejected; a task with the same `fingerprint`, while it is
            open.

        Raises:
            UnknownTask: The parent does not exist.
            LimitReached: The tree would exceed `limits`.
            Refused: The parent, or a task above the parent, is being canceled.
        """
        return await self._database.write(_create, task, handoff, limits, event, self._clock())


def _create(
    connection: Connection, task: Task, handoff: Handoff | None, limits: LimitsConfig | None, event: str, at: datetime
) -> Admitted:
    # Discord never shows private tasks, so nothing of one waits for Discord.
    task = task.model_copy(update={"shown": task.version if task.private else 0})
    row = values(task, tasks) | {
        "searchable": folded(task.title, task.text, task.result and task.result.text),
        "session_key": task.asked_from.get("session_key"),
    }
    # A second round comes about on PostgreSQL only: another call committed the same origin or key after we had looked.
    for _ in range(_ROUNDS):
        present = _present(connection, task)
        if present is not None:
            return Admitted(present, joined=True)
        if task.parent_id is not None:
            # Orders the creation with cancellations of the tree: after a STOP nothing new may start below.
            one_at_a_time(connection, "tree", task.root_id)
            _check_not_stopped(connection, task.parent_id)
        if limits is not None:
            _check_limits(connection, task, handoff, limits)
        if insert_new(connection, tasks, row):
            if handoff is not None:
                connection.execute(handoffs.insert().values(values(handoff, handoffs)))
            tell(connection, task.id, f"task.{task.state}", event, at=at)
            return Admitted(require(connection, task.id), joined=False)
    # Neither origin nor key is taken after all rounds, so the insert conflicts on the id.
    raise Conflict(f"The id {task.id!r} belongs to another task.", fix="Try again.")


def _present(connection: Connection, task: Task) -> Task | None:
    """Return the task with the same origin or key, or with the same fingerprint and still open, if there is one."""
    present = only(connection, Task, select(tasks).where(tasks.c.origin == task.origin))
    if present is None:
        joined = select(tasks).join(joins, joins.c.task_id == tasks.c.id).where(joins.c.origin == task.origin)
        present = only(connection, Task, joined)
    if present is None and task.key is not None:
        same_work = select(tasks).where(tasks.c.key == task.key, tasks.c.state.not_in(_GIVEN_UP))
        present = only(connection, Task, same_work)
    if present is None and task.fingerprint is not None:
        open_work = select(tasks).where(tasks.c.fingerprint == task.fingerprint, tasks.c.state.not_in(tuple(FINAL)))
        present = only(connection, Task, open_work)
        if present is not None:
            insert_new(connection, joins, {"origin": task.origin, "task_id": present.id})
    return present


def _check_not_stopped(connection: Connection, parent_id: str) -> None:
    # A STOP marks only the tasks that exist at that moment, so every ancestor has to be checked here.
    above = select(tasks.c.id, tasks.c.parent_id, tasks.c.cancel_requested).where(tasks.c.id == parent_id)
    line = above.cte("line", recursive=True)
    line = line.union(
        select(tasks.c.id, tasks.c.parent_id, tasks.c.cancel_requested).join(line, tasks.c.id == line.c.parent_id)
    )
    require(connection, parent_id)
    stopped = connection.execute(select(line.c.id).where(line.c.cancel_requested.is_not(None)).limit(1)).scalar()
    if stopped is not None:
        raise Refused(
            f"Task {stopped} has been told to stop, so nothing new is started below it.",
            fix="Start the work as a task of its own, without a parent.",
        )


def _check_limits(connection: Connection, task: Task, handoff: Handoff | None, limits: LimitsConfig) -> None:
    def count(query: Select[Any]) -> int:
        return connection.execute(query).scalar_one()

    if handoff is None and task.depth > limits.depth:  # a handoff goes on at the same level, and has its own limit
        raise _reached("depth", f"the tree of task {task.root_id} is already {_many(limits.depth, 'level')} deep")
    in_tree = select(func.count()).select_from(tasks).where(tasks.c.root_id == task.root_id)
    if count(in_tree) >= limits.tasks:
        raise _reached("tasks", f"the tree of task {task.root_id} already has {_many(limits.tasks, 'task')}")
    if task.parent_id is not None:
        children = select(func.count()).select_from(tasks).where(tasks.c.parent_id == task.parent_id)
        if count(children) >= limits.children:
            raise _reached("children", f"task {task.parent_id} has already started {_many(limits.children, 'task')}")
    if handoff is not None:
        handed_on = select(func.count()).select_from(
            handoffs.join(tasks, (handoffs.c.to_task == tasks.c.id) & (tasks.c.root_id == task.root_id))
        )
        if count(handed_on) >= limits.handoffs:
            raise _reached(
                "handoffs", f"the tree of task {task.root_id} already has {_many(limits.handoffs, 'handoff')}"
            )


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _reached(limit: str, problem: str) -> LimitReached:
    return LimitReached(
        f"The limit is reached: {problem}.",
        fix=f"Finish the work within this task, or raise limits.{limit} in skill.yaml.",
    )
