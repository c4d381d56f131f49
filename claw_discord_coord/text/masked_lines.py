"""Masks secrets in lines that arrive one after another, such as the progress of a run."""

from __future__ import annotations

import re

from claw_discord_coord.text.private_keys import closes_key, is_key_line, is_last_line, opens_key
from claw_discord_coord.text.secret_labels import awaits_value
from claw_discord_coord.text.secret_shapes import LITERALS
from claw_discord_coord.text.secret_tables import continues_table, opens_table
from claw_discord_coord.text.secret_values import is_wordy
from claw_discord_coord.text.secrets import SECRET_REMOVED, mask_secrets

HELD_LINES = 200
HELD_CHARS = 20_000
"""The most that is held back: about the longest private key."""

HELD_S = 3.0
"""How long lines may be held back; the caller calls `release` then."""

_LAST_WORD = re.compile(r"[\w+/=.:~%-]{4,}$")
_LITERAL = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, sorted(LITERALS, key=len, reverse=True)))})")
# RFC 7468 writes lines of 64 characters; OpenSSH and PGP write 70 and 64. A hash has no capital letters.
_KEY_LINE = re.compile(r"\s*(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9+/]{60,80}\s*")
_LONGEST_WORD_CHARS = 4_000
_UNFINISHED_CHARS = 6


class MaskedLines:
    """Masks secrets that go over several lines. Lines are held back while a secret may go on in the next line."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._chars = 0
        self._in_key = False
        # A reader that starts in the middle of a stream has not seen the header of a key.
        self._at_start = True
        self._table_header = ""

    @property
    def is_holding(self) -> bool:
        """Whether lines are held back."""
        return bool(self._held)

    def add(self, line: str) -> list[str]:
        """Take a line, and return the masked lines that can be shown now."""
        if (self._in_key or self._at_start) and not self._held:
            if closes_key(line) and not opens_key(line.partition("END")[0]):
                self._in_key = self._at_start = False
                return [SECRET_REMOVED]
            if _KEY_LINE.fullmatch(line) if self._at_start else is_key_line(line) or is_last_line(line):
                self._in_key, self._at_start = True, False
                return []
            self._in_key = self._at_start = False
        self._held.append(line)
        self._chars += len(line) + 1
        if self._key_is_open():
            if len(self._held) <= HELD_LINES and self._chars <= HELD_CHARS:
                return []
            self._in_key = True
            return self._released()
        if (may_go_on(line) or awaits_value(line)) and len(self._held) <= HELD_LINES and self._chars <= HELD_CHARS:
            return []
        return self._released()

    def release(self) -> list[str]:
        """Return the lines that are held back, masked, although a secret may go on."""
        self._in_key = self._key_is_open()
        return self._released()

    def _key_is_open(self) -> bool:
        """Return whether a private key has begun in the held lines, and every later line belongs to the key."""
        for number in range(len(self._held) - 1, -1, -1):
            line = self._held[number]
            if opens_key(line):
                return True
            if closes_key(line) or not (is_key_line(line) or (number == len(self._held) - 1 and is_last_line(line))):
                return False
        return False

    def _released(self) -> list[str]:
        # A row of a table tells what it holds only together with the header, which was shown before.
        header = self._table_header
        if header and self._held and not continues_table(header, self._held[0]):
            header = ""
        lines = [header, *self._held] if header else self._held
        text = mask_unfinished("\n".join(lines)) if self._held else ""
        if header:
            text = text.partition("\n")[2]
        if self._held:
            self._table_header = next((line for line in reversed(self._held) if opens_table(line)), header)
        self._held, self._chars = [], 0
        return [line for line in text.split("\n") if line.strip()]


def may_go_on(text: str) -> bool:
    """Return whether the last word of a text may be the beginning of a secret."""
    word = _LAST_WORD.search(text[-_LONGEST_WORD_CHARS:])
    return word is not None and _LITERAL.search(word[0]) is not None


def mask_unfinished(text: str) -> str:
    """Mask secrets in a text that may go on, such as a text that is being written: also a secret at the very end."""
    text = mask_secrets(text)
    last = text.rfind("\n") + 1
    if opens_key(text[last:]):
        return text[:last] + SECRET_REMOVED
    word = _LAST_WORD.search(text, max(last, len(text) - _LONGEST_WORD_CHARS))
    found = None if word is None else _LITERAL.search(word[0])
    if word is None or found is None:
        return text
    rest = word[0][found.end() :]
    if len(rest) < _UNFINISHED_CHARS or is_wordy(rest):
        return text
    return text[: word.start() + found.start()] + SECRET_REMOVED
