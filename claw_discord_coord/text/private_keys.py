"""Finds private keys, which have many lines, also when a part of the key is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from claw_discord_coord.text.secret_values import is_wordy

LONGEST_CHARS = 20_000
"""The longest key. A header without a footer within this length stands alone."""

_BEGIN = re.compile(r"-{4,5} ?BEGIN (?:[A-Z0-9]{1,10} ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}")
_END = re.compile(r"-{4,5} ?END (?:[A-Z0-9]{1,10} ){0,4}PRIVATE KEY(?: BLOCK)? ?-{4,5}")
_PUTTY = re.compile(r"Private-Lines: \d{1,3}\s")

# A line ends with a line feed, or with its escape, as in JSON and environment files.
_LINE = re.compile(r"(.*?)(\\{1,4}r\\{1,4}n|\\{1,4}n|\r?\n|\Z)")
_HEADER = re.compile(r"[\s>|#*\"'+]*(?:Proc-Type|DEK-Info|Version|Comment|Subject|Charset|Hash|MessageID)\s?:.{0,200}")
_WORD = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_BARE = re.compile(r"[\s>|#*\"'+,;:\\-]*([A-Za-z0-9+/]+={0,2})[\"'\s,;+\\)}\]]*")
"""A line of base64 alone, apart from the marks of quotations, lists and string literals."""
_PREFIXED = re.compile(r".{1,200}?[\s\]:>|](?:[A-Za-z0-9+/]{40,}={0,2}|[A-Za-z0-9+/]{2,}==?)[\"'\s,;]*")
"""A line of base64 behind the prefix of a log."""
_LEAST_CHARS = 16
_LAST = re.compile(r"(?:^|[\s\]:>|])([A-Za-z0-9+/]{1,80}={0,2})[\"'\s,;]{0,20}\Z")
_ARMOUR_SUM = re.compile(r"[\s>|]*=[A-Za-z0-9+/]{4}\s*")


def private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Yield the position of every private key, and of every part of a key without its header or footer.

    A header alone is not a key, so the text after a lone header stays.
    """
    if "PRIVATE KEY" in text:
        position = 0
        for footer in _footers(text):
            first = next(_between(_BEGIN, text, position, footer.start()), None)
            if first is None:
                start = _lines_before(text, position, footer.start())
                if start < footer.start():
                    yield start, footer.end()
            else:
                yield from _with_headers(text, position, footer)
            position = footer.end()
        for header in _between(_BEGIN, text, position, len(text)):
            end = lines_after(text, header.end())
            if end > header.end():
                yield header.start(), end
    for header in _PUTTY.finditer(text) if "Private-Lines" in text else ():
        end = lines_after(text, header.end())
        if end > header.end():
            yield header.end(), end


def is_key_line(line: str) -> bool:
    """Return whether a line may be in the middle of a private key."""
    if not line.strip() or _HEADER.fullmatch(line) or _ARMOUR_SUM.fullmatch(line):
        return True
    bare = _BARE.fullmatch(line)
    if bare is not None:
        return len(bare[1]) >= _LEAST_CHARS and not is_wordy(bare[1].rstrip("="))
    return _PREFIXED.fullmatch(line) is not None


def opens_key(line: str) -> bool:
    """Return whether a private key begins in this line and does not end there."""
    headers = list(_BEGIN.finditer(line)) if "PRIVATE KEY" in line else []
    return bool(headers) and _END.search(line, headers[-1].end()) is None


def closes_key(line: str) -> bool:
    """Return whether the line has the end of a private key."""
    return "PRIVATE KEY" in line and _END.search(line) is not None


def lines_after(text: str, position: int) -> int:
    """Return the end of the lines of a key that begin at `position`, or `position` without any."""
    end = at = position
    # A header is followed by the end of its line.
    limit = min(len(text), position + LONGEST_CHARS)
    first = True
    while at < limit:
        match = _LINE.match(text, at, limit)
        if match is None or match.end() == at:
            break
        line = match[1]
        short_end = line.strip() and end > position and is_last_line(line)
        if not (is_key_line(line) or short_end) and not (first and not line.strip("\"' \t\\")):
            break
        if line.strip("\"' \t\\"):
            end = match.end(1)
        first = False
        at = match.end()
        if short_end and not is_key_line(line):
            break
    return end


def is_last_line(line: str) -> bool:
    """Return whether a line may be the last before the footer of a private key; the last line is shorter."""
    found = _LAST.search(line)
    return found is not None and (found[1].endswith("=") or not is_wordy(found[1]))


def _footers(text: str) -> Iterator[re.Match[str]]:
    return _END.finditer(text)


def _between(pattern: re.Pattern[str], text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    return pattern.finditer(text, start, end)


def _with_headers(text: str, position: int, footer: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Yield the keys between `position` and the end of a footer: the last header belongs to the footer."""
    *alone, last = _between(_BEGIN, text, position, footer.start())
    for header in alone:
        end = lines_after(text, header.end())
        if end > header.end():
            yield header.start(), min(end, last.start())
    if footer.start() - last.end() <= LONGEST_CHARS and _is_body(text[last.end() : footer.start()]):
        yield last.start(), footer.end()
    else:
        end = lines_after(text, last.end())
        if end > last.end():
            yield last.start(), end
        start = _lines_before(text, max(end, last.end()), footer.start())
        if start < footer.start():
            yield start, footer.end()


def _is_body(body: str) -> bool:
    """Return whether the text between header and footer is a key: single words of base64, or a long run of base64."""
    lines = [match[1] for match in _LINE.finditer(body) if match[1].strip("\"' \t\\>|#*+,")]
    if not lines:
        return False
    if any(len(run) >= 40 and not is_wordy(run) for run in _WORD.findall(body)):
        return True
    return all(_BARE.fullmatch(line) or _HEADER.fullmatch(line) or _ARMOUR_SUM.fullmatch(line) for line in lines)


def _lines_before(text: str, least: int, position: int) -> int:
    """Return the start of the lines of a key that end at `position`, or `position` without any."""
    window = text[max(least, position - LONGEST_CHARS) : position]
    offset = position - len(window)
    lines = [(match.start(1), match[1]) for match in _LINE.finditer(window) if match[1].strip("\"' \t\\")]
    start = position
    seen_long = False
    for number, (at, line) in enumerate(reversed(lines)):
        if not (is_key_line(line) or (number == 0 and _BARE.fullmatch(line) is not None)):
            # The window may begin in the middle of a line of the key.
            break
        seen_long = seen_long or is_key_line(line)
        start = offset + at
    return start if seen_long else position
