"""Writes the generated files of a checkout: `python -m claw_discord_coord.cli.generate`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import click

from claw_discord_coord import __version__
from claw_discord_coord.config.schema import schema
from claw_discord_coord.openclaw.tools import PLUGIN_FOLDER, plugin_files
from claw_discord_coord.skills import SKILLS

ROOT = Path(__file__).resolve().parents[2]
"""The folder of the checkout."""


def generated() -> dict[Path, str]:
    """Return every generated file with the current content.

    The files are the plugin's tools, manifest and pages, the JSON Schema of skill.yaml, the list of skills in
    skill.yaml, and the version in every file that has one.
    """
    manifest, package = ROOT / "skill.yaml", PLUGIN_FOLDER / "package.json"
    skills = f"skills: [{', '.join(SKILLS)}]"
    return {
        **plugin_files(SKILLS.values(), __version__),
        ROOT / "skill.schema.json": json.dumps(schema(), indent=2, ensure_ascii=False) + "\n",
        manifest: _replaced(manifest, {r"^skills: \[.*\]$": skills, r"^version: .*$": f"version: {__version__}"}),
        package: _replaced(package, {r'^  "version": ".*"': f'  "version": "{__version__}"'}),
    }


def _replaced(file: Path, lines: Mapping[str, str]) -> str:
    text = file.read_text(encoding="utf-8")
    for pattern, line in lines.items():
        text = re.sub(f"(?m){pattern}", line, text, count=1)
    return text


def main() -> None:
    """Write the files that are out of date, and print their names."""
    for path, content in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            click.echo(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
