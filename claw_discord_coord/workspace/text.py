"""Splits text of any length for Discord without losing a character of it, and keeps code in its fences."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

MESSAGE_CHARS = 2000
"""How long a message may be (Discord documentation, resources/message, "Create Message"), in Unicode code points, as
Python's `len` counts them ("the API calculates length based on the number of codepoints", discord-api-docs#1315)."""

PAGES_MAX = 5
"""How many messages one text may take before it is attached as a file instead."""

_HEAD_CHARS = 1500
_MARK = "```"
_OPENING = re.compile(r"```(?:[A-Za-z0-9_+\-.#]{0,40}\n)?")
"""Three backticks anywhere open a code block, a word right behind them is its language if the line ends there, and the
next three close it: what Discord's client does (observed; its documentation does not say)."""


@dataclass(frozen=True)
class Part:
    """A piece of a split text: `body` is an exact slice, `head` reopens a code fence that was cut, `tail` closes it."""

    body: str
    head: str = ""
    tail: str = ""

    @property
    def content(self) -> str:
        """What is sent."""
        return f"{self.head}{self.body}{self.tail}"


@dataclass(frozen=True)
class Pages:
    """A text as messages; of one too long for a few, `attachment` is the whole and `contents` only its beginning."""

    contents: tuple[str, ...]
    attachment: str | None = None


def pages(text: str, *, limit_chars: int = MESSAGE_CHARS, pages_max: int = PAGES_MAX) -> Pages:
    """Lay a text out in messages of at most `limit_chars`; the same text always gives the same messages."""
    if not text.strip():
        return Pages(("*(no text)*",))
    if len(text) <= limit_chars * pages_max:
        contents = tuple(part.content for part in split(text, limit_chars=limit_chars) if part.body.strip())
        if len(contents) <= pages_max:
            return Pages(contents)
    head = split(text[: 4 * limit_chars].lstrip(), limit_chars=min(_HEAD_CHARS, limit_chars - 100))[0].content.rstrip()
    return Pages((f"{head}\n-# … the whole text, {len(text):,} characters, is in the attached file.",), text)


def split(text: str, *, limit_chars: int = MESSAGE_CHARS) -> list[Part]:
    """Split a text into parts of at most `limit_chars`; the bodies joined are the text.

    It breaks, in this order of preference, between paragraphs, around code blocks, between lines, sentences, and words,
    and never inside what a reader sees as one character unless that is longer than a message. A code block that fits
    into a message is not cut; a longer one is cut between its lines, closed, and reopened with its language.
    """
    return _Splitter(text, limit_chars).parts()


def code_blocks(text: str) -> list[tuple[int, int]]:
    """Find the code blocks of a text, as Discord's client sees them: each from its first backtick up to its end."""
    return [(fence.start, max(fence.end, fence.outside)) for fence in _fences(text)]


@dataclass(frozen=True)
class _Fence:
    """A code block: backticks from `start`, code from `inside` to `outside`, closing backticks up to `end`."""

    start: int
    inside: int
    outside: int
    end: int
    opening: str


def _fences(text: str) -> list[_Fence]:
    found: list[_Fence] = []
    at = 0
    while opening := _OPENING.search(text, at):
        closing = text.find(_MARK, opening.end())
        outside, at = (len(text), len(text)) if closing < 0 else (closing, closing + len(_MARK))
        line = opening[0] if opening[0].endswith("\n") else f"{opening[0]}\n"
        found.append(_Fence(opening.start(), opening.end(), outside, at, line))
    return found


class _Splitter:
    """One text being split; positions are indices into it, and a break at `at` falls before the character there."""

    def __init__(self, text: str, limit_chars: int) -> None:
        self._text = text
        self._limit = limit_chars
        self._fences = _fences(text)
        self._starts = [fence.start for fence in self._fences]
        self._ladder: tuple[tuple[Callable[[int], bool], float], ...] = (
            (self._paragraph_ends, 0.5),
            (self._block_meets, 0.5),
            (self._line_ends, 0.5),
            (self._code_line_ends, 0.3),
            (self._sentence_ends, 0.3),
            (self._line_ends, 0.1),
            (self._word_ends, 0.1),
            (self._character_ends, 0.1),
            (self._character_ends_in_code, 0.0),
            (self._anything, 0.0),
        )

    def parts(self) -> list[Part]:
        parts: list[Part] = []
        at, head = 0, ""
        while len(self._text) - at > self._limit - len(head) - self._tail_chars(len(self._text), head):
            cut = self._cut(at, self._limit - len(head))
            fence = self._around(cut)
            tail = "" if fence is None else _MARK if self._text[cut - 1] == "\n" else f"\n{_MARK}"
            parts.append(Part(self._text[at:cut], head, tail))
            at, head = cut, "" if fence is None else fence.opening
        tail = "\n```" if self._tail_chars(len(self._text), head) else ""
        return [*parts, Part(self._text[at:], head, tail)]

    def _tail_chars(self, end: int, head: str) -> int:
        """Count what closing the last fence takes: it is only closed if it was cut and nobody has closed it."""
        unclosed = bool(self._fences) and self._fences[-1].outside == end
        return len(_MARK) + 1 if unclosed and head else 0

    def _around(self, at: int) -> _Fence | None:
        """Find the fence that a break at `at` would cut."""
        index = bisect_right(self._starts, at) - 1
        fence = self._fences[index] if index >= 0 else None
        return fence if fence and fence.start < at < max(fence.end, fence.outside) else None

    def _cut(self, at: int, room: int) -> int:
        last = min(at + room, len(self._text))
        fence = self._around(last)
        movable = fence is not None and fence.start > at and fence.end - fence.start <= self._limit
        if fence and movable and self._text[at : fence.start].strip():
            return fence.start
        for fits, least in self._ladder:
            for cut in range(last, at + max(1, int(room * least)) - 1, -1):
                if fits(cut) and (cut + len(_MARK) + 1 <= last or self._around(cut) is None):
                    return cut
        return max(at + 1, last - len(_MARK) - 1)

    def _paragraph_ends(self, at: int) -> bool:
        return self._text[at - 2 : at] == "\n\n" and self._around(at) is None

    def _block_meets(self, at: int) -> bool:
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return False
        fence = self._fences[index]
        return at == fence.start or at == fence.end or (at == fence.end + 1 and self._text[at - 1] == "\n")

    def _line_ends(self, at: int) -> bool:
        return self._text[at - 1] == "\n" and self._around(at) is None

    def _code_line_ends(self, at: int) -> bool:
        return self._text[at - 1] == "\n" and self._in_code(at)

    def _sentence_ends(self, at: int) -> bool:
        before = self._text[max(0, at - 2) : at]
        ends = before[-1:] in "。！？" or (before[-1:].isspace() and before[:1] in ".!?…:;")
        return ends and self._around(at) is None and self._between_characters(at)

    def _word_ends(self, at: int) -> bool:
        return self._text[at - 1].isspace() and self._around(at) is None and self._between_characters(at)

    def _character_ends(self, at: int) -> bool:
        return self._around(at) is None and self._between_characters(at)

    def _character_ends_in_code(self, at: int) -> bool:
        return self._in_code(at) and self._between_characters(at)

    def _anything(self, at: int) -> bool:
        return self._around(at) is None or self._in_code(at)

    def _in_code(self, at: int) -> bool:
        """Whether a break here leaves code on both sides; an empty block would show its backticks."""
        fence = self._around(at)
        if fence is None or not fence.inside < at < fence.outside:
            return False
        return bool(self._text[fence.inside : at].strip() and self._text[at : fence.outside].strip())

    def _between_characters(self, at: int) -> bool:
        return at >= len(self._text) or not _joined(self._text, at)


def _joined(text: str, at: int) -> bool:
    """Whether the characters on both sides of `at` are seen as one.

    After Unicode Standard Annex 29, section 3.1.1; Indic conjuncts and Hangul letters written apart are taken roughly.
    """
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return True
    if before in "\r\n":
        return False
    if before == "\u200d":
        return True
    if unicodedata.category(after) in {"Mn", "Me", "Mc"} or after in "\u200c\u200d":
        return True
    code = ord(after)
    if 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F or 0x1160 <= code <= 0x11FF or 0xDC00 <= code <= 0xDFFF:
        return True
    if 0x1F1E6 <= code <= 0x1F1FF:
        flags = 0
        while flags < at and 0x1F1E6 <= ord(text[at - 1 - flags]) <= 0x1F1FF:
            flags += 1
        return flags % 2 == 1
    return False
