"""A registry on every database it can be kept in, and records to put there."""

import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from claw_discord_coord.registry.models import (
    Delivery,
    DeliveryState,
    Handoff,
    HandoffState,
    Kind,
    Run,
    RunState,
    Task,
    TaskState,
)
from claw_discord_coord.registry.registry import Registry

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
        return self.task(parent_id=parent.id, root_id=parent.root_id, depth=parent.depth + 1, **fields)

    def handoff(self, source: Task, **fields: Any) -> tuple[Task, Handoff]:
        handoff_id = f"handoff-{next(self._numbers)}"
        task = self.child(source, handoff_id=handoff_id, packet={"summary": "Done so far."}, **fields)
        handoff = Handoff(
            id=handoff_id,
            from_task=source.id,
            to_task=task.id,
            to_agent=task.agent,
            summary="Done so far.",
            artifacts=("/work/notes.md",),
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


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def registry_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_url")
    return f"sqlite:///{tmp_path / 'registry.sqlite3'}"


@pytest.fixture
async def registry(registry_url: str, clock: FakeClock) -> AsyncIterator[Registry]:
    async with Registry.open(registry_url, clock=clock) as opened:
        yield opened


@pytest.fixture
async def second_registry(
    registry: Registry, registry_url: str, clock: Callable[[], datetime]
) -> AsyncIterator[Registry]:
    """The same registry, opened once more: what it does it does beside `registry`, on other connections and threads."""
    async with Registry.open(registry_url, clock=clock) as opened:
        yield opened
