"""The records of the registry, as frozen pydantic models."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

BOARD_CHANNEL = "registry"
"""The Discord channel of the board, which no agent and no forum may use."""


class TaskState(StrEnum):
    """A task's state, named as in the A2A protocol (A2A specification, "TaskState")."""

    SUBMITTED = "submitted"
    WORKING = "working"
    INPUT_REQUIRED = "input-required"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    REJECTED = "rejected"


class Kind(StrEnum):
    """The kind of session for a task: the agent's long-lived session, or a fresh session that is deleted afterwards."""

    INTERN = "intern"
    SPECIALIST = "specialist"


class RunState(StrEnum):
    """A run's state. `lost`: the run ended unobserved, so the task may run again."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"
    LOST = "lost"


class HandoffState(StrEnum):
    """A handoff's state: offered, accepted when the receiver begins, then the end of the receiver's task."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"


class DeliveryState(StrEnum):
    """A delivery's state: planned before anything is sent, then delivered or failed.

    `held` comes before `planned` when the destination requires an operator's approval.
    """

    HELD = "held"
    PLANNED = "planned"
    DELIVERED = "delivered"
    FAILED = "failed"


class Record(BaseModel):
    """The base class of all records: immutable, without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Usage(Record):
    """The usage of a run, as far as the runtime reports usage."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


class Result(Record):
    """The result of a run.

    Attributes:
        text: Markdown of any length.
        kind: The kind of output, which routes compare.
        title: A title.
        artifacts: Absolute paths of files in the coordinator's own folder.
    """

    text: str
    kind: str | None = None
    title: str | None = None
    artifacts: tuple[str, ...] = ()


Priority = Literal["low", "normal", "high", "urgent"]
"""The urgency of an output."""


class OutputRequest(Record):
    """What a caller wants of a task's output: its kind, its labels, its priority, and where it goes if not by the
    rules.

    `expected` names the destinations as they could be told when the task was taken in.
    """

    kind: str | None = None
    labels: tuple[str, ...] = ()
    priority: Priority | None = None
    to: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()


LONGEST_DEADLINE_S = 366 * 86_400
"""The longest deadline: one leap year, in seconds."""


class NewTask(Record):
    """The order for a new task, as it travels from the surface to the registry."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    task: str = Field(min_length=1)
    """The work to do, in plain words. Name files by absolute path."""
    agent: str | None = None
    """The agent's name. Default: chosen by the words of the task."""
    kind: Kind | None = None
    """`intern`: a fresh session, deleted at the end. `specialist`: the agent's long-lived session. Default: the agent's
    setting."""
    title: str | None = Field(default=None, max_length=200)
    """A short title. Default: the beginning of the task."""
    key: str | None = Field(default=None, min_length=1, max_length=200)
    """Your name for this work. A second call with the same key joins the first task, unless the first task failed."""
    again: bool = False
    """True: start the same work once more, although it is going on already."""
    parent_task: str | None = None
    """The parent task. Limits and a stop hold for both."""
    review: bool = False
    """True: an operator must approve the result before delivery. Everything else that the task and the tasks below it
    send waits for the same decision, unless skill.yaml says otherwise (`review_holds`)."""
    private: bool = False
    """True: the task stays on this machine. Nothing appears on Discord or at another outside destination."""
    output_kind: str | None = None
    """The kind of output, which routes compare. Default: the kind that the result or the agent declares."""
    to: tuple[str, ...] = ()
    """Destinations of skill.yaml for the result. Default: the routes decide."""
    labels: tuple[str, ...] = ()
    """Labels of the output, which routes compare."""
    priority: Priority | None = None
    """The priority of the output, which routes compare."""
    timeout_s: float | None = Field(default=None, gt=0)
    """The limit of one run in seconds, at most the agent's limit."""

    @property
    def wanted(self) -> OutputRequest:
        """The wishes for the output."""
        return OutputRequest(kind=self.output_kind, labels=self.labels, priority=self.priority, to=self.to)


class NewHandoff(Record):
    """The order for a handoff, as it travels from the surface to the registry."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    task_id: str
    """The id of the task to pass on."""
    to_agent: str
    """The receiving agent."""
    summary: str = Field(min_length=1)
    """The findings and the next work. The receiver knows only this text and the artifacts."""
    artifacts: tuple[str, ...] = Field(default=(), max_length=50)
    """Files for the receiver: absolute paths, or paths relative to the agent's session folder."""
    deadline_s: float | None = Field(default=None, gt=0, le=LONGEST_DEADLINE_S)
    """The receiver's time in seconds from now. At the deadline the receiver's task stops and the handoff expires."""
    again: bool = False
    """True: pass the same on once more, although the receiver is still at it."""


@dataclass(frozen=True)
class TaskLocation:
    """The location of a task on Discord.

    Attributes:
        channel_id: The id of the agent's channel. All ids are Discord's snowflakes as strings.
        message_id: The id of the card.
        thread_id: The id of the thread.
        url: The link of the thread.
    """

    channel_id: str
    message_id: str
    thread_id: str
    url: str


class Task(Record):
    """One piece of delegated work. On Discord: one card and its thread.

    Attributes:
        origin: The unique name of the call. A repeated call finds the task of the first call.
        key: The caller's name for the work.
        fingerprint: The same for the same work by the same asker, who then joins while the task is open; None for work
            that never joins without a key.
        root_id: The first task of the tree; the first task names itself.
        fence: Raised whenever an execution claims the task; every change by an execution must name the present fence.
        woken: The number of requests for an execution of the workflow.
        handled: The value of `woken` that the last finished execution had seen.
        version: The number of changes that Discord shows.
        shown: The version that Discord shows.
        reason: The reason for the state.
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
    fingerprint: str | None = None
    origin: str
    parent_id: str | None = None
    root_id: str
    depth: int = 0
    handoff_id: str | None = None
    packet: dict[str, Any] | None = None
    review: bool = False
    private: bool = False
    wanted: OutputRequest = OutputRequest()
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
    woken: int = 0
    handled: int = 0
    version: int = 1
    shown: int = 0


class Run(Record):
    """One attempt of an agent at a task. `token_sha256` is the hash of the token with which the run calls skills.

    `session_id` is the id of the agent program's own session.
    """

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
    session_id: str | None = None


@dataclass(frozen=True)
class RunOutcome:
    """The end of a run.

    Attributes:
        state: One of the final states of a run.
        result: The result of a completed run.
        error: A sentence for a person, for every other state.
        exit_code: The exit code, for a program.
        stderr: The end of standard error, for a program.
        usage: The usage of the run in any state, as far as the runtime reports usage.
        session_id: The id of the agent program's own session, as far as the program reports one. With the id a person
            finds the session at the program, for example with `claude --resume`.
    """

    state: RunState
    result: Result | None = None
    error: str | None = None
    exit_code: int | None = None
    stderr: str = ""
    usage: Usage | None = None
    session_id: str | None = None


class Handoff(Record):
    """One task passed on to another agent: both tasks, the packet and the reply."""

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
    """The proof of a delivery: where the output is now, and the hash of the content."""

    destination: str
    url: str | None = None
    path: str | None = None
    id: str | None = None
    size_bytes: int
    sha256: str
    at: datetime


class Delivery(Record):
    """One output on its way to one destination.

    Attributes:
        key: Unique; repeating a delivery with the same key shows the output once where the destination allows that.
        generation: The number of decisions by people (release, refusal, resend). A decision ends the attempts of the
            earlier generation.
        earlier_attempts: The part of `attempts` that earlier generations made.
        output: The output whose templates failed. A resend fills the templates in again.
        released_at: The time of the last release or resend by a person.
        due_at: The time of the next execution of the workflow; None when only a decision can bring one.
        held_for: The task under review whose decision a held delivery waits for; None for a delivery that asks for an
            approval of its own.
        about: Metadata for the destination, such as tags, or the pull request to comment on.
        text: The body, which is shown whole.
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
    held_for: str | None = None
    due_at: datetime | None = None

    @property
    def as_of(self) -> datetime:
        """The age of the content at every attempt: the time of planning, or of a person's last release."""
        return self.released_at or self.created_at


class ThreadMessage(Record):
    """One message for a task's thread that is not on Discord yet.

    Attributes:
        event: The name of the message; a task has one message of each name.
        deliveries: The ids of the deliveries whose buttons the message shows.
    """

    number: int
    task_id: str
    event: str
    text: str
    deliveries: tuple[str, ...] = ()


class Event(Record):
    """One event of a task, with a text for people."""

    id: int
    task_id: str | None
    at: datetime
    type: str
    text: str
    data: dict[str, Any] = {}


class Post(Record):
    """One planned write to Discord. `message_id` is empty until Discord responds; a restart then searches for the
    message.
    """

    key: str
    channel_id: str
    message_id: str | None = None
    sha256: str
    planned_at: datetime


class Announcement(Record):
    """One message to the session that asked for work.

    Attributes:
        key: The task's id, a slash, and the occasion.
        chat: The chat in which the session's people are.
        batch: The name of the message that includes the announcement.
        attempts: The number of earlier messages that failed.
        told: The outcome: `yes`, or the reason why the session was not told.
    """

    key: str
    session_key: str
    chat: dict[str, Any] = {}
    text: str
    created_at: datetime
    batch: str | None = None
    attempts: int = 0
    told: str | None = None

    @property
    def task_id(self) -> str:
        """The id of the task that the announcement is about."""
        return self.key.partition("/")[0]
