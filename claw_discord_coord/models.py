"""The records the registry keeps, as frozen pydantic models: what a row means, never how it is stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class TaskState(StrEnum):
    """A task's state, in the words of the A2A protocol (its specification, section "TaskState")."""

    SUBMITTED = "submitted"
    WORKING = "working"
    INPUT_REQUIRED = "input-required"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    REJECTED = "rejected"


class Kind(StrEnum):
    """How an agent takes a task: in its standing session, or in a fresh one that is deleted afterwards."""

    INTERN = "intern"
    SPECIALIST = "specialist"


class RunState(StrEnum):
    """A run's state. `lost`: it ended without anyone seeing how, so its task may run again."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    LOST = "lost"


class HandoffState(StrEnum):
    """A handoff's state: offered, then accepted when the receiver begins, then how the receiver's task ended."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"


class DeliveryState(StrEnum):
    """A delivery's state: planned before anything is sent, then delivered or failed (a dead letter).

    `held` comes before `planned` where the destination asks for an operator's approval.
    """

    HELD = "held"
    PLANNED = "planned"
    DELIVERED = "delivered"
    FAILED = "failed"


class Record(BaseModel):
    """The common form of every record: immutable, and closed to unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Usage(Record):
    """What a run used, as far as its runtime reports it."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


class Result(Record):
    """What a run produced.

    `text` is Markdown of any length. `kind` says what sort of output it is (routes match on it). `artifacts` are
    absolute paths of files that the coordinator has taken into its own keeping.
    """

    text: str
    kind: str | None = None
    title: str | None = None
    artifacts: tuple[str, ...] = ()


Priority = Literal["low", "normal", "high", "urgent"]
"""How pressing an output is."""


class Wanted(Record):
    """What a caller wants of a task's output: its kind, its labels, its priority, and where it goes if not by the
    rules.

    `expected` names the destinations as they could be told when the task was taken in.
    """

    kind: str | None = None
    labels: tuple[str, ...] = ()
    priority: Priority | None = None
    to: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()


class Task(Record):
    """One piece of delegated work; on Discord, one card and its thread.

    `origin` is unique: the same call that arrives twice finds the task of its first arrival. `key` is the caller's own
    word for "the same work". `root_id` names the tree (its own id for the first task). `fence` is raised whenever an
    execution claims the task; every change by an execution names the fence it holds. `reason` says why the task is in
    its state.
    """

    id: str
    title: str
    text: str
    agent: str
    kind: Kind
    state: TaskState
    reason: str | None = None
    chosen_because: str
    key: str | None = None
    origin: str
    parent_id: str | None = None
    root_id: str
    depth: int = 0
    handoff_id: str | None = None
    packet: dict[str, Any] | None = None
    review: bool = False
    private: bool = False
    wanted: Wanted = Wanted()
    asked_from: dict[str, Any] = {}
    timeout_s: float
    deadline_at: datetime | None = None
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    channel: str
    channel_id: str | None = None
    message_id: str | None = None
    thread_id: str | None = None
    thread_url: str | None = None
    result: Result | None = None
    usage: Usage | None = None
    discord_requests: int = 0
    cancel_requested: str | None = None
    fence: int = 0


class Run(Record):
    """One attempt of an agent at a task. `token_sha256` is the hash of the secret by which the run calls the skills."""

    id: str
    task_id: str
    attempt: int
    agent: str
    runtime: str
    state: RunState
    token_sha256: str
    started_at: datetime
    ended_at: datetime | None = None
    exit_code: int | None = None
    error: str | None = None
    stderr: str = ""
    result: Result | None = None
    usage: Usage | None = None


class Handoff(Record):
    """One task passed on to another agent: both sides, the packet, the answer."""

    id: str
    from_task: str
    to_task: str
    to_agent: str
    summary: str
    artifacts: tuple[str, ...] = ()
    state: HandoffState
    deadline_at: datetime | None = None
    created_at: datetime
    answered_at: datetime | None = None
    answer: str | None = None


class Receipt(Record):
    """Proof that an output reached its destination: where it is now, and what was sent."""

    destination: str
    url: str | None = None
    path: str | None = None
    id: str | None = None
    size_bytes: int
    sha256: str
    at: datetime


class Delivery(Record):
    """One output on its way to one destination. `key` is unique and makes sending it twice the same as once.

    `generation` counts how often a person has let it go, refused it or sent it again; each has a life of its own.
    `earlier_attempts` are those of `attempts` that earlier lives have made. `output` is what its route's templates
    could not be filled in with; sent again, they are, and give another `title`, `text` and `about`. `released_at` is
    when a person last let it go or sent it again.

    `about` is metadata for the destination (tags, the pull request of a comment); `text` is shown whole.
    """

    id: str
    key: str
    task_id: str | None = None
    destination: str
    route: str
    kind: str | None = None
    title: str
    text: str
    about: dict[str, str | int | float | bool | list[str]] = {}
    artifacts: tuple[str, ...] = ()
    output: dict[str, Any] | None = None
    state: DeliveryState
    attempts: int = 0
    earlier_attempts: int = 0
    generation: int = 0
    error: str | None = None
    receipt: Receipt | None = None
    created_at: datetime
    released_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def as_of(self) -> datetime:
        """How new it is, at every attempt: as it was planned, or as a person last let it go."""
        return self.released_at or self.created_at


class Event(Record):
    """One line of the story: what happened to which task, when, in words for a person."""

    id: int
    task_id: str | None
    at: datetime
    type: str
    text: str
    data: dict[str, Any] = {}


class Post(Record):
    """One planned write to Discord. `message_id` is empty until Discord has answered: a restart then knows to look."""

    key: str
    channel_id: str
    message_id: str | None = None
    sha256: str
    planned_at: datetime


class Announcement(Record):
    """One thing to tell the session that asked for work. `chat` is where its people are; `batch` names the message it
    is told with, `attempts` counts the messages before that ended without success; `told` is how telling it ended.
    """

    key: str
    session_key: str
    chat: dict[str, Any] = {}
    text: str
    created_at: datetime
    batch: str | None = None
    attempts: int = 0
    told: str | None = None
