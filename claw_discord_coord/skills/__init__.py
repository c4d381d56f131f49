"""The operations that assistants may call, one file each. Every file of this folder is a skill.

A surface derives everything from the file's `SKILL`: MCP tools, HTTP routes, commands, the plugin's files, skill.yaml.
"""

from importlib import import_module
from pkgutil import iter_modules

from claw_discord_coord.skills.base.skill import Skill


def discover() -> dict[str, Skill]:
    """Import every skill file and return the skills by name, in alphabetical order."""
    # The one folder, `base`, has what skills share.
    names = sorted(module.name for module in iter_modules(__path__) if not module.ispkg)
    return {name: import_module(f"{__name__}.{name}").SKILL for name in names}


SKILLS: dict[str, Skill] = discover()
"""All skills by name. A skill has the name of its file."""

__all__ = ["SKILLS", "Skill", "discover"]
