"""The templates of skill.yaml: Jinja2 in a sandbox, checked when skill.yaml is read, limited when rendered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from jinja2 import TemplateSyntaxError, meta, nodes, pass_context
from jinja2.filters import FILTERS
from jinja2.sandbox import ImmutableSandboxedEnvironment

from claw_discord_coord.config.rendering import Renderer
from claw_discord_coord.errors import Unavailable

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
"""The variables of a template: the output's properties, the route and the destination."""

LIMIT_CHARS = 10_000_000
"""The largest rendered text, above the largest output of an agent's program by default."""

LIMIT_S = 2.0
"""The time limit of one template. Ordinary templates take a millisecond; ten million characters take a tenth of a
second."""

_RENDERER = Renderer()


class RenderingError(Exception):
    """The template cannot be rendered with these values; the message is a sentence for a person."""


@pass_context
def _later(*given: object) -> str:
    """Stand in for a filter that Jinja2's compiler must not call."""
    raise NotImplementedError


class _Reading(ImmutableSandboxedEnvironment):
    """An environment that only parses: Jinja2's compiler would compute constant expressions, also of gigabytes."""

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)


_READING = _Reading()
_READING.filters = cast("Any", dict.fromkeys(FILTERS, _later))


def check(source: str) -> None:
    """Check that a template can be rendered.

    Raises:
        ValueError: The template is not Jinja2, or names an unknown variable, filter or test.
    """
    try:
        tree = _READING.parse(source)
        _READING.compile(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"this is not a Jinja2 template: line {error.lineno}: {error.message}") from None
    except (RecursionError, MemoryError, SyntaxError):  # what Jinja2 and Python say of too many brackets or loops
        raise ValueError("this Jinja2 template is nested too deeply") from None
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        raise ValueError(f"a template cannot include or import another template: line {node.lineno}")
    for node in tree.find_all(nodes.Test):
        if node.name not in _READING.tests:
            raise ValueError(f"there is no test called {node.name!r}: line {node.lineno}")
    unknown = sorted(meta.find_undeclared_variables(tree) - set(VARIABLES))
    if unknown:
        raise ValueError(f"there is no variable {', '.join(unknown)}; there are: {', '.join(VARIABLES)}")


def render(
    source: str, values: Mapping[str, object], *, limit_chars: int = LIMIT_CHARS, limit_s: float = LIMIT_S
) -> str:
    """Render a template; blocks for up to `limit_s`. May be called from any thread.

    Args:
        source: The template.
        values: Strings, booleans, and tuples of strings. Nothing is escaped.
        limit_chars: The largest rendered text.
        limit_s: The time limit.

    Raises:
        RenderingError: A value does not fit, the sandbox forbids a call, the time or memory limit is reached, or
            the text is too long.
        Unavailable: This machine has no room for another process.
    """
    try:
        worked, text = _RENDERER.render(source, dict(values), limit_chars=limit_chars, limit_s=limit_s)
    except OSError as error:
        raise Unavailable(
            f"The process that fills in templates cannot be started: {error}.",
            fix="See that this machine has memory, processes and open files to spare.",
        ) from error
    if not worked:
        raise RenderingError(text)
    return text
