"""What may go somewhere: the output of a task, or content handed in as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, cast, get_args

from pydantic import TypeAdapter

from claw_discord_coord.config.routes import OutputState, PriorityName
from claw_discord_coord.models import Task, TaskState
from claw_discord_coord.text import front_matter
from claw_discord_coord.text.secrets import mask_metadata, mask_secrets


@dataclass(frozen=True)
class Output:
    """One output, as routes and templates see it.

    `text` is Markdown without front matter; `about` is what its front matter said beyond kind, title, labels and
    priority, and travels with it for destinations that use it (tags of a blog post, the pull request of a comment).
    """

    text: str
    title: str
    kind: str | None = None
    agent: str | None = None
    labels: tuple[str, ...] = ()
    channel: str | None = None
    state: OutputState = "completed"
    priority: PriorityName = "normal"
    private: bool = False
    task_id: str | None = None
    task_title: str | None = None
    task_text: str | None = None
    thread_url: str | None = None
    about: dict[str, front_matter.Value] = field(default_factory=dict[str, front_matter.Value])

    @classmethod
    def of_task(
        cls, task: Task, *, kind: str | None = None, labels: Sequence[str] = (), priority: PriorityName | None = None
    ) -> Self:
        """Make the output of a task that has ended: its result, or, where there is none, the reason for its state.

        The kind is the first that is given of: `kind` (the caller's), the result's own, its front matter's.
        """
        result = task.result if task.state is TaskState.COMPLETED else None
        return cls.of_content(
            result.text if result else (task.reason or f"The task is {task.state}."),
            kind=kind or (result.kind if result else None),
            title=(result.title if result else None),
            default_title=task.title,
            agent=task.agent,
            labels=labels,
            channel=task.channel,
            state=_state(task.state),
            priority=priority,
            private=task.private,
            task=task,
        )

    @classmethod
    def of_content(
        cls,
        text: str,
        *,
        kind: str | None = None,
        title: str | None = None,
        default_title: str | None = None,
        agent: str | None = None,
        labels: Sequence[str] = (),
        channel: str | None = None,
        state: OutputState = "completed",
        priority: PriorityName | None = None,
        private: bool = False,
        task: Task | None = None,
    ) -> Self:
        """Make an output of content as it is.

        What is given here wins over what the text's front matter says; without any title, the text's first heading or
        line is the title.
        """
        said, body = front_matter.split(text)
        about = {key: value for key, value in said.items() if key not in {"kind", "title", "labels", "priority"}}
        return cls(
            text=body,
            title=_one_line(title or str(said.get("title", "")) or default_title or _first_line(body)) or "Untitled",
            kind=kind or (str(said["kind"]).strip() if "kind" in said else None),
            agent=agent,
            labels=tuple(dict.fromkeys((*labels, *_words(said.get("labels"))))),
            channel=channel,
            state=state,
            priority=priority or _priority(said.get("priority")),
            private=private,
            task_id=task.id if task else None,
            task_title=task.title if task else None,
            task_text=task.text if task else None,
            thread_url=task.thread_url if task else None,
            about=about,
        )

    @classmethod
    def from_json(cls, kept: object) -> Self:
        """Make it of what `to_json` has answered."""
        return TypeAdapter(cls).validate_python(kept)

    def masked(self) -> Self:
        """Return the output with secrets masked in its title, text and metadata."""
        return replace(
            self, title=mask_secrets(self.title), text=mask_secrets(self.text), about=mask_metadata(self.about)
        )

    def to_json(self) -> dict[str, Any]:
        """List everything of it as a JSON object."""
        return TypeAdapter(type(self)).dump_python(self, mode="json")

    def values(self) -> dict[str, object]:
        """List what templates may name; a property that is not there is an empty string."""
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


def _state(state: TaskState) -> OutputState:
    """Name the state as routes do; a task that is still under way hands out what it has as completed work."""
    return cast("OutputState", state.value) if state.value in get_args(OutputState) else "completed"


def _priority(said: object) -> PriorityName:
    return cast("PriorityName", said) if said in get_args(PriorityName) else "normal"


def _words(said: front_matter.Value | None) -> list[str]:
    """Labels as a list, or as words with commas between."""
    if said is None:
        return []
    return said if isinstance(said, list) else [word.strip() for word in str(said).split(",") if word.strip()]


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line.lstrip("#").strip()[:100]


def _one_line(text: str) -> str:
    return " ".join(text.split())
