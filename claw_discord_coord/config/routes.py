"""What skill.yaml may say of routes: which output goes where."""

from __future__ import annotations

from typing import Annotated, Literal

import regex
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from claw_discord_coord.config import template
from claw_discord_coord.models import Priority

PATTERN_CHARS = 500
"""How long a regular expression may be."""


def _several(value: object) -> object:
    """One word where several may stand is a list of one."""
    return (value,) if isinstance(value, str) else value


def _template(value: str) -> str:
    template.check(value)
    return value


def _pattern(value: str) -> str:
    try:
        regex.compile(value)
    except regex.error as error:
        raise ValueError(f"this is not a regular expression: {error}") from None
    return value


Words = Annotated[tuple[str, ...], BeforeValidator(_several, json_schema_input_type=str | tuple[str, ...])]
"""One word or a list of words, any of which will do."""

OutputState = Literal["completed", "failed", "canceled", "rejected", "input-required", "alert"]
"""What has happened: a task's state in A2A's words (`input-required`: its result waits for approval), or `alert` for a
warning by the coordinator itself: of a delivery that failed, a run that was lost, or a limit that was reached."""

Priorities = Annotated[
    tuple[Priority, ...], BeforeValidator(_several, json_schema_input_type=Priority | tuple[Priority, ...])
]
States = Annotated[
    tuple[OutputState, ...], BeforeValidator(_several, json_schema_input_type=OutputState | tuple[OutputState, ...])
]
Source = Annotated[str, AfterValidator(_template)]


class Match(BaseModel):
    """What an output must be like; everything given must hold, and what is left out does not matter (but see `state`).

    Where several words are given, any of them will do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Words = ()
    """The output's kind, as the agent, the caller or the result's front matter declares it."""
    agent: Words = ()
    """The agent that produced it."""
    label: Words = ()
    """A label of the output; one of these must be among them."""
    channel: Words = ()
    """The Discord channel of the task."""
    state: States = ("completed",)
    """What has happened. Left out: only completed work; failures and alerts go nowhere unless a route names them.
    Alerts tell of deliveries that failed, runs that were lost, and limits that were reached."""
    text: Annotated[str, AfterValidator(_pattern)] | None = Field(default=None, min_length=1, max_length=PATTERN_CHARS)
    """A regular expression that must be found in the text, in its first 20,000 characters and within half a second."""
    priority: Priorities = ()
    """How pressing it is."""
    private: bool | None = None
    """Whether the task is private; left out: either."""


class RouteConfig(BaseModel):
    """One rule: what matches `when` goes to `to`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str | None = Field(default=None, min_length=1, max_length=100)
    """What receipts and explanations call this route; left out: its destinations."""
    when: Match = Match()
    """What an output must be like to take this route; left out: any completed work."""
    to: Annotated[Words, Field(min_length=1)]
    """Names of destinations."""
    default: bool = False
    """Whether this route is taken only by what no other route matches, wherever it stands in the list."""
    title: Source | None = None
    """A Jinja2 template for the title, such as `Research: {{ title }}`; left out: the output's own title."""
    text: Source | None = None
    """A Jinja2 template for the text, such as `{{ text }} — by {{ agent }}`; left out: the output's own text."""

    @property
    def called(self) -> str:
        """The route's name, or the names of its destinations."""
        return self.name or ", ".join(self.to)
