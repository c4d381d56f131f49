"""Reads a text without the escapes of JSON, HTML and addresses, and knows where each character was."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_ESCAPE = re.compile(
    r"\\(?:u[0-9a-fA-F]{4}|[\"'\\/bfnrt])|&(?:quot|apos|amp|lt|gt|#\d{2,3}|#x[0-9a-fA-F]{2});"
    r"|%(?:2[0267C]|3[AD]|7[BD])"
)
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


_AROUND_CHARS = 2_000
"""How much of the text around an escape is read with it: about the longest token."""


@dataclass(frozen=True)
class Unescaped:
    """A part of a text in which escapes are replaced by the characters that they stand for."""

    text: str
    _start: int
    _at: list[int]
    _ends: list[int]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the position in the original text of a part of this text, which is not empty."""
        return self._origin(start)[0], self._origin(end - 1)[1]

    def _origin(self, position: int) -> tuple[int, int]:
        number = bisect_right(self._at, position)
        if number and self._at[number - 1] == position:
            before = self._at[number - 2] + 1 if number > 1 else 0
            start = self._ends[number - 2] if number > 1 else self._start
            return start + position - before, self._ends[number - 1]
        before = self._at[number - 1] + 1 if number else 0
        start = (self._ends[number - 1] if number else self._start) + position - before
        return start, start + 1


def unescaped(text: str) -> Iterator[Unescaped]:
    """Yield the parts of a text that have escapes, with one level of escapes removed."""
    if not any(mark in text for mark in "\\&%"):
        return
    group: list[re.Match[str]] = []
    for match in _ESCAPE.finditer(text):
        if group and match.start() - group[-1].end() > 2 * _AROUND_CHARS:
            yield _without(text, group)
            group = []
        group.append(match)
    if group:
        yield _without(text, group)


def _without(text: str, escapes: list[re.Match[str]]) -> Unescaped:
    last = start = max(0, escapes[0].start() - _AROUND_CHARS)
    pieces: list[str] = []
    at: list[int] = []
    length = 0
    for match in escapes:
        pieces += [text[last : match.start()], _meaning(match[0])]
        at.append(length + match.start() - last)
        length = at[-1] + 1
        last = match.end()
    pieces.append(text[last : last + _AROUND_CHARS])
    return Unescaped("".join(pieces), start, at, [match.end() for match in escapes])


def _meaning(escape: str) -> str:
    if escape[0] == "%":
        return chr(int(escape[1:], 16))
    if escape[0] == "&":
        return html.unescape(escape)
    return chr(int(escape[2:], 16)) if escape[1] == "u" else _SHORT.get(escape[1], escape[1])
