"""Cuts texts for display. Secrets are masked before the cut, since a part of a secret has no shape.

Every place that shortens a text from outside uses these functions; `tests/unit/test_text_excerpts.py` looks for others.
"""

from __future__ import annotations

from claw_discord_coord.text.secrets import mask_secrets


def beginning(text: str, limit_chars: int, *, more: str = "…") -> str:
    """Return the masked text, or its beginning of at most `limit_chars` with `more` at the end."""
    text = mask_secrets(text)
    return text if len(text) <= limit_chars else text[: max(0, limit_chars - len(more))] + more


def ending(text: str, limit_chars: int) -> str:
    """Return the masked text, or the last `limit_chars` of the masked text."""
    return mask_secrets(text)[-limit_chars:]


def one_line_of(text: str, limit_chars: int) -> str:
    """Return the masked text in one line, without line breaks and repeated spaces, and of at most `limit_chars`."""
    return beginning(" ".join(mask_secrets(text).split()), limit_chars)
