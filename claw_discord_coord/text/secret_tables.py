"""Finds secrets in the columns of tables: comma-separated values, Markdown, and the tables that databases print."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

from claw_discord_coord.text.secret_values import is_key, is_password, is_random
from claw_discord_coord.text.secret_words import KEYS, PASSWORDS, alternatives, occur
from claw_discord_coord.text.shape import folded

_CELL_CHARS = 40
"""The longest cell of a header."""
_LEAST_CELLS = 2
_MOST_CELLS = 60
_AROUND = "\ufeff \t`*_\"'"
_RULER = re.compile(r"[\s|+:=-]+")
_QUOTED_OR_BARE = {
    delimiter: re.compile(rf'[ ]*("(?:[^"]|"")*"|[^{re.escape(delimiter)}]*)({re.escape(delimiter)}|$)')
    for delimiter in (",", ";", "\t")
}
_BAR = re.compile(r"((?:[^|\\]|\\.)*)(\||$)")
_LINE = re.compile(r"[^\n]+")
_AWS_SECRET = re.compile(r"[A-Za-z0-9/+]{40}")

_Check = Callable[[str], bool]
Cells = list[tuple[int, int]]
"""The positions of the cells of a line."""


@cache
def _names() -> tuple[re.Pattern[str], re.Pattern[str]]:
    # A column may have a word before the label, as in `Console password`.
    before = r"(?:[\w.-]{1,20}[ _-]){0,2}[a-z]{0,10}"
    after = r"(?:[ _-]?\d)?(?: ?[(（][^()（）]{1,20}[)）])?"
    return re.compile(rf"{before}(?:{alternatives(PASSWORDS)}){after}"), re.compile(
        rf"{before}(?:{alternatives(KEYS)}){after}"
    )


def table_secrets(text: str) -> Iterator[tuple[int, int]]:
    """Yield the positions of the secrets in tables."""
    lower = folded(text)
    if not _is_labeled(lower):
        return
    lines = [match.span() for match in _LINE.finditer(lower)]
    number = 0
    while number < len(lines):
        header = _header(lower, *lines[number])
        number += 1
        if header is None:
            continue
        delimiter, checks, count = header
        yield from _in_row(text, lower, lines[number - 1], delimiter)
        while number < len(lines):
            start, end = lines[number]
            if not _RULER.fullmatch(text, start, end):
                cells = _cells(text, start, end, delimiter)
                if len(cells) != count:
                    break
                for column, accepts in checks.items():
                    yield from _checked(text, *cells[column], accepts)
                yield from _in_row(text, lower, (start, end), delimiter)
            number += 1


def opens_table(line: str) -> bool:
    """Return whether a line is the header of a table with a column of secrets."""
    return _header(folded(line), 0, len(line)) is not None


def continues_table(header: str, line: str) -> bool:
    """Return whether a line is a row or a ruler of the table with this header."""
    found = _header(folded(header), 0, len(header))
    return found is not None and (
        _RULER.fullmatch(line) is not None or len(_cells(line, 0, len(line), found[0])) == found[2]
    )


def _header(lower: str, start: int, end: int) -> tuple[str, dict[int, _Check], int] | None:
    """Return delimiter, checks by column, and number of cells, if the line may be a header with a secret's label."""
    for delimiter in ("|", ",", "\t", ";"):
        if lower.find(delimiter, start, end) < 0:
            continue
        cells = _cells(lower, start, end, delimiter)
        if not _LEAST_CELLS <= len(cells) <= _MOST_CELLS:
            continue
        names = [lower[slice(*cell)].strip(_AROUND) if cell[1] - cell[0] <= _CELL_CHARS else "-" for cell in cells]
        if sum(map(bool, names)) < _LEAST_CELLS:
            continue
        checks = {column: check for column, name in enumerate(names) if (check := _check(name)) is not None}
        if checks:
            return delimiter, checks, len(cells)
    return None


def _check(name: str) -> _Check | None:
    """Return the check for the values that belong to a name, or None for a name that is no label of a secret."""
    if not _is_labeled(name):
        return None
    passwords, keys = _names()
    if passwords.fullmatch(name):
        return is_password
    return _is_key_cell if keys.fullmatch(name) else None


def _is_labeled(lower: str) -> bool:
    return occur(PASSWORDS, lower) or occur(KEYS, lower)


def _is_key_cell(value: str) -> bool:
    return is_key(value) or (_AWS_SECRET.fullmatch(value) is not None and is_random(value))


def _in_row(text: str, lower: str, line: tuple[int, int], delimiter: str) -> Iterator[tuple[int, int]]:
    """Yield the secret in a row of label and value."""
    if delimiter != "|":
        return
    cells = [cell for cell in _cells(text, *line, delimiter) if text[slice(*cell)].strip()]
    for (start, end), value in pairwise(cells):
        if end - start <= _CELL_CHARS and (accepts := _check(lower[start:end].strip(_AROUND))) is not None:
            yield from _checked(text, *value, accepts)


def _checked(text: str, start: int, end: int, accepts: _Check) -> Iterator[tuple[int, int]]:
    cell = text[start:end]
    value = cell.strip(_AROUND)
    # A password may begin or end with a mark that also surrounds values.
    if accepts(value) or (value and accepts(cell.strip())):
        inner = cell.strip(" \t\r`\"'")
        at = start + cell.index(inner)
        yield at, at + len(inner)


def _cells(text: str, start: int, end: int, delimiter: str) -> Cells:
    """Return the positions of the cells of a line. The bars at both ends of a row delimit nothing."""
    if text.startswith("\r", end - 1):
        end -= 1
    if delimiter == "|":
        while start < end and text[start] in " \t>":
            start += 1
        start += text.startswith("|", start)
        while end > start and text[end - 1] in " \t":
            end -= 1
        end -= end > start and text[end - 1] == "|"
    pattern = _BAR if delimiter == "|" else _QUOTED_OR_BARE[delimiter]
    cells: Cells = []
    at = start
    while at <= end and len(cells) <= _MOST_CELLS:
        match = pattern.match(text, at, end)
        if match is None:
            return []
        cells.append(match.span(1))
        if match.end(2) == match.start(2):
            break
        at = match.end()
    return cells
