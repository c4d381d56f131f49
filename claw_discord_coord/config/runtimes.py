"""What skill.yaml may say of runs that OpenClaw carries out."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class OpenClawRuntimeConfig(BaseModel):
    """A session of OpenClaw that is given the task: the agent's standing one, or a fresh one for each intern."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Literal["openclaw"]
    agent_id: str = Field(default="main", pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    """The agent of OpenClaw that does the work, as in `openclaw agents list`; it is never created silently."""
    model: str | None = Field(default=None, min_length=1)
    """The model as provider/name; left out: the one OpenClaw has for this agent."""
    thinking: str | None = Field(default=None, min_length=1)
    """How much the model is to think, in OpenClaw's words (off, low, medium, high, ...); left out: OpenClaw's
    choice.
    """
    keep_transcript: bool = False
    """Whether the session of an intern stays in OpenClaw after its task has ended."""
