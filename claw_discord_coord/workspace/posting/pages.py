"""Lays out a text of any length as Discord messages."""

from __future__ import annotations

from dataclasses import dataclass

from claw_discord_coord.text.fences import discord_fences, table_fences
from claw_discord_coord.text.runs import RUN_MARKS_CHARS, keep_runs
from claw_discord_coord.text.split import split

MESSAGE_CHARS = 2000
"""The longest message (Discord documentation, resources/message, "Create Message"), in Unicode code points, as
Python's `len` counts them ("the API calculates length based on the number of codepoints", discord-api-docs#1315)."""

PAGES_MAX = 5
"""The most messages for one text; a longer text is attached as a file."""

_HEAD_CHARS = 1500


@dataclass(frozen=True)
class Pages:
    """A text as messages. For a text that is too long, `attachment` is the whole and `contents` the beginning."""

    contents: tuple[str, ...]
    attachment: str | None = None


def pages(text: str, *, limit_chars: int = MESSAGE_CHARS, pages_max: int = PAGES_MAX) -> Pages:
    """Lay a text out in messages of at most `limit_chars`; the same text always gives the same messages."""
    if not text.strip():
        return Pages(("*(no text)*",))
    if len(text) <= limit_chars * pages_max:
        # A text of one page has no cut.
        room = limit_chars if len(text) <= limit_chars else limit_chars - RUN_MARKS_CHARS
        parts = keep_runs(text, split(text, limit_chars=room, fences=table_fences), discord_fences)
        contents = tuple(part.content for part in parts if part.body.strip())
        if len(contents) <= pages_max:
            return Pages(contents)
    start = text[: 4 * limit_chars].lstrip()
    parts = split(start, limit_chars=min(_HEAD_CHARS, limit_chars - 100), fences=discord_fences)
    head = keep_runs(start, parts, discord_fences)[0].content.rstrip()
    return Pages((f"{head}\n-# … the whole text, {len(text):,} characters, is in the attached file.",), text)
