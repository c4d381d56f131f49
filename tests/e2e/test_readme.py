"""The README and the pages beside the code are true: commands, options, examples and links exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import click
import pytest

from claw_discord_coord.cli.main import main
from claw_discord_coord.config.file import load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#)([^)#\s]+)")
PAGES = [ROOT / "README.md", *sorted((ROOT / "claw_discord_coord").rglob("README.md"))]
PAGES = [page for page in PAGES if "localcord" not in page.parts]
TEXT = "\n".join(page.read_text() for page in PAGES)


def commands() -> list[list[str]]:
    """Every call of the command line in a code block."""
    blocks = re.findall(r"```(?:sh|powershell)\n(.*?)```", TEXT, re.S)
    lines = [line.split("#")[0] for block in blocks for line in block.splitlines()]
    calls = [re.split(r"claw-discord-coord(?=\s)", line)[1:] for line in lines if "claude mcp add" not in line]
    return [call.split() for found in calls for call in found if call.strip()]


def fenced(language: str) -> list[str]:
    pages = "\n".join(
        page.read_text() for page in PAGES if page.parent.name not in {"destinations", "runtimes"}
    )  # plug-in kinds
    return re.findall(rf"```{language}\n(.*?)```", pages, re.S)


@pytest.mark.parametrize("call", commands(), ids=" ".join)
def test_a_command_of_the_readme_exists_with_its_options(call: list[str]) -> None:
    context = click.Context(main)
    command: click.Command | None = main
    while isinstance(command, click.Group):
        command = command.get_command(context, call.pop(0))
    assert command is not None
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in call if word.startswith("--")} <= known


def test_the_table_of_commands_names_all_of_them() -> None:
    page = (ROOT / "claw_discord_coord" / "cli" / "README.md").read_text()
    listed = set(re.findall(r"^\| `([a-z-]+)", page, re.M))
    assert set(main.list_commands(click.Context(main))) - {"schema"} <= listed


@pytest.mark.parametrize("index", range(len(fenced("yaml"))))
def test_an_example_of_skill_yaml_is_accepted(tmp_path: Path, index: int) -> None:
    text = fenced("yaml")[index]
    if "agents:" not in text:
        # The examples name these agents in routes, where an unknown agent is an error.
        agent = "{purpose: x, channel: a, runtime: {kind: command, command: [x]}}"
        text += f"agents: {{research: {agent}, writing: {agent}}}\n"
    (tmp_path / "skill.yaml").write_text(text)
    load(tmp_path / "skill.yaml", environment=_AnyVariable())


def test_the_check_runs_the_readmes_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    function = script[script.index("readme_test_command()") :].split("\n}\n")[0] + "\n}\nreadme_test_command"
    found = subprocess.run(["bash", "-c", function], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert found.strip() == re.search(r"<!-- the test command -->\n```sh\n(.*?)\n```", README, re.S)[1]  # type: ignore[index]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_link_of_a_page_leads_to_a_file(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


class _AnyVariable(dict[str, str]):
    def get(self, key: str, default: str | None = None) -> str:  # type: ignore[override]
        return default or "x"
