"""The registry's records as skills answer with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self

from pydantic import Field, computed_field

from claw_discord_coord.models import Kind, Receipt, Record, Result, Usage
from claw_discord_coord.skills.skill import SkillResult


class View(SkillResult):
    """Some fields of a record, some under names that say more; times are UTC, durations seconds."""

    @classmethod
    def of(cls, record: Record) -> Self:
        """The view of a record."""
        return cls.model_validate(record, from_attributes=True)


class TaskView(View):
    """A task as callers see it."""

    task_id: str = Field(validation_alias="id")
    title: str
    state: str
    reason: str | None
    agent: str
    kind: Kind
    chosen_because: str
    key: str | None
    parent_task: str | None = Field(validation_alias="parent_id")
    handoff_id: str | None
    private: bool
    review: bool
    channel: str
    thread_url: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    discord_requests: int
    usage: Usage | None
    """What the runs that have ended have used, as far as their runtime reports it."""
    result: Result | None

    @computed_field
    @property
    def duration_s(self) -> float | None:
        """From the start of the work to its end, or to now; none before it starts."""
        if self.started_at is None:
            return None
        return round(((self.ended_at or datetime.now(UTC)) - self.started_at).total_seconds(), 3)


class RunView(View):
    """A run as callers see it, without its secrets."""

    run_id: str = Field(validation_alias="id")
    attempt: int
    runtime: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    exit_code: int | None
    error: str | None
    stderr: str
    usage: Usage | None
    """What the run has used, as far as its runtime reports it; none before it ends."""


class DeliveryView(View):
    """One output on its way to one destination, with its receipt once it is there."""

    delivery_id: str = Field(validation_alias="id")
    destination: str
    route: str
    state: str
    attempts: int
    error: str | None
    receipt: Receipt | None


class HandoffView(View):
    """A handoff as callers see it: both sides and how it stands."""

    handoff_id: str = Field(validation_alias="id")
    from_task: str
    to_task: str
    to_agent: str
    summary: str
    artifacts: tuple[str, ...]
    state: str
    deadline_at: datetime | None
    answer: str | None


class EventView(View):
    """One line of a task's story."""

    at: datetime
    type: str
    text: str
