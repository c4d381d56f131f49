"""Masks secrets by the shapes that issuers publish."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from claw_discord_coord.text.escapes import unescaped
from claw_discord_coord.text.private_keys import private_keys
from claw_discord_coord.text.secret_commands import command_secrets
from claw_discord_coord.text.secret_labels import labeled_secrets
from claw_discord_coord.text.secret_shapes import SHAPES, WRAPPED
from claw_discord_coord.text.secret_tables import table_secrets
from claw_discord_coord.text.secret_values import is_random, is_wordy
from claw_discord_coord.text.shape import matches

if TYPE_CHECKING:  # the module loads PyYAML, which the masking itself does not need
    from claw_discord_coord.text.front_matter import Value

SECRET_REMOVED = "[secret removed]"  # noqa: S105 - the opposite of a secret
"""The text that replaces a secret."""

_ESCAPE_LEVELS = 3
"""The most levels of escapes: JSON within JSON within JSON."""
_PASSES = 4
"""The most passes over one text: a removed secret may free the edge of the next."""

# A line break within a word: editors, terminals and mail programs break long lines, with a quotation mark before the
# next line. Lines of words have a space or a mark at their end, or a short word.
_SOFT_BREAK = re.compile(r"(?<=[A-Za-z0-9+/=_.:@%-])\\?\r?\n[ \t]{0,16}(?:[>|#*+] ?)?(?=[A-Za-z0-9+/=_.:@%-])")
_WRAPPED_LINE_CHARS = 20
"""A line that was broken within a word is at least so long."""
_CONTINUATION_CHARS = 6
_WORD_START = re.compile(r"[A-Za-z0-9+/=_.:@%-]{1,100}")


@dataclass(frozen=True)
class Masked:
    """A text without secrets, and the number of secrets that were removed."""

    text: str
    count: int


def mask(text: str) -> Masked:
    """Replace everything with the shape of a secret, and count. The rest stays. Takes linear time."""
    count = 0
    for _ in range(_PASSES):
        found = _spans(text)
        if not found:
            break
        count += len(found)
        text = _replaced(text, found)
    return Masked(text, count)


def masked_in(count: int, where: str) -> str:
    """Return the words for the sender of a text in which secrets were masked."""
    return f"{count} secret{' was' if count == 1 else 's were'} masked in {where}"


def mask_secrets(text: str) -> str:
    """Replace everything with the shape of a secret; the rest stays."""
    return mask(text).text


def mask_metadata(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return metadata with secrets masked in keys and words; numbers and booleans stay."""
    return {mask_secrets(key): _mask_value(key, value) for key, value in values.items()}


def _mask_value(key: str, value: Value) -> Value:
    if isinstance(value, list):
        return [mask_secrets(word) for word in value]
    if not isinstance(value, str):
        return value
    # Some secrets are only known by the name in front of them, such as `secret_access_key: ...`.
    label = f"{key}: "
    return mask_secrets(f"{label}{value}").removeprefix(mask_secrets(label))


def _replaced(text: str, spans: Sequence[tuple[int, int]]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += [text[at:start], SECRET_REMOVED]
        at = end
    return "".join(pieces) + text[at:]


def _spans(text: str, levels: int = _ESCAPE_LEVELS) -> list[tuple[int, int]]:
    """Return the positions of secrets in their order, without overlaps, also of secrets that are written in escapes."""
    finders = (private_keys, labeled_secrets, table_secrets, command_secrets, _over_line_breaks)
    found = list(chain.from_iterable(finder(text) for finder in finders))
    found += ((start, end) for _, _, start, end in matches(text, SHAPES))
    for part in unescaped(text) if levels else ():
        found += (part.origin(*span) for span in _spans(part.text, levels - 1))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _over_line_breaks(text: str) -> Iterator[tuple[int, int]]:
    """Yield secrets that a line break cuts: with too little before the break, or with more after it."""
    breaks = [match.span() for match in _SOFT_BREAK.finditer(text) if _is_within_a_word(text, *match.span())]
    if not breaks:
        return
    pieces: list[str] = []
    starts: list[int] = []  # where each break is in the joined text
    at = length = 0
    for start, end in breaks:
        pieces.append(text[at:start])
        length += start - at
        starts.append(length)
        at = end
    joined = "".join(pieces) + text[at:]
    for shape, match, start, end in matches(joined, WRAPPED):
        first, last = bisect_right(starts, start), bisect_right(starts, end - 1)
        # A line may hold a whole secret, and the next line the next word.
        while first < last and not _goes_on(joined[starts[last - 1] : end]):
            cut = starts[last - 1]
            if shape.pattern.fullmatch(joined, match.start(), cut) is None:
                break
            last, end = last - 1, cut
        if first == last:
            continue
        origin = start + (breaks[first - 1][1] - starts[first - 1] if first else 0)
        yield origin, end + breaks[last - 1][1] - starts[last - 1]


def _is_within_a_word(text: str, start: int, end: int) -> bool:
    """Return whether a long line stands before a break, and no common word after the break."""
    line_start = text.rfind("\n", max(0, start - _WRAPPED_LINE_CHARS), start) + 1
    if line_start and start - line_start < _WRAPPED_LINE_CHARS:
        return False
    word = _WORD_START.match(text, end)
    return word is not None and not is_wordy(word[0].rstrip(".:"))


def _goes_on(rest: str) -> bool:
    """Return whether the beginning of a line looks like the rest of a secret, and not like a word."""
    return len(rest) >= _CONTINUATION_CHARS and is_random(rest)
