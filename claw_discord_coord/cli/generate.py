"""Writes the generated files of a checkout: `python -m claw_discord_coord.cli.generate`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click

from claw_discord_coord import __version__
from claw_discord_coord.config.schema import schema
from claw_discord_coord.openclaw.tools import plugin_files
from claw_discord_coord.skills import SKILLS

ROOT = Path(__file__).resolve().parents[2]
"""The folder of the checkout."""


def generated() -> dict[Path, str]:
    """Return every generated file with the current content.

    The files are the plugin's tools, manifest and pages, the JSON Schema of skill.yaml, and the list of skills in
    skill.yaml.
    """
    manifest = ROOT / "skill.yaml"
    listed = re.sub(
        r"(?m)^skills: \[.*\]$", f"skills: [{', '.join(SKILLS)}]", manifest.read_text(encoding="utf-8"), count=1
    )
    return {
        **plugin_files(SKILLS.values(), __version__),
        ROOT / "skill.schema.json": json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
        manifest: listed,
    }


def main() -> None:
    """Write the files that are out of date, and print their names."""
    for path, content in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            click.echo(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
