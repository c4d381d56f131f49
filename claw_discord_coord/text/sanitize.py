"""Removes mentions, hidden characters and secrets from text that comes from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from claw_discord_coord.text.mentions import for_discord
from claw_discord_coord.text.secrets import mask_metadata, mask_secrets

if TYPE_CHECKING:  # the module loads PyYAML, which sanitizing itself does not need
    from claw_discord_coord.text.front_matter import Value

_HIDDEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, except tab and line feed
    "\xad\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # soft hyphen and letters without a glyph
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidirectional controls (Unicode Standard Annex 9, section 2)
    "\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb"  # invisible, but not the joiners that scripts and emoji need
    "\U000e0000-\U000e0fff"  # tags, and variation selectors beyond the common ones, in which text can hide
    "]"
)
_FLAG_TAGS = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f")
"""Flags of regions such as Scotland, the only harmless use of tag characters (Unicode Technical Standard 51)."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def sanitize(text: str) -> str:
    """Return a text for Discord: without hidden characters and secrets, and with disabled mentions.

    Every line end becomes a line feed. Other visible characters stay, and mentions in code stay, since Discord ignores
    such mentions. A second application changes nothing. Masking catches accidents by the forms that issuers publish; a
    disguised secret passes. Messages are sent with an empty `allowed_mentions` too.
    """
    return for_discord(outgoing(text.replace("\r\n", "\n").replace("\r", "\n")))


def outgoing(text: str) -> str:
    """Return a text for any destination: without hidden characters and secrets. Line ends stay.

    Every output passes this function when a delivery is planned, and each destination adds its own dialect.
    """
    return mask_secrets("\r\n".join(printable(line) for line in text.split("\r\n")))


def outgoing_metadata(values: Mapping[str, Value]) -> dict[str, Value]:
    """Return metadata for any destination: words without hidden characters and secrets."""
    return mask_metadata({printable(key): _printable_value(value) for key, value in values.items()})


def _printable_value(value: Value) -> Value:
    if isinstance(value, list):
        return [printable(word) for word in value]
    return printable(value) if isinstance(value, str) else value


def printable(text: str) -> str:
    """Remove characters that a terminal obeys or hides: control characters, bidirectional controls, invisible
    characters.
    """
    return _without_hidden(_LONE_SURROGATE.sub("\ufffd", text))


def escaped(text: str) -> str:
    r"""Return the text as one line that shows each character that a terminal obeys or hides as its escape, such as
    `\x1b` or `\u202e`. Line breaks, tabs and joiners are escaped too.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _visible(character) else _escape(character) for character in text)


def _visible(character: str) -> bool:
    # The first test knows the categories of Unicode; letters without a glyph have the category of visible letters.
    return character.isprintable() and not _HIDDEN.match(character)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def one_line(text: str, limit_chars: int) -> str:
    """Sanitize the text, join all lines, and cut the line with an ellipsis at `limit_chars`. Never returns an empty
    text.
    """
    line = " ".join(sanitize(text).split()) or "(untitled)"
    return line if len(line) <= limit_chars else line[: limit_chars - 1].rstrip() + "…"


def _without_hidden(text: str) -> str:
    pieces: list[str] = []
    at = 0
    for flag in _FLAG_TAGS.finditer(text):
        pieces += [_HIDDEN.sub("", text[at : flag.start()]), flag[0]]
        at = flag.end()
    return "".join(pieces) + _HIDDEN.sub("", text[at:])
