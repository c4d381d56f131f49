"""The plugin's generated files: the tools' schemas and the manifest, made from the skills."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel

PLUGIN_ID = "claw-discord-coord"
PLUGIN_FOLDER = Path(__file__).parent / "plugin"
"""The native plugin as this package ships it."""


class SkillLike(Protocol):
    """As much of a skill as a tool needs."""

    @property
    def name(self) -> str:
        """Its name, under which a model calls it."""
        ...

    @property
    def description(self) -> str:
        """What a model reads of it."""
        ...

    @property
    def input(self) -> type[BaseModel]:
        """What it takes."""
        ...


def tools(skills: Iterable[SkillLike]) -> list[dict[str, Any]]:
    """What `tools.json` must hold for these skills."""
    return [
        {"name": skill.name, "description": skill.description, "input_schema": skill.input.model_json_schema()}
        for skill in skills
    ]


def manifest(names: Iterable[str], version: str) -> dict[str, Any]:
    """What `openclaw.plugin.json` must hold: OpenClaw reads it before it runs any of the plugin
    ("Plugin manifest").
    """
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


def write(skills: Iterable[SkillLike], version: str, folder: Path = PLUGIN_FOLDER) -> None:
    """Write both files anew."""
    listed = list(skills)
    for name, content in (
        ("tools.json", tools(listed)),
        ("openclaw.plugin.json", manifest([skill.name for skill in listed], version)),
    ):
        (folder / name).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
