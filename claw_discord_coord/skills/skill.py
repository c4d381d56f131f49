"""What a skill is: a name, words for the model that calls it, a typed input, a typed answer, and what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from pydantic import BaseModel, ConfigDict, model_validator

if TYPE_CHECKING:  # commands that only call a coordinator need none of what it is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


class SkillInput(BaseModel):
    """The common form of every skill's input: unknown fields are an error, field docstrings are what callers read, and
    no text holds a NUL, which neither databases nor programs take.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    @model_validator(mode="after")
    def _plain(self) -> Self:
        for name, value in self:
            texts = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
            if any(isinstance(text, str) and "\x00" in text for text in texts):
                raise ValueError(f"there is a NUL character in {name}")
        return self


class SkillResult(BaseModel):
    """The common form of every skill's answer."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


@dataclass(frozen=True)
class Skill:
    """One skill, for every surface alike. `positional` names the field that a command line takes without an option."""

    name: str
    description: str
    input: type[SkillInput]
    answer: type[SkillResult]
    run: Callable[[Coordinator, Any, Caller], Awaitable[SkillResult]]
    positional: str | None = None
    read_only: bool = False
