"""Outputs: the result of a task, a warning of the coordinator, or content from a caller."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Self, cast, get_args

from pydantic import TypeAdapter

from claw_discord_coord.config.routes import OutputState
from claw_discord_coord.models import Priority, Task, TaskState
from claw_discord_coord.text import front_matter
from claw_discord_coord.text.excerpts import beginning
from claw_discord_coord.text.sanitize import outgoing, outgoing_metadata

_PROPERTIES = frozenset({"kind", "title", "labels", "priority"})
"""Front matter that becomes a property of the output; the rest is metadata for destinations."""

_TITLE_CHARS = 100


@dataclass(frozen=True)
class Declared:
    """Properties declared by a caller or an agent; each wins over the front matter of the text."""

    kind: str | None = None
    title: str | None = None
    labels: tuple[str, ...] = ()
    priority: Priority | None = None


@dataclass(frozen=True)
class Source:
    """The origin of an output: the agent, the agent's channel, and the task."""

    agent: str | None = None
    channel: str | None = None
    private: bool = False
    task: Task | None = None

    @classmethod
    def of_task(cls, task: Task | None) -> Self:
        """Return the source of a task's outputs; without a task, nothing is known."""
        return cls() if task is None else cls(task.agent, task.channel, task.private, task)


@dataclass(frozen=True)
class Output:
    """An output as seen by routes and templates.

    `text` is Markdown without front matter. `about` is metadata for destinations, such as the tags of a blog post or
    the pull request of a comment: the front matter, apart from the properties kind, title, labels and priority.
    """

    text: str
    title: str
    kind: str | None = None
    agent: str | None = None
    labels: tuple[str, ...] = ()
    channel: str | None = None
    state: OutputState = "completed"
    priority: Priority = "normal"
    private: bool = False
    task_id: str | None = None
    task_title: str | None = None
    task_text: str | None = None
    thread_url: str | None = None
    about: dict[str, front_matter.Value] = field(default_factory=dict[str, front_matter.Value])

    @classmethod
    def of_task(cls, task: Task, declared: Declared | None = None) -> Self:
        """Return the result of an ended task, or the reason for the task's state if there is no result.

        The kind is the first of: `declared.kind`, the result's kind, the kind in the front matter.
        """
        declared = declared or Declared()
        result = task.result if task.state is TaskState.COMPLETED else None
        if result is not None:
            declared = replace(declared, kind=declared.kind or result.kind, title=declared.title or result.title)
        return cls.of_content(
            result.text if result else (task.reason or f"The task is {task.state}."),
            declared=declared,
            source=Source.of_task(task),
            default_title=task.title,
            state=_state(task.state),
        )

    @classmethod
    def of_content(
        cls,
        text: str,
        *,
        declared: Declared | None = None,
        source: Source | None = None,
        default_title: str | None = None,
        state: OutputState = "completed",
    ) -> Self:
        """Return content as an output, with the front matter taken off.

        The title is the first of: the declared title, the title in the front matter, `default_title`, the first
        heading or line of the text.
        """
        declared, source = declared or Declared(), source or Source()
        # The only split: a second block of front matter is text, and no destination splits the text again.
        values, body = front_matter.split(text)
        title = declared.title or str(values.get("title", "")) or default_title or _first_line(body)
        return cls(
            text=body,
            title=" ".join(title.split()) or "Untitled",
            kind=declared.kind or (str(values["kind"]).strip() if "kind" in values else None),
            labels=tuple(dict.fromkeys((*declared.labels, *_words(values.get("labels"))))),
            state=state,
            priority=declared.priority or _priority(values.get("priority")),
            about={key: value for key, value in values.items() if key not in _PROPERTIES},
            **_origin(source),
        )

    @classmethod
    def of_alert(cls, title: str, text: str, task: Task | None) -> Self:
        """Return a warning of the coordinator, perhaps about a task."""
        # The text is not split: the coordinator writes no front matter, and an error in the text may look like some.
        return cls(
            text=text,
            title=title,
            labels=task.wanted.labels if task else (),
            state="alert",
            priority=(task.wanted.priority if task else None) or "normal",
            **_origin(Source.of_task(task)),
        )

    @classmethod
    def from_json(cls, stored: object) -> Self:
        """Return an output stored by `to_json`."""
        return TypeAdapter(cls).validate_python(stored)

    def to_json(self) -> dict[str, Any]:
        """Return all properties as a JSON object."""
        return TypeAdapter(type(self)).dump_python(self, mode="json")

    def masked(self) -> Self:
        """Return the output without secrets and hidden characters in every text."""
        return replace(
            self,
            title=outgoing(self.title),
            text=outgoing(self.text),
            labels=tuple(outgoing(label) for label in self.labels),
            task_title=None if self.task_title is None else outgoing(self.task_title),
            task_text=None if self.task_text is None else outgoing(self.task_text),
            about=outgoing_metadata(self.about),
        )

    def values(self) -> dict[str, object]:
        """Return the values for templates; missing properties are empty strings."""
        return {
            "kind": self.kind or "",
            "agent": self.agent or "",
            "labels": self.labels,
            "channel": self.channel or "",
            "state": self.state,
            "title": self.title,
            "text": self.text,
            "priority": self.priority,
            "private": self.private,
            "task_id": self.task_id or "",
            "task_title": self.task_title or "",
            "thread_url": self.thread_url or "",
        }


def _origin(source: Source) -> dict[str, Any]:
    """Return the properties of an output from the source."""
    task = source.task
    return {
        "agent": source.agent,
        "channel": source.channel,
        "private": source.private,
        "task_id": task.id if task else None,
        "task_title": task.title if task else None,
        "task_text": task.text if task else None,
        "thread_url": task.thread_url if task else None,
    }


def _state(state: TaskState) -> OutputState:
    """Return the state in the words of routes."""
    # A task that still runs can be asked for a dry run; routes then see the result that is expected.
    return cast("OutputState", state.value) if state.value in get_args(OutputState) else "completed"


def _priority(value: object) -> Priority:
    # Front matter comes from agents: an unknown priority must not fail a finished task.
    return cast("Priority", value) if value in get_args(Priority) else "normal"


def _words(value: front_matter.Value | None) -> list[str]:
    """Return labels from a list, or from words with commas between."""
    if value is None:
        return []
    return value if isinstance(value, list) else [word.strip() for word in str(value).split(",") if word.strip()]


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return beginning(line.lstrip("#").strip(), _TITLE_CHARS)
