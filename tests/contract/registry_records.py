"""A clock and records for tests of the registry."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from claw_discord_coord.models import (
    Delivery,
    DeliveryState,
    Event,
    Handoff,
    HandoffState,
    Kind,
    Run,
    RunState,
    Task,
    TaskState,
)
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.storage.rows import every
from claw_discord_coord.registry.storage.schema import events

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class FakeClock:
    """Says a time that only tests move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Records:
    """Makes records that differ in their ids and are alike in the rest; whatever a test cares about it names."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def task(self, **fields: Any) -> Task:
        number = next(self._numbers)
        task_id = fields.setdefault("id", f"task-{number}")
        given: dict[str, Any] = {
            "title": f"Task {number}",
            "text": "Count the words.",
            "agent": "research",
            "kind": Kind.INTERN,
            "state": TaskState.SUBMITTED,
            "chosen_because": "named by the caller",
            "origin": f"call-{task_id}",
            "root_id": task_id,
            "timeout_s": 60.0,
            "created_at": NOW,
            "channel": "research",
        }
        return Task(**given | fields)

    def child(self, parent: Task, **fields: Any) -> Task:
        below = {"parent_id": parent.id, "root_id": parent.root_id, "depth": parent.depth + 1}
        return self.task(**below | fields)

    def handoff(self, source: Task, **fields: Any) -> tuple[Task, Handoff]:
        handoff_id = f"handoff-{next(self._numbers)}"
        packet = {"summary": "Done so far."}
        task = self.child(source, depth=source.depth, handoff_id=handoff_id, packet=packet, **fields)
        handoff = Handoff(
            id=handoff_id,
            from_task=source.id,
            to_task=task.id,
            to_agent=task.agent,
            summary="Done so far.",
            artifacts=("/srv/notes.md",),
            state=HandoffState.OFFERED,
            created_at=NOW,
        )
        return task, handoff

    def run(self, task: Task, **fields: Any) -> Run:
        given: dict[str, Any] = {
            "id": f"run-{next(self._numbers)}",
            "task_id": task.id,
            "attempt": 1,
            "agent": task.agent,
            "runtime": "command",
            "state": RunState.RUNNING,
            "token_sha256": "0" * 64,
            "started_at": NOW,
        }
        return Run(**given | fields)

    def delivery(self, **fields: Any) -> Delivery:
        number = next(self._numbers)
        given: dict[str, Any] = {
            "id": f"delivery-{number}",
            "key": f"delivery-key-{number}",
            "destination": "blog",
            "route": "posts",
            "title": "A post",
            "text": "Words.",
            "state": DeliveryState.PLANNED,
            "created_at": NOW,
        }
        return Delivery(**given | fields)


async def claim(registry: Registry, task: Task) -> int:
    """The fence of a new execution of a task with something left to do."""
    claimed = await registry.executions.claim(task.id)
    assert claimed is not None
    return claimed.fence


async def events_after(registry: Registry, event_id: int, limit: int = 500) -> list[Event]:
    """The first `limit` events of all tasks after an id, oldest first, as the database has them."""
    query = select(events).where(events.c.id > event_id).order_by(events.c.id).limit(limit)
    return await registry.events._database.read(every, Event, query)
