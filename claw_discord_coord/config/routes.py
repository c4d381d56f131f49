"""The settings of routes in skill.yaml: which output goes where."""

from __future__ import annotations

from typing import Annotated, Literal

import regex
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from claw_discord_coord.config import template
from claw_discord_coord.config.invalid_setting import InvalidSetting
from claw_discord_coord.config.values import Switch, Text
from claw_discord_coord.models import Priority

PATTERN_CHARS = 500
"""The longest regular expression."""


def _several(value: object) -> object:
    """Return one word as a list of one."""
    return (value,) if isinstance(value, str) else value


def _template(value: str) -> str:
    template.check(value)
    return value


def _pattern(value: str) -> str:
    # By the package that `routing.matching` searches with: its patterns differ from those of `re`.
    try:
        regex.compile(value)
    except regex.error as error:
        fix = "Correct it, or put \\ before a sign that means itself."
        raise InvalidSetting(f"is not a regular expression: {error}", fix) from None
    return value


Words = Annotated[tuple[Text, ...], BeforeValidator(_several, json_schema_input_type=Text | tuple[Text, ...])]
"""One word or a list of words; one matching word is enough."""

OutputState = Literal["completed", "failed", "canceled", "rejected", "input-required", "alert"]
"""The state of an output: a task's state in A2A's words (`input-required`: the result waits for a review), or `alert`
for the coordinator's own warning about a failed delivery, a lost run, or a limit."""

Priorities = Annotated[
    tuple[Priority, ...], BeforeValidator(_several, json_schema_input_type=Priority | tuple[Priority, ...])
]
States = Annotated[
    tuple[OutputState, ...], BeforeValidator(_several, json_schema_input_type=OutputState | tuple[OutputState, ...])
]
Source = Annotated[str, AfterValidator(_template)]


class Match(BaseModel):
    """The conditions for an output. Every given condition must hold; a condition left out always holds (except
    `state`).

    With several words in a condition, one matching word is enough.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Words = ()
    """The output's kind, as declared by the agent, the caller or the result's front matter."""
    agent: Words = ()
    """The agent of the output."""
    label: Words = ()
    """A label of the output."""
    channel: Words = ()
    """The Discord channel of the task."""
    state: States = ("completed",)
    """The state of the output. Default: completed work only. `alert` covers failed deliveries, lost runs and reached
    limits."""
    text: Annotated[str, AfterValidator(_pattern)] | None = Field(default=None, min_length=1, max_length=PATTERN_CHARS)
    """A regular expression that the first 20,000 characters of the text must match, within half a second."""
    priority: Priorities = ()
    """The priority of the output."""
    private: Switch | None = None
    """Whether the task is private. Default: no; a route takes a private task's output only with `private: true`."""


class RouteConfig(BaseModel):
    """One rule: outputs that match `when` go to `to`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: Annotated[Text, Field(max_length=100)] | None = None
    """The route's name in receipts and explanations. Default: the names of its destinations."""
    when: Match = Match()
    """The conditions for an output. Default: all completed work."""
    to: Annotated[Words, Field(min_length=1)]
    """Names of destinations."""
    default: Switch = False
    """Whether the route takes only outputs that no other route matches, at any position in the list."""
    title: Source | None = None
    """A Jinja2 template for the title, such as `Research: {{ title }}`. Default: the output's own title."""
    text: Source | None = None
    """A Jinja2 template for the text, such as `{{ text }} — by {{ agent }}`. Default: the output's own text."""

    @property
    def called(self) -> str:
        """Return the route's name, or the names of its destinations."""
        return self.name or ", ".join(self.to)
