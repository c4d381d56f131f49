"""The registry's records as skills answer with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from claw_discord_coord.models import Delivery, Event, Handoff, Kind, Receipt, Result, Run, Task
from claw_discord_coord.skills.skill import SkillAnswer


class TaskView(SkillAnswer):
    """A task as callers see it; times are UTC, durations seconds."""

    task_id: str
    title: str
    state: str
    reason: str | None
    agent: str
    kind: Kind
    chosen_because: str
    key: str | None
    parent_task: str | None
    handoff_id: str | None
    private: bool
    review: bool
    channel: str
    thread_url: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    duration_s: float | None
    """From the start of the work to its end, or to now; none before it starts."""
    discord_requests: int
    result: Result | None

    @classmethod
    def of(cls, task: Task) -> TaskView:
        """The view of a record."""
        end = task.ended_at or datetime.now(UTC)
        fields: dict[str, Any] = {name: getattr(task, name) for name in cls.model_fields if name in Task.model_fields}
        return cls.model_validate(
            {
                **fields,
                "task_id": task.id,
                "state": task.state.value,
                "parent_task": task.parent_id,
                "duration_s": None if task.started_at is None else round((end - task.started_at).total_seconds(), 3),
            },
            from_attributes=True,
        )


class RunView(SkillAnswer):
    """A run as callers see it, without its secrets."""

    run_id: str
    attempt: int
    runtime: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    error: str | None
    stderr: str

    @classmethod
    def of(cls, run: Run) -> RunView:
        """The view of a record."""
        return cls(
            run_id=run.id,
            attempt=run.attempt,
            runtime=run.runtime,
            state=run.state.value,
            started_at=run.started_at,
            ended_at=run.ended_at,
            exit_code=run.exit_code,
            error=run.error,
            stderr=run.stderr,
        )


class DeliveryView(SkillAnswer):
    """One output on its way to one destination, with its receipt once it is there."""

    delivery_id: str
    destination: str
    route: str
    state: str
    attempts: int
    error: str | None
    receipt: Receipt | None

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryView:
        """The view of a record."""
        return cls(
            delivery_id=delivery.id,
            destination=delivery.destination,
            route=delivery.route,
            state=delivery.state.value,
            attempts=delivery.attempts,
            error=delivery.error,
            receipt=delivery.receipt,
        )


class HandoffView(SkillAnswer):
    """A handoff as callers see it: both sides and how it stands."""

    handoff_id: str
    from_task: str
    to_task: str
    to_agent: str
    summary: str
    artifacts: tuple[str, ...]
    state: str
    deadline_at: datetime | None
    answer: str | None

    @classmethod
    def of(cls, handoff: Handoff) -> HandoffView:
        """The view of a record."""
        return cls(
            handoff_id=handoff.id,
            from_task=handoff.from_task,
            to_task=handoff.to_task,
            to_agent=handoff.to_agent,
            summary=handoff.summary,
            artifacts=handoff.artifacts,
            state=handoff.state.value,
            deadline_at=handoff.deadline_at,
            answer=handoff.answer,
        )


class EventView(SkillAnswer):
    """One line of a task's story."""

    at: datetime
    type: str
    text: str

    @classmethod
    def of(cls, event: Event) -> EventView:
        """The view of a record."""
        return cls(at=event.at, type=event.type, text=event.text)
