"""A skill is one file: every surface and every generated file derives from the file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import claw_discord_coord
from claw_discord_coord import __version__
from claw_discord_coord.cli import generate
from claw_discord_coord.cli.generate import ROOT, generated
from claw_discord_coord.config.model import SKILLS as CONFIGURED
from claw_discord_coord.skills import SKILLS

PING = '''
from claw_discord_coord.skills.base.skill import CommandLine, Skill, SkillInput, SkillResult, SlashCommand

class Ping(SkillInput):
    """Input of `ping`."""
    host: str
    """The host to ping."""

class PingResult(SkillResult):
    """Result of `ping`."""
    reply: str

async def ping(coordinator, call, caller):
    return PingResult(reply=f"pong from {call.host}")

SKILL = Skill(
    name="ping", description="Ping a host.", input=Ping, result=PingResult, run=ping,
    slash_command=SlashCommand(summary="Ping", usage="<host>", example="a", parse=lambda text: {"host": text}),
    command_line=CommandLine(show=lambda result: result["reply"], positional="host"), guide="`{}` pings.",
)
'''

SURFACES = """
import json
from pathlib import Path
import click
from claw_discord_coord.cli.main import main
from claw_discord_coord.config.file import load
from claw_discord_coord.config.schema import schema
from claw_discord_coord.openclaw.tools import command_page, guide, manifest, tools
from claw_discord_coord.skills import SKILLS
from claw_discord_coord.surfaces.mcp import _tool

skill = SKILLS["ping"]
Path("skill.yaml").write_text(
    "skills: [ping]\\nagents: {a: {purpose: x, channel: a, runtime: {kind: command, command: [x]}}}\\n"
)
found = {
    "command line": "ping" in main.list_commands(click.Context(main)),
    "slash command": skill.parse("example.org") == {"host": "example.org"},
    "terminal": skill.command_line.show({"reply": "pong"}) == "pong",
    "MCP": _tool(skill).input_schema["required"] == ["host"],
    "plugin": [tool["name"] for tool in tools(SKILLS.values())].count("ping") == 1,
    "manifest": "ping" in manifest(SKILLS, "1")["contracts"]["tools"],
    "page": "/ping <host>" in command_page(skill),
    "guide": "| `ping` | `{}` pings. |" in guide(SKILLS.values(), "|---|---|\\n\\nrest"),
    "schema": "ping" in json.dumps(schema()["properties"]["skills"]),
    "skill.yaml": load(Path("skill.yaml")).skills == ("ping",),
}
print(json.dumps(found))
"""


def test_a_new_skill_file_appears_on_every_surface(tmp_path: Path) -> None:
    package = tmp_path / "claw_discord_coord"
    original = Path(claw_discord_coord.__file__).parent
    package.mkdir()
    for entry in original.iterdir():
        if entry.name not in {"skills", "__pycache__"}:
            (package / entry.name).symlink_to(entry)
    skills = package / "skills"
    skills.mkdir()
    for entry in (original / "skills").iterdir():
        if entry.name != "__pycache__":
            (skills / entry.name).symlink_to(entry)
    (package / "config").unlink()  # config lists the files beside itself, so it must lie in this copy
    (package / "config").mkdir()
    for entry in (original / "config").glob("*.py"):
        (package / "config" / entry.name).write_text(entry.read_text())
    (skills / "ping.py").write_text(PING)

    ran = subprocess.run(
        [sys.executable, "-c", SURFACES],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert ran.returncode == 0, ran.stderr
    assert [name for name, found in json.loads(ran.stdout).items() if not found] == []


def test_settings_know_the_skills_that_there_are() -> None:
    assert tuple(SKILLS) == CONFIGURED
    assert all(name == skill.name for name, skill in SKILLS.items())


@pytest.mark.parametrize("path", generated(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_generated_file_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generated()[path], "run: python -m claw_discord_coord.cli.generate"


def test_the_version_stands_in_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    assert metadata.version("claw-discord-coord") == __version__
    monkeypatch.setattr(generate, "__version__", "98.7.6")
    written = {path.name for path, content in generated().items() if "98.7.6" in content}
    assert written == {"skill.yaml", "package.json", "openclaw.plugin.json"}
    elsewhere = subprocess.run(
        ["git", "grep", "-l", "-F", f'"{__version__}"'], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    allowed = {"claw_discord_coord/__init__.py", "skill.schema.json"}
    allowed |= {f"claw_discord_coord/openclaw/plugin/{name}" for name in ("package.json", "openclaw.plugin.json")}
    assert set(elsewhere.split()) <= allowed


def test_the_changelog_tells_of_this_version_or_the_next() -> None:
    headings = re.findall(r"(?m)^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert headings[0] == "Unreleased" or headings[0].startswith(f"{__version__} ")


def test_a_command_that_only_calls_a_coordinator_loads_no_part_of_one() -> None:
    code = "import sys, claw_discord_coord.skills; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "claw_discord_coord.skills.registry_status" in loaded
    assert not loaded & {"sqlalchemy", "discord", "yaml", "jinja2", "claw_discord_coord.registry"}
