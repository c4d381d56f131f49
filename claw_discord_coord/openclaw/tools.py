"""The generated files of the plugin, the tools' schemas and the manifest, derived from the skills."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

PLUGIN_ID = "claw-discord-coord"
PLUGIN_FOLDER = Path(__file__).parent / "plugin"
"""The native plugin in this package."""


_PAGE_HEAD = "disable-model-invocation: true\ncommand-dispatch: tool\n"
_METADATA = '{"openclaw": {"requires": {"config": ["plugins.entries.claw-discord-coord.config.coordinator"]}}}'
_TABLE_RULE = "|---|---|\n"


class SlashCommandLike(Protocol):
    """The part of a slash command that a page shows."""

    @property
    def summary(self) -> str:
        """One short sentence on the effect."""
        ...

    @property
    def usage(self) -> str:
        """The form with placeholders."""
        ...

    @property
    def note(self) -> str:
        """A sentence on options; may be empty."""
        ...


class SkillLike(Protocol):
    """The parts of a skill that a tool needs."""

    @property
    def name(self) -> str:
        """The tool's name."""
        ...

    @property
    def description(self) -> str:
        """The tool's description for models."""
        ...

    @property
    def input_schema(self) -> dict[str, Any]:
        """The JSON Schema of the arguments."""
        ...

    @property
    def slash_command(self) -> SlashCommandLike:
        """The skill in free text."""
        ...

    @property
    def guide(self) -> str:
        """The skill's line in the guide for models."""
        ...


def tools(skills: Iterable[SkillLike]) -> list[dict[str, Any]]:
    """Return the content of `tools.json` for these skills."""
    return [
        {"name": skill.name, "description": skill.description, "input_schema": _without_token(skill.input_schema)}
        for skill in skills
    ]


def _without_token(schema: dict[str, Any]) -> dict[str, Any]:
    # An agent at work in OpenClaw is known by its session, and every property costs each model call some tokens.
    properties = {name: form for name, form in schema["properties"].items() if name != "task_token"}
    return {**schema, "properties": properties}


def manifest(names: Iterable[str], version: str) -> dict[str, Any]:
    """Return the content of `openclaw.plugin.json`, which OpenClaw reads before the plugin runs ("Plugin manifest")."""
    text = {"type": "string", "minLength": 1}
    return {
        "id": PLUGIN_ID,
        "name": PLUGIN_ID,
        "description": "Delegates work to agents that people watch and steer on Discord.",
        "version": version,
        "contracts": {"tools": list(names)},
        "skills": ["./skills"],
        "activation": {"onStartup": True},
        "configSchema": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "coordinator": {**text, "description": "The path of the coordinator's coordinator.json."},
                "start": {**text, "description": "The command that starts the coordinator."},
            },
        },
    }


def command_page(skill: SkillLike) -> str:
    """Return the SKILL.md with which OpenClaw offers the skill as a slash command that calls no model."""
    command = skill.slash_command
    usage = f"/{skill.name} {command.usage}"
    note = f"{command.note} " if command.note else ""
    return (
        f'---\nname: {skill.name}\ndescription: "{command.summary}: {usage}"\n{_PAGE_HEAD}command-tool: {skill.name}\n'
        f"command-arg-mode: raw\nmetadata: {_METADATA}\n---\n\n"
        f"A slash command: `{usage}`. {note}Models call the tool `{skill.name}` (see the skill `delegation`).\n"
    )


def guide(skills: Iterable[SkillLike], page: str) -> str:
    """Return the page for models with a row of its table for each skill; the prose stays."""
    rows = "\n".join(f"| `{skill.name}` | {skill.guide} |" for skill in skills)
    before, rule, rest = page.partition(_TABLE_RULE)
    return f"{before}{rule}{rows}\n\n{rest.partition(chr(10) * 2)[2]}"


def plugin_files(skills: Iterable[SkillLike], version: str) -> dict[Path, str]:
    """Return the generated files of the plugin and their contents."""
    listed = list(skills)
    guide_page = PLUGIN_FOLDER / "skills" / "delegation" / "SKILL.md"
    names = [skill.name for skill in listed]
    return {
        PLUGIN_FOLDER / "tools.json": _json(tools(listed)),
        PLUGIN_FOLDER / "openclaw.plugin.json": _json(manifest(names, version)),
        guide_page: guide(listed, guide_page.read_text(encoding="utf-8")),
        **{PLUGIN_FOLDER / "skills" / skill.name / "SKILL.md": command_page(skill) for skill in listed},
    }


def _json(content: object) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
