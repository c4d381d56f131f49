"""What skill.yaml may say of routes: which output goes where."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Match(BaseModel):
    """What an output must be like; everything given must hold, and what is left out does not matter."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: str | None = None
    """The output's kind, as the agent, the caller or the result's front matter declares it."""
    agent: str | None = None
    """The agent that produced it."""


class RouteConfig(BaseModel):
    """One rule: what matches `when` goes to `to`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str | None = None
    """What receipts and explanations call this route; left out: its destinations."""
    when: Match = Match()
    to: tuple[str, ...] = Field(min_length=1)
    """Names of destinations."""
