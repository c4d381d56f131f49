"""Takes long Markdown apart for places that limit a message's length. Nothing is lost, and code stays in its fences."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_FENCE = re.compile(r" {0,3}(`{3,12}|~{3,12})(?![`~])")

LEAST_CHARS = 60
"""In shorter parts there is no room for fences; code is cut like prose there."""


def parts(text: str, *, limit_chars: int) -> list[str]:
    """Split a text into parts of at most `limit_chars` characters; a shorter one is its only part.

    It breaks between paragraphs where that leaves no part less than half full, otherwise between lines, and inside of
    lines that are longer than a part. A fenced block that is cut is closed and opened again with its first line.
    """
    return [text] if len(text) <= limit_chars else list(_Packing(limit_chars).pack(text))


class _Packing:
    """Lines being packed into parts: those of the part at hand, and the fence that is open in it."""

    def __init__(self, limit_chars: int) -> None:
        self._limit = limit_chars
        self._lines: list[str] = []
        self._size = 0
        self._fence: str | None = None
        self._paragraph_end: int | None = None

    def pack(self, text: str) -> Iterator[str]:
        for line in text.splitlines(keepends=True):
            for piece in _pieces(line, self._limit // 2):
                while self._lines and self._size + len(piece) + self._reserve(piece) > self._limit:
                    yield self._break()
                self._add(piece)
        yield "".join(self._lines)

    def _add(self, piece: str) -> None:
        self._lines.append(piece)
        self._size += len(piece)
        if self._limit >= LEAST_CHARS and (match := _FENCE.match(piece)):
            if self._fence is None:
                self._fence = piece if len(piece) <= self._limit // 4 else f"{match[1]}\n"
            elif match[1].startswith(self._mark()) and not piece.strip().strip(self._mark()[0]):
                self._fence = None
        if self._fence is None and not piece.strip() and self._size * 2 >= self._limit:
            self._paragraph_end = len(self._lines)

    def _break(self) -> str:
        """End the part: at the last end of a paragraph that comes late enough, or here."""
        cut = self._paragraph_end if self._fence is None else None
        whole, rest = self._lines[:cut], self._lines[cut:] if cut is not None else []
        part = "".join(whole) + self._closing()
        self._lines = ([self._fence] if self._fence is not None else []) + rest
        self._size = sum(map(len, self._lines))
        self._paragraph_end = None
        return part

    def _reserve(self, piece: str) -> int:
        """Tell how much room closing a fence may take once the piece is there."""
        match = _FENCE.match(piece) if self._fence is None and self._limit >= LEAST_CHARS else None
        return len(self._closing()) + 1 if self._fence is not None else len(match[1]) + 1 if match else 0

    def _mark(self) -> str:
        match = _FENCE.match(self._fence or "")
        return match[1] if match else "```"

    def _closing(self) -> str:
        """What closes the open fence, with a newline before it in case the last line has none."""
        if self._fence is None:
            return ""
        return self._mark() if self._lines and self._lines[-1].endswith("\n") else f"\n{self._mark()}"


def _pieces(line: str, limit_chars: int) -> Iterator[str]:
    """Take a line apart between words, or else between characters as a reader sees them."""
    start = 0
    while len(line) - start > limit_chars:
        end = line.rfind(" ", start + limit_chars // 2, start + limit_chars) + 1
        if end <= 0:
            end = start + limit_chars
            while end > start + limit_chars // 2 and _joined(line[end]):
                end -= 1
        yield line[start:end]
        start = end
    yield line[start:]


def _joined(character: str) -> bool:
    """Whether a character belongs to the one before it: an accent, a variation, a joiner."""
    return (
        bool(unicodedata.combining(character))
        or character in "\u200d\ufe0e\ufe0f\n"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )
