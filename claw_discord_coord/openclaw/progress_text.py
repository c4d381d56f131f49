"""What a run's events say to a person who follows it."""

from __future__ import annotations

from typing import Any

from claw_discord_coord.openclaw.frames import Event

LINE_CHARS = 300


def line(event: Event) -> str | None:
    """One line of progress, or None for an event that says nothing new: what the agent thinks aloud, which tool it
    uses, what it writes.

    Source of the shapes: the event `agent` as OpenClaw 2026.9.6 sends it, streams `item` and `assistant`.
    """
    if event.event != "agent":
        return None
    data: dict[str, Any] = event.payload.get("data") or {}
    match event.payload.get("stream"), data.get("kind"), data.get("phase"):
        case "item", "preamble", "end":
            return _short(data.get("progressText"))
        case "item", "tool", "start":
            return _short(f"uses {data.get('title') or data.get('name') or 'a tool'}")
        case "assistant", _, _:
            return _short(_last_line(str(data.get("text") or "")))
        case _:
            return None


def is_writing(event: Event) -> bool:
    """Whether the event is one of the many that an answer comes in."""
    return event.event == "agent" and event.payload.get("stream") == "assistant"


def is_end(event: Event) -> bool:
    """Whether the run has ended, well or not."""
    if event.event == "chat":
        return event.payload.get("state") in {"final", "error", "aborted"}
    data: dict[str, Any] = event.payload.get("data") or {}
    return event.payload.get("stream") == "lifecycle" and data.get("phase") in {"end", "error"}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _short(text: Any) -> str | None:
    plain = " ".join(str(text or "").split())
    if not plain:
        return None
    return plain if len(plain) <= LINE_CHARS else f"{plain[: LINE_CHARS - 1]}…"
