"""The templates of skill.yaml: Jinja2 in a sandbox, checked when the file is read, limited when they are rendered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

VARIABLES = (
    "kind",
    "agent",
    "labels",
    "channel",
    "state",
    "title",
    "text",
    "priority",
    "private",
    "task_id",
    "task_title",
    "thread_url",
    "route",
    "destination",
)
"""What a template may name: the output's properties, and the route and destination it is rendered for."""

LIMIT_CHARS = 10_000_000
"""The most that one template may render; above the most that an agent's program may print by default."""


class RenderingError(Exception):
    """The template cannot be rendered with these values; the message is a sentence for a person."""


class _Environment(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, in which multiplying cannot make a value larger than a rendering may be."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or not isinstance(left, int | float) or not isinstance(right, int | float):
            raise SecurityError(f"{operator} is only for numbers, and ** is not offered")
        return super().call_binop(context, operator, left, right)


_ENVIRONMENT = _Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)


def check(source: str) -> None:
    """Refuse a template that can never be rendered.

    Raises:
        ValueError: it is not Jinja2, or names a variable, filter or test that does not exist.

    """
    try:
        tree = _ENVIRONMENT.parse(source)
        _ENVIRONMENT.compile(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"this is not a Jinja2 template: line {error.lineno}: {error.message}") from None
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        raise ValueError(f"there are no other templates to take in: line {node.lineno}")
    for node in tree.find_all(nodes.Test):
        if node.name not in _ENVIRONMENT.tests:
            raise ValueError(f"there is no test called {node.name!r}: line {node.lineno}")
    unknown = sorted(meta.find_undeclared_variables(tree) - set(VARIABLES))
    if unknown:
        raise ValueError(f"there is no {', '.join(unknown)} to name here; there are: {', '.join(VARIABLES)}")


def render(source: str, values: Mapping[str, object], *, limit_chars: int = LIMIT_CHARS) -> str:
    """Fill in the template with `values`; nothing is escaped, since what is written is Markdown.

    Raises:
        RenderingError: a value does not fit, the sandbox forbids it, or more than `limit_chars` would be written.

    """
    pieces: list[str] = []
    written = 0
    try:
        template: Template = _ENVIRONMENT.from_string(source)
        for piece in template.generate(dict(values)):
            written += len(piece)
            if written > limit_chars:
                raise RenderingError(f"it writes more than {limit_chars:,} characters")
            pieces.append(piece)
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise RenderingError(str(error) or type(error).__name__) from None
    return "".join(pieces)
