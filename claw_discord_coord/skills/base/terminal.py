"""Lines for a person at a terminal: tasks, updates and the pieces that several skills show."""

from __future__ import annotations

from typing import Any

_COLUMNS = {
    "task_id": "TASK",
    "state": "STATE",
    "agent": "AGENT",
    "kind": "KIND",
    "duration_s": "SECONDS",
    "discord_requests": "REQUESTS",
    "title": "TITLE",
}
_CONTINUATION = "\n  | "
"""Stands for a line break in an entry of a list: no other line of a list begins so."""
_UPDATES = {"placed": "  watch it at {}", "state": "  now {}", "progress": "  · {}"}


def entry(text: str) -> str:
    """Return an entry of a list; its further lines, as in an agent's error output, cannot look like entries."""
    return _CONTINUATION.join(text.splitlines())


def one_line(text: str) -> str:
    """Return a text of a person or an agent in one line."""
    return " ".join(text.split())


def update(line: dict[str, str]) -> str:
    """Return one update of a task as a line."""
    if (line["type"], line["text"]) == ("state", "input-required"):
        how = how_to_review("task", line["task_id"])
        return f"  the result waits for a review: {how}, or press Approve in the thread"
    return _UPDATES.get(line["type"], "  {}").format(one_line(line["text"]))


def outcome(task: dict[str, Any]) -> str:
    """Return the state, the duration and the reason of a task."""
    took = "" if task["duration_s"] is None else f" after {task['duration_s']:.1f} s"
    return f"{task['task_id']} {task['state']}{took}" + (f": {task['reason']}" if task["reason"] else "")


def ending(task: dict[str, Any]) -> str:
    """Return the outcome of a task as an entry, and the result."""
    head = entry(outcome(task))
    return f"{head}\n\n{result_text(task)}" if task["result"] else head


def table(tasks: list[dict[str, Any]]) -> str:
    """Return a table with one line per task and a column for each known field of the tasks."""
    columns = [name for name in _COLUMNS if any(name in task for task in tasks)]
    rows = [[_COLUMNS[name] for name in columns], *([_cell(task[name]) for name in columns] for task in tasks)]
    # The title is the last column, so only the others are padded.
    widths = [max(len(row[column]) for row in rows) for column in range(len(columns) - 1)]
    return "\n".join(
        "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1])) for row in rows
    )


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.1f}" if isinstance(value, float) else one_line(str(value))


def result_text(task: dict[str, Any]) -> str:
    """Return the text of a task's result without front matter."""
    from claw_discord_coord.text import front_matter  # imports PyYAML, which most commands do not need

    return front_matter.body(task["result"]["text"])


def how_to_review(subject: str, record_id: str) -> str:
    """Return the command that approves a task or a delivery."""
    return f"`claw-discord-coord control-task --{subject} {record_id} --action approve` (or reject)"


def error_in_brackets(record: dict[str, Any]) -> str:
    """Return the error of a run or delivery in brackets, or nothing."""
    return f" ({record['error']})" if record["error"] else ""
