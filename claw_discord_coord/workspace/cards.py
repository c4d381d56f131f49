"""Lays out a task's card: one compact embed, the same for the same state."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

import discord

from claw_discord_coord.models import Task, TaskState
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.text.discord_markdown import without_line_marks
from claw_discord_coord.text.sanitize import one_line, sanitize
from claw_discord_coord.workspace.controls import buttons_for, view_of
from claw_discord_coord.workspace.posting.draft import Draft

TITLE_CHARS = 256
FIELD_CHARS = 1024
THREAD_NAME_CHARS = 100
"""Discord's limits (Discord documentation, resources/message, "Embed Limits", and resources/channel, `name`)."""

_EXCERPT_CHARS = 320
_EXCERPT_LINES = 4


@dataclass(frozen=True)
class Face:
    """A state's icon and word. Color alone is invisible to many people."""

    icon: str
    word: str
    color: int


FACES: dict[TaskState, Face] = {
    TaskState.SUBMITTED: Face("🕓", "Waiting its turn", 0x80848E),
    TaskState.WORKING: Face("⚙️", "Working", 0x5865F2),
    TaskState.INPUT_REQUIRED: Face("✋", "Waiting for a review", 0xF0B232),
    TaskState.COMPLETED: Face("✅", "Completed", 0x23A55A),
    TaskState.FAILED: Face("❌", "Failed", 0xF23F43),
    TaskState.CANCELED: Face("⏹️", "Canceled", 0x80848E),
    TaskState.REJECTED: Face("🚫", "Rejected", 0xF23F43),
}


def card(task: Task, *, came_from: str | None = None, thread: str | None = None, plain: bool = False) -> Draft:
    """Lay out the card of a task.

    Args:
        task: The task.
        came_from: A mention of, or a link to, the task that led to this task.
        thread: A mention of the task's thread, when the thread does not hang on this card.
        plain: True to leave out all words of people and agents, which a server may not allow.
    """
    if plain:
        task = task.model_copy(update={"title": task.id, "text": task.id, "reason": None})
        came_from = None
    face = FACES[task.state]
    embed = discord.Embed(title=one_line(task.title, TITLE_CHARS), description=_description(task), color=face.color)
    embed.set_author(name=f"{face.icon} {face.word}")
    embed.add_field(name="Agent", value=f"{one_line(task.agent, 64)}, {task.kind.value}")
    name, value = _time(task)
    embed.add_field(name=name, value=value)
    cost = _cost(task)
    if cost:
        embed.add_field(name="Cost", value=cost)
    if came_from:
        embed.add_field(name="Handed on by" if task.handoff_id else "Started by", value=came_from)
    if thread:
        embed.add_field(name="Thread", value=thread)
    if destinations := task.wanted.expected:
        embed.add_field(name="Goes to", value=one_line(", ".join(destinations), FIELD_CHARS), inline=False)
    embed.set_footer(text=f"{task.id} · {one_line(task.chosen_because, 200)}")
    return Draft(embed=embed, view=view_of(buttons_for(task)))


def link_to(title: str, url: str) -> str:
    """Return a Markdown link to a task; the title cannot end the link early."""
    words = one_line(title, 80).translate(str.maketrans("[]()", "⟦⟧⟮⟯"))
    return f"[{words}]({url})"


def face_sha256(draft: Draft) -> str:
    """Return the hash of everything visible on a card. An edit with the same hash needs no request."""
    embed = draft.embed.to_dict() if draft.embed else None
    buttons = draft.view.to_components() if draft.view else []
    return hashlib.sha256(json.dumps([draft.content, embed, buttons], sort_keys=True).encode()).hexdigest()


def thread_name(task: Task) -> str:
    """Return the name of a task's thread: the title, and the id to tell threads with the same title apart."""
    end = f" · {task.id}"
    return one_line(task.title, THREAD_NAME_CHARS - len(end)) + end


def _description(task: Task) -> str:
    excerpt = _excerpt(task)
    if task.reason and task.state is not TaskState.COMPLETED:
        reason = f"> {without_line_marks(one_line(task.reason, 400))}"
        return f"{excerpt}\n{reason}" if excerpt else reason
    return excerpt


def _excerpt(task: Task) -> str:
    text = sanitize(task.text).strip().replace("```", "'''")
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    short = "\n".join(lines[:_EXCERPT_LINES])
    if len(short) > _EXCERPT_CHARS:
        short = short[:_EXCERPT_CHARS].rsplit(" ", 1)[0]
    is_cut = len(short) < len("\n".join(lines))
    if " ".join(text.split()) == one_line(task.title, TITLE_CHARS):
        return ""
    # Only the card itself writes a line that looks like its reason.
    short = without_line_marks(short)
    return f"{short.rstrip('.… ')}…" if is_cut else short


def _time(task: Task) -> tuple[str, str]:
    """Return the time or duration as the name and value of a field."""
    if task.state in FINAL:
        began, ended = task.started_at, task.ended_at
        return "Took", _duration(max(0.0, (ended - began).total_seconds())) if began and ended else "never begun"
    if task.started_at is None:
        return "Asked", _ago(task.created_at)
    return "Began", _ago(task.started_at)


def _ago(moment: datetime) -> str:
    """Return a moment that Discord's clients keep current (Discord documentation, reference, "Timestamp Styles")."""
    return f"<t:{int(moment.timestamp())}:R>"


def _duration(seconds: float) -> str:
    if round(seconds) < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest_s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest_s} s"


def _cost(task: Task) -> str:
    usage = task.usage
    if usage is None:
        return ""
    tokens = usage.input_tokens + usage.output_tokens
    parts = [f"${usage.cost_usd:.4f}".rstrip("0").rstrip(".")] if usage.cost_usd else []
    return " · ".join([*parts, f"{tokens:,} tokens"] if tokens else parts)
