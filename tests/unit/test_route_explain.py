"""`route explain` for the properties of an output, with skill.yaml alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from claw_discord_coord.cli.main import main

SKILL_YAML = """
agents:
  research: {purpose: Finds out, channel: research, runtime: {kind: command, command: [python, none.py]}}
destinations:
  files: {kind: file, folder: out}
  hook: {kind: command, command: [python, none.py]}
routes:
  - {name: numbered, when: {kind: numbers}, to: files, title: "{{ text | int * 2 }} of {{ 1 / (text | int) }}"}
  - {name: both, to: [files, hook]}
  - {name: private, when: {private: true}, to: [files, hook]}
routing: all
"""


@pytest.fixture
def skill_yaml(tmp_path: Path) -> Path:
    path = tmp_path / "skill.yaml"
    path.write_text(SKILL_YAML)
    return path


def explain(skill_yaml: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["route", "explain", "--config", str(skill_yaml), *arguments])


def test_destinations_that_a_private_output_does_not_reach_are_named(skill_yaml: Path):
    said = explain(skill_yaml, "--private")
    assert said.exit_code == 0, said.output
    assert "hook is left out: the output is private, and others can see hook." in said.output
    assert "\nhook (" not in said.output
    assert "\nfiles (" in said.output
    assert [one["destination"] for one in json.loads(explain(skill_yaml, "--private", "--json").output)["planned"]] == [
        "files"
    ]


def test_a_template_that_needs_a_text_is_reported_beside_the_rules(skill_yaml: Path):
    said = explain(skill_yaml, "--kind", "numbers")
    assert said.exit_code == 0, said.output
    assert "→ numbered: Taken" in said.output
    assert "The title template of the route 'numbered' cannot be filled in" in said.output
    assert "\nhook (" in said.output
    assert "    4 of 0.5" in explain(skill_yaml, "--kind", "numbers", "--text", "2").output


def test_no_explanation_and_no_error_commands_the_terminal(skill_yaml: Path):
    text = "x\x1b]0;title\x07\u202e\x9b31m"
    said = explain(skill_yaml, "--text", text, "--kind", "numbers")
    assert said.exit_code == 0, said.output
    refused = explain(skill_yaml.parent / f"{text}.yaml")
    assert "x]0;title" in refused.stderr
    assert not [one for one in said.output + refused.output if one in "\x1b\x07\u202e\x9b"]
