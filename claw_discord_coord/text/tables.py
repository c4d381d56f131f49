"""Shows Markdown tables, which Discord does not render, as aligned blocks of code."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence

from claw_discord_coord.text.fences import discord_fences

WIDEST_COLUMNS = 80
"""A table that takes more columns of a fixed-width font is shown row by row instead: Discord's client breaks longer
lines of code anywhere (observed on a desktop; its documentation does not say)."""

_CELL_ENDS = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_RULE = re.compile(r"\s*:?-+:?\s*")
_INDENT = re.compile(r" {0,3}(?=\S)")


def aligned(text: str) -> str:
    """Put every pipe table of a text into an aligned block of code; nothing else is changed, and no cell is lost.

    A table is what GitHub Flavored Markdown (section 4.10) takes for one: a header and a rule of the same number of
    cells, then rows up to the first line without a pipe. What lies in a code block is left alone.
    """
    lines = text.split("\n")
    in_code = _in_code(text, lines)
    result: list[str] = []
    at = 0
    while at < len(lines):
        end = _end_of_table(lines, in_code, at)
        if end is None:
            result.append(lines[at])
            at += 1
        else:
            result += ["```", *_drawn(lines[at:end]), "```"]
            at = end
    return "\n".join(result)


def cells(line: str) -> list[str]:
    """Take a row apart into its cells, with escaped pipes as plain ones."""
    row = line.strip()
    pieces: list[str] = []
    at = 0
    for end in _CELL_ENDS.finditer(row):
        pieces.append(row[at : end.end() - 1])
        at = end.end()
    rest = row[at:]
    if row.startswith("|"):
        pieces = pieces[1:]
    if rest.strip() or not pieces:
        pieces.append(rest)
    return [piece.strip().replace("\\|", "|") for piece in pieces]


def _in_code(text: str, lines: Sequence[str]) -> list[bool]:
    """Tell of each line whether any of it belongs to a code block."""
    blocks = [(fence.start, fence.end) for fence in discord_fences(text)]
    starts = [start for start, _ in blocks]
    told: list[bool] = []
    at = 0
    for line in lines:
        index = bisect_right(starts, at + len(line)) - 1
        told.append(index >= 0 and blocks[index][1] > at)
        at += len(line) + 1
    return told


def _end_of_table(lines: Sequence[str], in_code: Sequence[bool], at: int) -> int | None:
    """Find the line behind the table that begins here, if one does."""
    if at + 1 >= len(lines) or not (_is_row(lines[at], in_code[at]) and _is_row(lines[at + 1], in_code[at + 1])):
        return None
    rule = cells(lines[at + 1])
    if not all(_RULE.fullmatch(cell) for cell in rule) or len(rule) != len(cells(lines[at])):
        return None
    end = at + 2
    while end < len(lines) and _is_row(lines[end], in_code[end]):
        end += 1
    return end


def _is_row(line: str, in_code: bool) -> bool:
    return not in_code and _INDENT.match(line) is not None and _CELL_ENDS.search(line) is not None


def _drawn(lines: Sequence[str]) -> list[str]:
    header, rule, *rows = [cells(line) for line in lines]
    count = max(len(row) for row in (header, *rows))
    header, rule, *rows = [[*row, *[""] * (count - len(row))] for row in (header, rule, *rows)]
    widths = [max(_width(row[column]) for row in (header, *rows)) for column in range(count)]
    if sum(widths) + 3 * (count - 1) > WIDEST_COLUMNS and rows:
        return _row_by_row(header, rows)
    line = "─┼─".join("─" * width for width in widths)
    return [_line(header, rule, widths), line, *(_line(row, rule, widths) for row in rows)]


def _line(row: Sequence[str], rule: Sequence[str], widths: Sequence[int]) -> str:
    padded = (_padded(cell, mark, width) for cell, mark, width in zip(row, rule, widths, strict=True))
    return " │ ".join(padded).rstrip()


def _row_by_row(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Show a table that is too wide: every cell on a line of its own, behind the name of its column."""
    shown: list[str] = []
    room = max(_width(name) for name in header)
    for row in rows:
        shown.append("─" * min(WIDEST_COLUMNS // 2, room + 20))
        shown += [f"{_padded(name, '', room)} │ {cell}".rstrip() for name, cell in zip(header, row, strict=True)]
    return shown


def _padded(cell: str, mark: str, width: int) -> str:
    space = width - _width(cell)
    left = 0
    if mark.endswith(":"):
        left = space // 2 if mark.startswith(":") else space
    return " " * left + cell + " " * (space - left)


def _width(text: str) -> int:
    """Count the columns of a fixed-width font: East Asian wide characters take two, combining ones none."""
    return sum(
        0
        if unicodedata.category(character) in {"Mn", "Me", "Cf"}
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
