"""Finds fenced code blocks in Markdown, by the rules of Discord's client or of CommonMark."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

_DISCORD_MARK = "```"
# Discord's documentation does not describe this; observed in the client: three backticks open a block anywhere in a
# line, a word right after them is the language if the line ends there, and the next three backticks close the block.
_DISCORD_OPENING = re.compile(r"```(?:[A-Za-z0-9_+\-.#]{0,40}\n)?")

_BACKTICKS = re.compile("`+")
_TABLE_HEAD = re.compile(r"[^\n]{1,200}\n─+(?:┼─+|─)*\n")
"""The first two lines of a table as `text/tables.py` draws tables."""

# CommonMark 0.31, section 4.5 "Fenced code blocks": up to three spaces, three or more backticks or tildes, and an info
# string, which may not contain backticks after a backtick fence.
_COMMONMARK_OPENING = re.compile(r"^ {0,3}(?:(`{3,})[^`\n]*|(~{3,})[^\n]*)$\n?", re.MULTILINE)


@dataclass(frozen=True)
class Fence:
    """One fenced code block, as indices into the text.

    The block begins at `start`. The code is `text[inside:outside]`. The block ends before `end`; `outside == end` for a
    block without a closing fence. `opening` is a line that opens such a block again, and `mark` closes the block.
    """

    start: int
    inside: int
    outside: int
    end: int
    opening: str
    mark: str


FindFences = Callable[[str], list[Fence]]
"""Returns the code blocks of a text in their order."""


def discord_fences(text: str) -> list[Fence]:
    """Return the code blocks that Discord's client shows."""
    found: list[Fence] = []
    runs = [match.span() for match in _BACKTICKS.finditer(text)]
    # Of each length, the runs that may close a code span.
    closings: dict[int, list[int]] = {}
    for start, end in runs:
        closings.setdefault(end - start, []).append(start)
    position = 0
    for start, end in runs:
        if start < position:
            continue
        if end - start < len(_DISCORD_MARK):
            # Backticks inside a code span, however many, open no block.
            same = closings[end - start]
            later = bisect_right(same, start)
            position = same[later] + (end - start) if later < len(same) else end
            continue
        opening = _DISCORD_OPENING.match(text, start)
        inside = opening.end() if opening else end
        closing = text.find(_DISCORD_MARK, inside)
        outside, position = (len(text), len(text)) if closing < 0 else (closing, closing + len(_DISCORD_MARK))
        line = text[start:inside]
        line = line if line.endswith("\n") else f"{line}\n"
        found.append(Fence(start, inside, outside, position, line, _DISCORD_MARK))
        # A longer run that closes a block goes on behind the block.
    return found


def table_fences(text: str) -> list[Fence]:
    """Return the code blocks that Discord's client shows; a block with a table opens again with the table's header."""
    return [_with_header(text, fence) for fence in discord_fences(text)]


def _with_header(text: str, fence: Fence) -> Fence:
    header = _TABLE_HEAD.match(text, fence.inside, fence.outside)
    return fence if header is None else replace(fence, opening=f"{fence.opening}{header[0]}")


def commonmark_fences(text: str) -> list[Fence]:
    """Return the fenced code blocks that CommonMark defines; GitHub and site generators follow CommonMark."""
    found: list[Fence] = []
    position = 0
    while opening := _COMMONMARK_OPENING.search(text, position):
        mark = opening[1] or opening[2]
        closing = re.compile(rf"^ {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$", re.MULTILINE).search(
            text, opening.end()
        )
        outside, position = (len(text), len(text)) if closing is None else (closing.start(), closing.end())
        line = opening[0] if opening[0].endswith("\n") else f"{opening[0]}\n"
        found.append(Fence(opening.start(), min(opening.end(), outside), outside, position, line, mark))
        if position <= opening.start():
            break
    return found
