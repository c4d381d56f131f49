"""Splits Markdown of any length for places that limit a message. No character is lost and code stays in fences."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

import regex

from claw_discord_coord.text.fences import Fence, FindFences

LEAST_FENCED_CHARS = 60
"""Below this limit a part has no room for fences, so code is cut like prose."""

_GRAPHEME = regex.compile(r"\X")
"""One character as a reader sees it: an extended grapheme cluster (Unicode Standard Annex 29)."""


@dataclass(frozen=True)
class Part:
    """One part: `body` is an exact slice of the text, `head` reopens a cut code fence, `tail` closes the fence."""

    body: str
    head: str = ""
    tail: str = ""

    @property
    def content(self) -> str:
        """The text to send."""
        return f"{self.head}{self.body}{self.tail}"


def split(text: str, *, limit_chars: int, fences: FindFences) -> list[Part]:
    """Split a text into parts of at most `limit_chars` code points; the bodies joined are the text.

    Breaks fall, in this order of preference, between paragraphs, around code blocks, between lines, sentences and
    words. No break falls inside a grapheme cluster, unless the cluster is longer than a part. A code block that fits
    into one part stays whole. A longer block is cut between lines, closed, and opened again with its first line.

    Args:
        text: Markdown.
        limit_chars: The longest part, heads and tails included.
        fences: The dialect's rule for code blocks, such as `discord_fences`.
    """
    return _Splitter(text, limit_chars, fences(text) if limit_chars >= LEAST_FENCED_CHARS else []).parts()


class _Splitter:
    """The state of one split. Positions are indices into the text; a break at `at` falls before the character there."""

    def __init__(self, text: str, limit_chars: int, fences: list[Fence]) -> None:
        self._text = text
        self._limit = limit_chars
        self._fences = [_shortened(fence, limit_chars) for fence in fences]
        self._starts = [fence.start for fence in fences]
        self._boundaries: set[int] = set()
        # Each rung: which breaks fit, and how full (0 to 1) such a break must leave the part.
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
            parts.append(Part(self._text[at:cut], head, "" if fence is None else self._closing(fence, cut)))
            at, head = cut, "" if fence is None else fence.opening
        tail = f"\n{self._fences[-1].mark}" if self._tail_chars(len(self._text), head) else ""
        return [*parts, Part(self._text[at:], head, tail)]

    def _closing(self, fence: Fence, cut: int) -> str:
        return fence.mark if self._text[cut - 1] == "\n" else f"\n{fence.mark}"

    def _tail_chars(self, end: int, head: str) -> int:
        """Return the length of the tail of the last part: only a fence that was cut and never closed needs one."""
        unclosed = bool(self._fences) and self._fences[-1].outside == end
        return len(self._fences[-1].mark) + 1 if unclosed and head else 0

    def _around(self, at: int) -> Fence | None:
        """Return the code block that a break at `at` would cut."""
        index = bisect_right(self._starts, at) - 1
        fence = self._fences[index] if index >= 0 else None
        return fence if fence and fence.start < at < max(fence.end, fence.outside) else None

    def _cut(self, at: int, room: int) -> int:
        last = min(at + room, len(self._text))
        fence = self._around(last)
        movable = fence is not None and fence.start > at and fence.end - fence.start <= self._limit
        if fence and movable and self._text[at : fence.start].strip():
            return fence.start
        # `at` is a boundary itself, so the clusters can be counted from there. The end position bounds the work for a
        # cluster without end, such as a letter with thousands of accents.
        self._boundaries = {
            match.start() for match in _GRAPHEME.finditer(self._text, at, min(len(self._text), last + self._limit))
        } | {len(self._text)}
        for fits, least in self._ladder:
            for cut in range(last, at + max(1, int(room * least)) - 1, -1):
                if fits(cut) and self._has_room(cut, last):
                    return cut
        return max(at + 1, last - 4)

    def _has_room(self, cut: int, last: int) -> bool:
        fence = self._around(cut)
        return fence is None or cut + len(self._closing(fence, cut)) <= last

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
        return ends and self._around(at) is None and at in self._boundaries

    def _word_ends(self, at: int) -> bool:
        return self._text[at - 1].isspace() and self._around(at) is None and at in self._boundaries

    def _character_ends(self, at: int) -> bool:
        return self._around(at) is None and at in self._boundaries

    def _character_ends_in_code(self, at: int) -> bool:
        return self._in_code(at) and at in self._boundaries

    def _anything(self, at: int) -> bool:
        return self._around(at) is None or self._in_code(at)

    def _in_code(self, at: int) -> bool:
        """Return whether a break here leaves code on both sides; an empty block would show its backticks."""
        fence = self._around(at)
        if fence is None or not fence.inside < at < fence.outside:
            return False
        return bool(self._text[fence.inside : at].strip() and self._text[at : fence.outside].strip())


def _shortened(fence: Fence, limit_chars: int) -> Fence:
    """Return the fence with a plain opening line when the text's own line is too long to repeat in every part."""
    if len(fence.opening) * 4 <= limit_chars:
        return fence
    mark = fence.mark[:3]
    return replace(fence, opening=f"{mark}\n", mark=mark)
