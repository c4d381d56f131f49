"""What counts as one of Unicode's emoji."""

_CHARS = 20
_DIGITS = "0123456789#*©®"
_LETTER = "ℹ"
"""The one emoji that Unicode counts among the letters."""


def is_unicode_emoji(text: str) -> bool:
    """Whether a text may be a single emoji: no words, whatever their script; the table of emoji isn't consulted."""
    if not text or len(text) > _CHARS or any(char.isalpha() and char != _LETTER for char in text):
        return False
    return not text.isascii() or (len(text) <= 2 and text[0] in _DIGITS)
