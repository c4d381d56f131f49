"""The shapes of secrets: one list, in the forms that issuers publish.

Sources: the issuers' documentation of their key formats, compared with the rule sets of gitleaks (config/gitleaks.toml)
and detect-secrets 1.5 (its plugins). Neither is a dependency: gitleaks is a Go program, and detect-secrets reads single
lines, has 27 shapes and none of Anthropic, GitHub's fine-grained tokens, Telegram addresses or database URLs.
"""

from __future__ import annotations

from claw_discord_coord.text.secret_addresses import ADDRESSES
from claw_discord_coord.text.secret_labels import LABELED
from claw_discord_coord.text.secret_settings import SETTINGS
from claw_discord_coord.text.secret_tokens import TOKENS
from claw_discord_coord.text.shape import Shape

SHAPES: tuple[Shape, ...] = (*TOKENS, *ADDRESSES, *LABELED, *SETTINGS)
"""All shapes of one line or word. Private keys, tables and command lines have modules of their own."""

WRAPPED: tuple[Shape, ...] = tuple(shape for shape in SHAPES if shape.wraps)
"""The shapes that are also looked for over line breaks."""

LITERALS: tuple[str, ...] = tuple(
    dict.fromkeys(
        literal
        for shape in TOKENS
        for literal in shape.literals
        if len(literal) >= 3 and any(c.isalpha() for c in literal)
    )
)
"""The beginnings of tokens, to recognize a token that goes on."""
