"""Separates code from prose in Markdown, so that prose can be changed and code stays as it is."""

from __future__ import annotations

import re
from bisect import bisect_right

from claw_discord_coord.text.fences import FindFences, commonmark_fences


def code_and_prose(text: str, fences: FindFences = commonmark_fences) -> list[tuple[bool, str]]:
    """Split the text into pieces, as (is code, text); the pieces joined are the text.

    Code means fenced code blocks by the rule of `fences`, and code spans (CommonMark 0.31, sections 4.5 and 6.1).
    """
    pieces: list[tuple[bool, str]] = []
    position = 0
    for fence in fences(text):
        pieces += [*_spans(text[position : fence.start]), (True, text[fence.start : fence.end])]
        position = fence.end
    return [*pieces, *_spans(text[position:])] if position < len(text) else pieces


def without_title(title: str, text: str) -> str:
    """Remove a first heading that repeats the title, for destinations that show the title."""
    line, _, rest = text.lstrip("\r\n").partition("\n")
    words = line.split()
    if not words or words[0].strip("#") or len(words[0]) > 6 or line.startswith(("    ", "\t")):
        return text
    closed = len(words) > 1 and not words[-1].strip("#")
    return rest.lstrip("\r\n") if " ".join(words[1:-1] if closed else words[1:]) == title else text


def _spans(text: str) -> list[tuple[bool, str]]:
    """Split prose into code spans and the rest; a code span ends at a blank line."""
    pieces: list[tuple[bool, str]] = []
    for paragraph in re.split(r"(\n[ \t]*\n)", text):
        runs = [(match.start(), match.end()) for match in re.finditer("`+", paragraph)]
        closings: dict[int, list[int]] = {}
        for index, (start, end) in enumerate(runs):
            closings.setdefault(end - start, []).append(index)
        index = position = 0
        while index < len(runs):
            start, end = runs[index]
            same = closings[end - start]
            later = bisect_right(same, index)
            if later < len(same):
                index = same[later]
                pieces += [(False, paragraph[position:start]), (True, paragraph[start : runs[index][1]])]
                position = runs[index][1]
            index += 1
        pieces.append((False, paragraph[position:]))
    return pieces
