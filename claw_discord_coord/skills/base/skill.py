"""The form of a skill, for every surface alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, cast

from pydantic import BaseModel, ConfigDict, model_validator

from claw_discord_coord.skills.base import input_form

if TYPE_CHECKING:  # commands that only call a coordinator import nothing that the coordinator is made of
    from claw_discord_coord.coordination.caller import Caller
    from claw_discord_coord.coordination.coordinator import Coordinator


class SkillInput(BaseModel):
    """The input of a skill. An unknown field is an error, and callers read the docstrings of the fields.

    An empty value counts as not given; lists may be texts with commas, and numbers may be texts.
    No text may hold a NUL character, since neither databases nor programs accept one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _read(cls, arguments: object) -> object:
        return (
            input_form.read(cls, cast("Mapping[str, Any]", arguments)) if isinstance(arguments, Mapping) else arguments
        )

    @model_validator(mode="after")
    def _plain(self) -> Self:
        for name, value in self:
            texts = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
            if any(isinstance(text, str) and "\x00" in text for text in texts):
                raise ValueError(f"The field `{name}` contains a NUL character")
        return self


class SkillResult(BaseModel):
    """The result of a skill."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


@dataclass(frozen=True)
class SlashCommand:
    """A skill as a command in free text, such as `/spawn_agent @research compare A and B`.

    Attributes:
        summary: One short sentence on the effect.
        usage: The form with placeholders, without the command's name.
        example: An example, without the command's name; an error message shows it.
        parse: Makes the skill's input from the text after the command's name. Raises UsageError.
        note: A sentence on options, for the command's page.
    """

    summary: str
    usage: str
    example: str
    parse: Callable[[str], dict[str, Any]]
    note: str = ""


@dataclass(frozen=True)
class CommandLine:
    """A skill as a command at a terminal.

    Attributes:
        show: Makes lines for a person from the result as JSON.
        positional: The field that is given without an option.
        short_options: Options that read better than the names of their fields.
        file_fields: Fields with paths; relative paths start at the present folder.
        standard_input_fields: Fields that `-` fills from standard input.
        arguments: Arguments of every call from a terminal; they are no options.
        can_wait: The command has `--wait`, which shows the task's updates until the task ends.
    """

    show: Callable[[dict[str, Any]], str]
    positional: str | None = None
    short_options: Mapping[str, str] = field(default_factory=dict[str, str])
    file_fields: tuple[str, ...] = ()
    standard_input_fields: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    can_wait: bool = False


@dataclass(frozen=True)
class Skill:
    """One skill.

    Attributes:
        name: The name under which assistants call the skill; the name of the skill's file.
        description: The text that a model reads to decide on a call.
        input: The model of the arguments.
        result: The model of the result.
        run: Carries out one call.
        slash_command: The skill in free text.
        command_line: The skill at a terminal.
        guide: The skill's line in the guide for models: an example of arguments and the effect.
        read_only: The skill changes nothing.
        destructive: The skill may end work that goes on.
    """

    name: str
    description: str
    input: type[SkillInput]
    result: type[SkillResult]
    run: Callable[[Coordinator, Any, Caller], Awaitable[SkillResult]]
    slash_command: SlashCommand
    command_line: CommandLine
    guide: str
    read_only: bool = False
    destructive: bool = False

    @property
    def command(self) -> str:
        """The name of the command at a terminal."""
        return self.name.replace("_", "-")

    @property
    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of the input, as models read the schema."""
        return input_form.schema(self.input)

    def parse(self, text: str) -> dict[str, Any]:
        """Make the input from the text after the slash command's name.

        Raises:
            UsageError: The text lacks something or has an unknown option; the fix shows the form.
        """
        return self.slash_command.parse(text.strip())

    def how_to_call(self) -> str:
        """Return the advice for an input that is not valid: the list of the fields."""
        return f"{self.name} takes: {', '.join(self.input.model_fields)}."

    def how_to_write(self) -> str:
        """Return the advice for a command that was not understood."""
        return f"Write for example: /{self.name} {self.slash_command.example}"
