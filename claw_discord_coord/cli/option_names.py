"""Words errors for a terminal: the names of options and commands instead of those of fields and skills."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager

from claw_discord_coord.errors import CoordError
from claw_discord_coord.skills import SKILLS
from claw_discord_coord.skills.base.skill import Skill


def option(skill: Skill, field: str) -> str:
    """Return how a field of a skill's input is given at a terminal."""
    if field == skill.command_line.positional:
        return field.upper()
    return skill.command_line.short_options.get(field, f"--{field.replace('_', '-')}")


@contextmanager
def option_names(skill: Skill) -> Generator[None]:
    """Name options and commands in each CoordError of a call of the skill."""
    try:
        yield
    except CoordError as error:
        error.args = (_reworded(skill, str(error)),)
        if error.fix == skill.how_to_call():
            error.fix = f"`claw-discord-coord {skill.command} --help` lists the options."
        elif error.fix:
            error.fix = _reworded(skill, error.fix)
        raise


def _reworded(skill: Skill, text: str) -> str:
    # Errors name a field in backticks, so that no other word of a sentence is taken for a field.
    fields = "|".join(skill.input.model_fields)
    text = re.sub(rf"`({fields})(?:\.\d+)?`", lambda match: f"`{option(skill, match[1])}`", text)
    commands = "|".join(name for name in SKILLS if "_" in name)
    return re.sub(rf"(?<![\w/'`-])({commands})(?![\w'`-])", lambda match: f"`{SKILLS[match[1]].command}`", text)
