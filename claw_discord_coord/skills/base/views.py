"""The registry's records in the results of skills."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, computed_field

from claw_discord_coord.models import Kind, Receipt, Record, Result, Usage
from claw_discord_coord.skills.base.skill import SkillResult
from claw_discord_coord.text.secrets import mask_secrets


class View(SkillResult):
    """Some fields of a record, partly renamed for callers. Times are UTC, durations are seconds."""

    @classmethod
    def of(cls, record: Record) -> Self:
        """Return the view of a record."""
        return cls.model_validate(record, from_attributes=True)


class TaskLine(View):
    """A task in a list, short because a model pays for each field of each task."""

    task_id: str = Field(validation_alias="id")
    title: str
    state: str
    agent: str
    started_at: datetime | None = Field(exclude=True)
    ended_at: datetime | None = Field(exclude=True)

    @computed_field
    @property
    def duration_s(self) -> float | None:
        """The time from the start of the work to the end, or to now; null before the start."""
        return _duration_s(self.started_at, self.ended_at)


class TaskView(View):
    """A task for callers."""

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
    """The usage of all ended runs, as far as the runtimes report usage."""
    result: Result | None

    @computed_field
    @property
    def duration_s(self) -> float | None:
        """The time from the start of the work to the end, or to now; null before the start."""
        return _duration_s(self.started_at, self.ended_at)


def _duration_s(started_at: datetime | None, ended_at: datetime | None) -> float | None:
    if started_at is None:
        return None
    # Clocks are set back; a negative duration would be shown and added up.
    return max(0.0, round(((ended_at or datetime.now(UTC)) - started_at).total_seconds(), 3))


class RunView(View):
    """A run for callers, without secrets."""

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
    """The usage of the run, as far as the runtime reports usage; null before the end."""
    session_id: str | None
    """The id of the agent program's own session, as far as the program reports one; null before the end."""


class DeliveryView(View):
    """A delivery for callers, with the receipt after arrival."""

    delivery_id: str = Field(validation_alias="id")
    destination: str
    route: str
    state: str
    attempts: int
    error: str | None
    receipt: Receipt | None


Masked = Annotated[str, AfterValidator(mask_secrets)]
"""A text of an agent or a person, without secrets."""


class HandoffView(View):
    """A handoff for callers: both tasks and the state."""

    handoff_id: str = Field(validation_alias="id")
    from_task: str
    to_task: str
    to_agent: str
    summary: Masked
    artifacts: tuple[str, ...]
    state: str
    deadline_at: datetime | None
    answer: str | None


class AnnouncementView(View):
    """An announcement that did not reach the session that asked for the task."""

    task_id: str
    session_key: str
    problem: str = Field(validation_alias="told")


class ProblemView(View):
    """A task that Discord refuses to show, or that waits for a counterpart."""

    task_id: str
    problem: str = Field(validation_alias="text")


class EventView(View):
    """One event of a task."""

    at: datetime
    type: str
    text: str
