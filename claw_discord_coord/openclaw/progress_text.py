"""The text of a run's events, for people who follow the run."""

from __future__ import annotations

from claw_discord_coord.openclaw.frames import Event
from claw_discord_coord.text.excerpts import one_line_of
from claw_discord_coord.text.masked_lines import mask_unfinished

LINE_CHARS = 300


def line(event: Event) -> str | None:
    """Return one line of progress, or None for an event without news: the agent's thoughts, tools in use, written text.

    Source of the shapes: the event `agent` of OpenClaw 2026.9.6, streams `item` and `assistant`.
    """
    if event.event != "agent":
        return None
    match event.word("stream"), event.word("data", "kind"), event.word("data", "phase"):
        case "item", "preamble", "end":
            return _short(event.word("data", "progressText") or "")
        case "item", "tool", "start":
            return _short(f"uses {event.word('data', 'title') or event.word('data', 'name') or 'a tool'}")
        case "assistant", _, _:
            # Masked as a whole: the last line of a private key, or half a token, has no shape of its own.
            return _short(_last_line(mask_unfinished(event.word("data", "text") or "")))
        case _:
            return None


def is_writing(event: Event) -> bool:
    """Return whether the event is one of the many pieces of a reply."""
    return event.event == "agent" and event.word("stream") == "assistant"


def is_end(event: Event) -> bool:
    """Return whether the run has ended, with or without success."""
    if event.event == "chat":
        return event.word("state") in {"final", "error", "aborted"}
    return event.word("stream") == "lifecycle" and event.word("data", "phase") in {"end", "error"}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _short(text: str) -> str | None:
    return one_line_of(text, LINE_CHARS) or None
