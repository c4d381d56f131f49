"""Collects progress lines into one message per task, with few edits."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from claw_discord_coord.text.sanitize import one_line

FIRST_AFTER_S = 2.0
"""The working time before progress is shown; faster tasks need no request for progress."""

EVERY_S = 5.0
"""The shortest time between edits; Discord allows about five in five seconds per channel (observed by many bots)."""

LINES = 8
_LINE_CHARS = 180


@dataclass
class _Lines:
    newest: deque[str] = field(default_factory=lambda: deque(maxlen=LINES))
    heard: int = 0
    shown: int = 0
    due_s: float = 0.0


class Progress:
    """The newest lines of every working task, and the time of the next edit. Times come from a steady clock."""

    def __init__(self, *, first_after_s: float = FIRST_AFTER_S, every_s: float = EVERY_S) -> None:
        self._first_after_s = first_after_s
        self._every_s = every_s
        self._tasks: dict[str, _Lines] = {}

    def hear(self, task_id: str, line: str, now_s: float) -> None:
        """Add one line; blank lines are ignored."""
        if not line.strip():
            return
        lines = self._tasks.setdefault(task_id, _Lines(due_s=now_s + self._first_after_s))
        lines.newest.append(one_line(line, _LINE_CHARS))
        lines.heard += 1

    def forget(self, task_id: str) -> None:
        """Drop the lines of an ended task."""
        self._tasks.pop(task_id, None)

    def next_due_s(self) -> float | None:
        """Return the time of the next edit, or None without new lines."""
        return min((lines.due_s for lines in self._tasks.values() if lines.heard > lines.shown), default=None)

    def take_due(self, now_s: float) -> dict[str, str]:
        """Return the messages to show now, by task. The next message of each task is due `every_s` later."""
        due = {id_: lines for id_, lines in self._tasks.items() if lines.heard > lines.shown and lines.due_s <= now_s}
        for lines in due.values():
            lines.shown, lines.due_s = lines.heard, now_s + self._every_s
        return {task_id: _message(lines) for task_id, lines in due.items()}


def _message(lines: _Lines) -> str:
    """Return the newest line in normal size and the lines before in small size, which Discord calls subtext."""
    *earlier, newest = lines.newest
    left_out = lines.heard - len(lines.newest)
    head = [f"-# … {left_out:,} earlier lines"] if left_out else []
    return "\n".join([*head, *(f"-# {line}" for line in earlier), f"▸ {newest}"])
