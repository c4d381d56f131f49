"""The JSON Schema of skill.yaml, which editors use to complete and check it."""

from __future__ import annotations

from typing import Any

from claw_discord_coord.config.model import Config


def schema() -> dict[str, Any]:
    """The schema, as `skill.schema.json` in the repository holds it."""
    made = Config.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "skill.yaml of claw-discord-coord",
    }
