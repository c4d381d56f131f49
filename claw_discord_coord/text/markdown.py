"""Takes Markdown apart, for those who change or leave out a part of it."""

from __future__ import annotations

import re
from bisect import bisect_right

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


def code_and_prose(text: str) -> list[tuple[bool, str]]:
    """Take the text apart into pieces, as (is code, text), such that joining them gives the text again.

    Code is what CommonMark calls fenced code blocks and code spans (sections 4.5 and 6.1).
    """
    pieces: list[tuple[bool, str]] = []
    position = 0
    while position < len(text):
        opening = _FENCE.search(text, position)
        pieces.extend(_spans(text[position : opening.start() if opening else len(text)]))
        if opening is None:
            break
        fence = opening[1]
        closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$", re.MULTILINE).search(
            text, opening.end()
        )
        position = closing.end() if closing else len(text)
        pieces.append((True, text[opening.start() : position]))
    return pieces


def without_title(title: str, text: str) -> str:
    """Leave out a first heading that only repeats the title, for places that show the title themselves."""
    line, _, rest = text.lstrip("\r\n").partition("\n")
    words = line.split()
    if not words or words[0].strip("#") or len(words[0]) > 6 or line.startswith(("    ", "\t")):
        return text
    closed = len(words) > 1 and not words[-1].strip("#")
    return rest.lstrip("\r\n") if " ".join(words[1:-1] if closed else words[1:]) == title else text


def _spans(text: str) -> list[tuple[bool, str]]:
    """Take text without fences apart; a code span does not reach over a blank line."""
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
