"""What a skill is: a name, words for the model that calls it, a typed input, a typed answer, and what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:  # commands that only call a coordinator need none of what it is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


class SkillInput(BaseModel):
    """The common form of every skill's input: unknown fields are an error, field docstrings are what callers read."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class SkillAnswer(BaseModel):
    """The common form of every skill's answer."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


@dataclass(frozen=True)
class Skill:
    """One skill, for every surface alike. `positional` names the field that a command line takes without an option."""

    name: str
    description: str
    input: type[SkillInput]
    answer: type[SkillAnswer]
    run: Callable[[Coordinator, Any, Caller], Awaitable[SkillAnswer]]
    positional: str | None = None
    read_only: bool = False
