"""Removes mentions, hidden characters and secrets from text that comes from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import regex

from claw_discord_coord.text.mentions import for_discord
from claw_discord_coord.text.secrets import mask_metadata, mask_secrets

if TYPE_CHECKING:  # the module loads PyYAML, which sanitizing itself does not need
    from claw_discord_coord.text.front_matter import Value

_INVISIBLE = (
    r"[[\p{Cc}--[\t\n]]"  # control characters
    r"\p{Default_Ignorable_Code_Point}"  # no glyph of their own: joiners, variation selectors, tags, fillers, reserved
    r"\uFFF9-\uFFFB\U00013430-\U00013440]"  # annotations, and controls of hieroglyphs
)
_EMOJI = r"[[\p{Emoji}\p{Extended_Pictographic}]--[0-9#*]]"
_JOINED = (  # letters and marks of cursive and Indic scripts, whose form depends on joiners
    r"[[\p{L}\p{M}]&&[\P{InSC=Other}\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Nkoo}\p{scx=Adlm}\p{scx=Rohg}"
    r"\p{scx=Mand}\p{scx=Mani}\p{scx=Phag}\p{scx=Sogd}]--\p{Default_Ignorable_Code_Point}]"
)
_VARIED = r"[\p{Sm}\p{Han}\p{Myanmar}\p{Phags_Pa}\p{Manichaean}\u3001\u3002\uFF01-\uFF1F]"
_MONGOLIAN = r"[\p{Mongolian}&&\p{L}]"
_MARK = r"[\p{M}--\p{Default_Ignorable_Code_Point}]"
_HIEROGLYPH = r"[\p{Egyptian_Hieroglyphs}&&\p{L}]"
_VALID = "|".join(
    (
        # Flags of regions such as Scotland, the only harmless use of tag characters (Unicode Technical Standard 51).
        r"\U0001F3F4[\U000E0030-\U000E0039\U000E0061-\U000E007A]{2,6}\U000E007F",
        # Emoji: text or picture style, keycaps, and joined emoji (Unicode Technical Standard 51, section 1.4).
        rf"(?<={_EMOJI})[\uFE0E\uFE0F]",
        r"(?<=[0-9#*])\uFE0F(?=\u20E3)",
        r"(?<=\p{Extended_Pictographic}[\p{Emoji_Modifier}\uFE0F]?)\u200D(?=\p{Extended_Pictographic})",
        # Joiners (Unicode Standard, section 23.2). At the end of a word, U+200D shapes an Arabic letter or a virama.
        rf"(?<={_JOINED})[\u200C\u200D](?={_JOINED})",
        r"(?<=[\p{InSC=Virama}[\p{Arabic}&&\p{L}]])\u200D",
        # Standardized variants of mathematical signs and letters (StandardizedVariants.txt).
        rf"(?<={_VARIED})[\uFE00-\uFE02]",
        rf"(?<={_MONGOLIAN})(?:[\u180B-\u180D\u180F]|\u180E(?={_MONGOLIAN}))",
        # The order of Hebrew points, and the layout of hieroglyphs (Unicode Standard, sections 23.2 and 11.4).
        rf"(?<={_MARK})\u034F(?={_MARK})",
        rf"(?<={_HIEROGLYPH})[\U00013430-\U0001343F](?={_HIEROGLYPH})",
    )
)
_HIDDEN = regex.compile(rf"(?=[{_INVISIBLE}\U0001F3F4])(?:({_VALID})|{_INVISIBLE})", regex.V1)
"""Characters without a look. The group holds those that shape the characters beside them, and stay."""

_BRAILLE = re.compile("[\u2800-\u28ff]+")
_SEPARATORS = re.compile("[\u2028\u2029]")

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
    characters. Invisible characters that emoji, flags and scripts need stay where they are valid. Unicode's line and
    paragraph separators become line feeds.
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
    # A blank of braille stays in braille. Alone it would make a text that looks empty and is not.
    text = _BRAILLE.sub(lambda run: run[0] if run[0].strip("\u2800") else " " * len(run[0]), text)
    return _HIDDEN.sub(r"\1", _SEPARATORS.sub("\n", text))
