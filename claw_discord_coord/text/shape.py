"""One shape of a secret: a regular expression, and a check of what it finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from claw_discord_coord.text.secret_values import anything

# Every pattern begins with its literal, so that `re` finds candidates fast. Runs are bounded, or nothing has to follow
# them: so the time stays linear for every text.
_LEFT = r"(?<![A-Za-z0-9]{literal})"
"""No letter or digit directly before the literal; `TOKEN_` or `key-` may be there."""
_RIGHT = r"(?![A-Za-z0-9])"

HEX = "[0-9a-f]"
URLSAFE = r"[A-Za-z0-9_-]"
UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
SLASH = r"\\?/"
"""A slash; JSON may escape slashes."""


@dataclass(frozen=True)
class Shape:
    """One shape of a secret.

    Attributes:
        name: The issuer and the sort of secret.
        literals: Texts of which one is part of every match. Without them in a text, the expression is not tried.
        expression: The regular expression. The group `secret`, if there is one, is the part to mask.
        accepts: The check of the secret, after the literal, that a regular expression cannot make.
        wraps: The secret may be found over a line break.
        folded: Literals and expression are lower-case, and are looked for in the lower-case text.
    """

    name: str
    literals: tuple[str, ...]
    expression: str
    accepts: Callable[[str], bool] = field(default=anything)
    wraps: bool = True
    folded: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """The compiled expression."""
        return _compiled(self.expression)


# Compiled at the first use: most texts have the literals of few shapes, and all of them together take 0.1 s.
_compiled = cache(re.compile)


def token(
    name: str,
    literal: str,
    body: str,
    *,
    accepts: Callable[[str], bool] = anything,
    left: bool = True,
    right: str = _RIGHT,
) -> Shape:
    """Return the shape of a token that begins with a literal."""
    start = re.escape(literal)
    before = _LEFT.format(literal=start) if left else ""
    return Shape(name, (literal,), f"{start}{before}(?P<body>{body}){right}", accepts)


def folded(text: str) -> str:
    """Return a text in lower case, of the same length."""
    # The only letter whose lower case has two characters.
    return text.replace("İ", "i").lower()


def matches(text: str, shapes: Sequence[Shape]) -> Iterator[tuple[Shape, re.Match[str], int, int]]:
    """Yield every match of the shapes, with the position of the part to mask."""
    lower = folded(text)
    for shape in shapes:
        searched = lower if shape.folded else text
        if any(literal in searched for literal in shape.literals):
            for match in shape.pattern.finditer(searched):
                groups = match.groupdict()
                start, end = match.span("secret" if "secret" in groups else 0)
                if shape.accepts(text[slice(*match.span("body"))] if "body" in groups else text[start:end]):
                    yield shape, match, start, end
