"""The templates of skill.yaml: Jinja2 in a sandbox, checked when the file is read, limited when they are rendered."""

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
"""What a template may name: the output's properties, and the route and destination it is rendered for."""

LIMIT_CHARS = 10_000_000
"""The most that one template may render; above the most that an agent's program may print by default."""

LIMIT_S = 2.0
"""How long one template may take. Ordinary ones take a millisecond, with ten million characters a tenth of a second."""

_RENDERER = Renderer()


class RenderingError(Exception):
    """The template cannot be rendered with these values; the message is a sentence for a person."""


@pass_context
def _later(*given: object) -> str:
    """Stand for a filter that the compiler must not try; it tries none that asks for the context."""
    raise NotImplementedError


class _Reading(ImmutableSandboxedEnvironment):
    """For reading templates only: Jinja2's compiler would work out in advance what is constant, be it gigabytes."""

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)


_READING = _Reading()
_READING.filters = cast("Any", dict.fromkeys(FILTERS, _later))


def check(source: str) -> None:
    """Refuse a template that can never be rendered.

    Raises:
        ValueError: it is not Jinja2, or names a variable, filter or test that does not exist.

    """
    try:
        tree = _READING.parse(source)
        _READING.compile(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"this is not a Jinja2 template: line {error.lineno}: {error.message}") from None
    except (RecursionError, MemoryError, SyntaxError):  # what Jinja2 and Python say of too many brackets or loops
        raise ValueError("this is not a Jinja2 template that can be read: it is nested too deeply") from None
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        raise ValueError(f"there are no other templates to take in: line {node.lineno}")
    for node in tree.find_all(nodes.Test):
        if node.name not in _READING.tests:
            raise ValueError(f"there is no test called {node.name!r}: line {node.lineno}")
    unknown = sorted(meta.find_undeclared_variables(tree) - set(VARIABLES))
    if unknown:
        raise ValueError(f"there is no {', '.join(unknown)} to name here; there are: {', '.join(VARIABLES)}")


def render(
    source: str, values: Mapping[str, object], *, limit_chars: int = LIMIT_CHARS, limit_s: float = LIMIT_S
) -> str:
    """Fill in the template with `values`, which are strings, booleans, and tuples of strings; nothing is escaped.

    Blocks until it is done, `limit_s` at the longest; may be called from any thread.

    Raises:
        RenderingError: a value does not fit, the sandbox forbids it, it takes longer than `limit_s` or more memory than
            `rendering.MEMORY_BYTES`, or it would write more than `limit_chars`.
        Unavailable: this machine has no room for the process that renders.

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
