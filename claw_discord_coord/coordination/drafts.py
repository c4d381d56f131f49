"""Drafts tasks from orders, before the registry admits the tasks."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime

from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.assignment import Choice
from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import NewTask, Task, TaskState
from claw_discord_coord.text.excerpts import one_line_of
from claw_discord_coord.text.sanitize import printable

TITLE_CHARS = 80
ID_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
"""The characters of ids, without 0, o, 1, i, l and u, since people read ids out and type them."""


def draft(new: NewTask, choice: Choice, *, origin: str, parent: Task | None, config: Config, at: datetime) -> Task:
    """Return the task for an order, below the parent.

    Raises:
        UsageError: The time limit is longer than the agent's.
    """
    agent = config.agents[choice.agent]
    if new.timeout_s is not None and new.timeout_s > agent.timeout_s:
        raise UsageError(
            f"`timeout_s` must be above 0 and at most {agent.timeout_s:g} for {choice.agent}.",
            fix="Give a shorter one, or leave it out.",
        )
    task_id = f"t-{random_id()}"
    return Task(
        id=task_id,
        title=_title(new.title or "") or _title(new.task),
        text=new.task,
        agent=choice.agent,
        kind=new.kind or agent.kind,
        state=TaskState.SUBMITTED,
        chosen_because=choice.because,
        key=new.key,
        origin=origin,
        parent_id=parent.id if parent else None,
        root_id=parent.root_id if parent else task_id,
        depth=parent.depth + 1 if parent else 0,
        review=new.review,
        # Below a private task everything is private: the work would show what the private task is about.
        private=new.private or (parent is not None and parent.private),
        wanted=new.wanted,
        timeout_s=new.timeout_s or agent.timeout_s,
        created_at=at,
        channel=agent.channel,
    )


def check_text(text: str, limit_chars: int) -> None:
    """Check that a task's text can be seen, and is not too long.

    Raises:
        UsageError: The text is empty or too long.
    """
    if not printable(text).strip():
        raise UsageError("The task's text is empty.", fix="Say in a sentence what is to be done.")
    if len(text) > limit_chars:
        raise UsageError(
            f"The task's text has {len(text):,} characters; at most {limit_chars:,} are allowed.",
            fix="Put the material into a file and name it in the task, or raise limits.task_chars in skill.yaml.",
        )


def fingerprint(asker: str, *work: object) -> str:
    """Return the fingerprint of work that an asker asks for; white space does not count."""
    words = [" ".join(part.split()) if isinstance(part, str) else part for part in work]
    return f"{asker}/{hashlib.sha256(json.dumps(words, default=str).encode()).hexdigest()[:32]}"


def digest(text: str) -> str:
    """Return a short hash of a text, for names without the text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def random_id() -> str:
    """Return a random id without a prefix."""
    return "".join(secrets.choice(ID_ALPHABET) for _ in range(8))


def _title(text: str) -> str:
    """Return the text as one line without invisible characters; empty when nothing is visible."""
    return one_line_of(printable(text), TITLE_CHARS)
