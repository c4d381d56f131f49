"""The JSON Schema of skill.yaml, for completion and checks in editors."""

from __future__ import annotations

from typing import Any

from claw_discord_coord.config.model import Config


def schema() -> dict[str, Any]:
    """Return the schema, as in the repository's `skill.schema.json`."""
    made = Config.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "skill.yaml of claw-discord-coord",
    }
