"""Parses the pieces of slash commands: options, agents, ids of tasks and deliveries. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from claw_discord_coord.errors import UsageError

# The forms of the ids that `coordination.drafts` and `coordination.deliveries` make. Words of a text, such as t-shirt,
# do not have the form.
TASK_ID = re.compile(r"\bt-[2-9a-z]{8}\b")
DELIVERY_ID = re.compile(r"\bd-[0-9a-f]{10}\b")
MENTION = re.compile(r"(?<!\S)@([A-Za-z0-9][\w-]*)")
"""An agent's name after `@`, at the start of a word."""

_OPTION = re.compile(r"--([a-z][a-z-]*)(?![\w-])(?:=(\"[^\"]*\"|\S+))?\s*")
_VALUE = re.compile(r"(\"[^\"]*\"|(?!--)\S+)\s*")


def options(skill: str, command: str, known: Mapping[str, bool]) -> tuple[dict[str, Any], str]:
    """Parse the options at the beginning of a command; `--` ends the options.

    Args:
        skill: The command's name, for error messages.
        command: The text.
        known: The options by name; True for an option that takes a value.

    Returns:
        The values by field name (`to` is a list, an option without a value is True), and the rest of the text.

    Raises:
        UsageError: An option is unknown, lacks a value or must not have a value.
    """
    found: dict[str, Any] = {}
    while (option := _OPTION.match(command)) is not None:
        name, value, command = option[1], option[2], command[option.end() :]
        if name not in known:
            offered = ", ".join(f"--{each}" for each in known)
            raise UsageError(
                f"/{skill} has no option --{name}.", fix=f"Use {offered}, or write `--` before a text that starts so."
            )
        if not known[name]:
            if value:
                raise UsageError(f"--{name} takes no value.", fix=f"Leave out ={value}.")
            found[name.replace("-", "_")] = True
            continue
        if not value:
            following = _VALUE.match(command)
            if following is None:
                raise UsageError(f"--{name} needs a value.", fix=f"Write --{name} VALUE")
            value, command = following[1], command[following.end() :]
        value = value.strip('"')
        found[name] = [*found.get("to", []), *names(value)] if name == "to" else value
    return found, re.sub(r"\A--(?:\s+|\Z)", "", command)


def names(text: str) -> list[str]:
    """Return the names in a list with commas."""
    return [name for name in (part.strip() for part in text.split(",")) if name]


def without(text: str, *removed: str) -> str:
    """Return the text without the first occurrence of each piece; line breaks stay."""
    for piece in removed:
        text = text.replace(piece, " ", 1) if piece else text
    # Joining the lines of a longer text would destroy its lists and code blocks.
    return " ".join(text.split()) if "\n" not in text else text.strip()
