"""Turns Markdown tables into aligned code blocks, since Discord does not render tables."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence

from claw_discord_coord.text.fences import discord_fences

WIDEST_COLUMNS = 80
"""The widest table in columns of a fixed-width font; wider tables are shown row by row. Discord's client breaks longer
lines of code anywhere (observed on a desktop; the documentation does not say)."""

_CELL_ENDS = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_RULE = re.compile(r"\s*:?-+:?\s*")
_QUOTE = re.compile(r"(?:> ?){1,10}")
_ITEM = re.compile(r" *(?:[-*+]|\d{1,9}[.)]) +")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_SPACE_WITHIN = re.compile(r"^ (.*\S.*) $")
"""One space on each side belongs to the marks: so a span can begin with a backtick."""
_LIST_LINES = 100
"""How far above a table the list item is looked for."""
_INDENT = re.compile(r" {0,3}(?=\S)")


def aligned(text: str) -> str:
    """Replace every pipe table by an aligned code block. No cell is lost, and code blocks stay.

    A table has a header and a rule of the same number of cells, then rows up to the first line without a pipe (GitHub
    Flavored Markdown, section 4.10).
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
            prefix = _prefix(lines, at)
            drawn = _drawn([line[len(prefix) :] for line in lines[at:end]])
            quote = prefix if ">" in prefix else ""
            result += [f"{quote}{line}" for line in ("```", *drawn, "```")]
            at = end
    return "\n".join(result)


def cells(line: str) -> list[str]:
    """Split a row into cells; escaped pipes become plain pipes."""
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
    """Return for each line whether a part of the line belongs to a code block."""
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
    """Return the index after the last line of the table that begins here, or None without a table."""
    prefix = _prefix(lines, at)
    if at + 1 >= len(lines) or not all(_is_row(lines[row], in_code[row], prefix) for row in (at, at + 1)):
        return None
    rule = cells(lines[at + 1][len(prefix) :])
    if not all(_RULE.fullmatch(cell) for cell in rule) or len(rule) != len(cells(lines[at][len(prefix) :])):
        return None
    end = at + 2
    while end < len(lines) and _is_row(lines[end], in_code[end], prefix):
        end += 1
    return end


def _is_row(line: str, in_code: bool, prefix: str) -> bool:
    if in_code or not line.startswith(prefix):
        return False
    row = line[len(prefix) :]
    return _INDENT.match(row) is not None and _CELL_ENDS.search(row) is not None


def _prefix(lines: Sequence[str], at: int) -> str:
    """Return what stands before the table that may begin here: marks of a quotation, or the indent of a list item."""
    prefix = (_QUOTE.match(lines[at]) or [""])[0]
    if prefix:
        return prefix
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip(" "))]
    # Elsewhere, four spaces make code.
    return indent if len(indent) >= 2 and _is_in_list(lines, at, len(indent)) else ""


def _is_in_list(lines: Sequence[str], at: int, indent: int) -> bool:
    for line in reversed(lines[max(0, at - _LIST_LINES) : at]):
        if line.strip() and len(line) - len(line.lstrip(" ")) < indent:
            item = _ITEM.match(line)
            return item is not None and item.end() <= indent + 2
    return False


def _drawn(lines: Sequence[str]) -> list[str]:
    # Within a code block the marks of code would be shown as they are.
    header, rule, *rows = [[_without_code_marks(cell) for cell in cells(line)] for line in lines]
    count = max(len(row) for row in (header, *rows))
    header, rule, *rows = [[*row, *[""] * (count - len(row))] for row in (header, rule, *rows)]
    widths = [max(_width(row[column]) for row in (header, *rows)) for column in range(count)]
    if sum(widths) + 3 * (count - 1) > WIDEST_COLUMNS and rows:
        return _row_by_row(header, rows)
    line = "─┼─".join("─" * width for width in widths)
    return [_line(header, rule, widths), line, *(_line(row, rule, widths) for row in rows)]


def _without_code_marks(cell: str) -> str:
    """Return a cell with the content of its code spans (CommonMark, section 6.1) in place of the spans."""
    plain = _CODE_SPAN.sub(lambda span: _SPACE_WITHIN.sub(r"\1", span[2]), cell)
    # Three backticks would end the code block around the table.
    return cell if "```" in plain else plain


def _line(row: Sequence[str], rule: Sequence[str], widths: Sequence[int]) -> str:
    padded = (_padded(cell, mark, width) for cell, mark, width in zip(row, rule, widths, strict=True))
    return " │ ".join(padded).rstrip()


def _row_by_row(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a wide table as one line per cell, each with the name of the column."""
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
    """Return the width in columns of a fixed-width font: East Asian wide characters take two, combining characters
    none.
    """
    return sum(
        0
        if unicodedata.category(character) in {"Mn", "Me", "Cf"}
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
