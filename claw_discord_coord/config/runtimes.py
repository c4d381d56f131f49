"""What skill.yaml may say of who does an agent's work."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class CommandRuntimeConfig(BaseModel):
    """A program that is run once for every task: the task as JSON on standard input, progress as lines on standard
    output, the result as its last JSON object, or else all it printed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Literal["command"]
    command: tuple[str, ...] = Field(min_length=1)
    """The program and its arguments; never a shell line. `python` as the first word is the Python that runs the
    coordinator.
    Relative paths are meant from the folder of skill.yaml."""
    env: dict[str, str] = {}
    """Variables added to the program's environment, which otherwise has none of the coordinator's secrets."""
    output_limit_bytes: int = Field(default=8_000_000, ge=1_000)
    """How much the program may print before it is stopped."""


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
