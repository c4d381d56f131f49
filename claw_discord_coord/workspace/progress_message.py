"""Gathers what runs say of their progress into one message per task that is not edited too often."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from claw_discord_coord.text.sanitize import one_line

FIRST_AFTER_S = 2.0
"""How long a task works before its progress is shown at all: what is done sooner needs no request for it."""

EVERY_S = 5.0
"""How far apart edits are at least; Discord takes about five in five seconds per channel (observed by many bots)."""

LINES = 8
_LINE_CHARS = 180


@dataclass
class _Lines:
    newest: deque[str] = field(default_factory=lambda: deque(maxlen=LINES))
    heard: int = 0
    shown: int = 0
    due_s: float = 0.0


class Progress:
    """The newest lines of every working task, and when they may next be shown; times are of any steady clock."""

    def __init__(self, *, first_after_s: float = FIRST_AFTER_S, every_s: float = EVERY_S) -> None:
        self._first_after_s = first_after_s
        self._every_s = every_s
        self._tasks: dict[str, _Lines] = {}

    def hear(self, task_id: str, line: str, now_s: float) -> None:
        """Take in one line; a blank one is nothing."""
        if not line.strip():
            return
        lines = self._tasks.setdefault(task_id, _Lines(due_s=now_s + self._first_after_s))
        lines.newest.append(one_line(line, _LINE_CHARS))
        lines.heard += 1

    def forget(self, task_id: str) -> None:
        """Show nothing more of a task: it has ended."""
        self._tasks.pop(task_id, None)

    def next_due_s(self) -> float | None:
        """Tell when something is to be shown next; None while nobody has anything new."""
        return min((lines.due_s for lines in self._tasks.values() if lines.heard > lines.shown), default=None)

    def take_due(self, now_s: float) -> dict[str, str]:
        """Take the messages that are to be shown now, by task; each task's next is due `every_s` later."""
        due = {id_: lines for id_, lines in self._tasks.items() if lines.heard > lines.shown and lines.due_s <= now_s}
        for lines in due.values():
            lines.shown, lines.due_s = lines.heard, now_s + self._every_s
        return {task_id: _message(lines) for task_id, lines in due.items()}


def _message(lines: _Lines) -> str:
    """Write the newest line plainly and those before it small; Discord calls that subtext."""
    *earlier, newest = lines.newest
    left_out = lines.heard - len(lines.newest)
    head = [f"-# … {left_out:,} earlier lines"] if left_out else []
    return "\n".join([*head, *(f"-# {line}" for line in earlier), f"▸ {newest}"])
