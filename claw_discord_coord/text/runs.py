"""Keeps bold, italic, underlined, struck and hidden text whole when a text is split into parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from claw_discord_coord.text.fences import FindFences
from claw_discord_coord.text.markdown import code_and_prose
from claw_discord_coord.text.split import Part

_RUNS_MAX = 3
"""How many runs, one inside another, are kept."""
RUN_MARKS_CHARS = 2 * 2 * _RUNS_MAX
"""How much longer `keep_runs` makes a part at most."""

_MARK = re.compile(r"\\\\.|\n[ \t]*\n|\*\*|__|~~|\|\||\*|_", re.DOTALL)
"""The marks of Discord's Markdown, with escaped characters and the ends of paragraphs."""


def keep_runs(text: str, parts: Sequence[Part], fences: FindFences) -> list[Part]:
    """Return the parts with every marked run closed at the end of a part and opened again in the next part.

    Args:
        text: The whole text; the bodies of the parts joined.
        parts: The parts.
        fences: The dialect's rule for code blocks; marks in code are no marks.
    """
    runs = _runs(text, fences)
    kept: list[Part] = []
    at, head = 0, ""
    for part in parts:
        at += len(part.body)
        open_marks = [mark for start, end, mark in runs if start < at < end][:_RUNS_MAX]
        kept.append(_closed(replace(part, head=part.head + head), "".join(reversed(open_marks))))
        head = "".join(open_marks)
    return kept


def _closed(part: Part, marks: str) -> Part:
    """Return the part with the closing marks behind the last word, since a mark after a space closes nothing."""
    if not marks or part.tail:
        return part
    words = part.body.rstrip()
    return replace(part, body=words, tail=f"{marks}{part.body[len(words) :]}")


def _runs(text: str, fences: FindFences) -> list[tuple[int, int, str]]:
    """Return the runs in their order, as (before the opening mark, after the closing mark, mark)."""
    found: list[tuple[int, int, str]] = []
    opened: dict[str, int] = {}
    at = 0
    for code, piece in code_and_prose(text, fences):
        if code and "\n" in piece:
            opened.clear()
        for match in () if code else _MARK.finditer(piece):
            mark, start = match[0], at + match.start()
            if mark[0] == "\n":
                opened.clear()
            elif mark[0] != "\\":
                _take(text, mark, start, opened, found)
        at += len(piece)
    return sorted(found)


def _take(text: str, mark: str, start: int, opened: dict[str, int], found: list[tuple[int, int, str]]) -> None:
    before, after = text[start - 1 : start], text[start + len(mark) : start + len(mark) + 1]
    # An underscore within a word is a part of a name.
    in_word = mark[0] == "_" and before.isalnum() and after.isalnum()
    if mark in opened and before.strip() and not in_word:
        found.append((opened.pop(mark), start + len(mark), mark))
    elif mark not in opened and after.strip() and not in_word:
        opened[mark] = start
