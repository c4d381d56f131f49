"""Skills called as slash commands."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_discord_coord.errors import UsageError
from claw_discord_coord.openclaw.tools import PLUGIN_FOLDER
from claw_discord_coord.skills import SKILLS


@pytest.mark.parametrize(
    ("skill", "command", "understood"),
    [
        ("spawn_agent", "@research compare A and B", {"agent": "research", "task": "compare A and B"}),
        ("spawn_agent", "compare A, ask @bob", {"task": "compare A, ask @bob"}),
        ("spawn_agent", "--to blog @research X", {"to": ["blog"], "agent": "research", "task": "X"}),
        ("spawn_agent", "@research --to blog,reports X", {"to": ["blog", "reports"], "agent": "research", "task": "X"}),
        ("spawn_agent", '--to=blog --to "reports, files" X', {"to": ["blog", "reports", "files"], "task": "X"}),
        (
            "spawn_agent",
            "@research explain what the flag --private does",
            {"agent": "research", "task": "explain what the flag --private does"},
        ),
        ("spawn_agent", "explain git push --to origin", {"task": "explain git push --to origin"}),
        ("spawn_agent", "@research -- --private: what is it?", {"agent": "research", "task": "--private: what is it?"}),
        ("spawn_agent", "@Research: go\non", {"agent": "research", "task": "go\non"}),
        (
            "spawn_agent",
            '--key weekly --review --title "My week" sum up',
            {"key": "weekly", "review": True, "title": "My week", "task": "sum up"},
        ),
        (
            "handoff",
            "t-abcdefgh @writing make a report",
            {"task_id": "t-abcdefgh", "to_agent": "writing", "summary": "make a report"},
        ),
        ("route_output", "t-abcdefgh --to blog,reports", {"task_id": "t-abcdefgh", "to": ["blog", "reports"]}),
        ("route_output", "t-abcdefgh blog, reports", {"task_id": "t-abcdefgh", "to": ["blog", "reports"]}),
        ("route_output", "--dry-run t-abcdefgh: blog", {"task_id": "t-abcdefgh", "to": ["blog"], "dry_run": True}),
        ("route_output", "t-abcdefgh --dry-run", {"task_id": "t-abcdefgh", "dry_run": True}),
        ("route_output", "t-abcdefgh blog --kind report", {"task_id": "t-abcdefgh", "to": ["blog"], "kind": "report"}),
        ("route_output", "--dry-run hello world", {"content": "hello world", "dry_run": True}),
        ("route_output", "our notes on t-abcdefgh: all good", {"content": "our notes on t-abcdefgh: all good"}),
        ("route_output", "--to blog --kind note hello", {"content": "hello", "to": ["blog"], "kind": "note"}),
        ("registry_status", "", {}),
        ("registry_status", "working", {"state": "working"}),
        ("registry_status", "@research sea", {"agent": "research", "text": "sea"}),
        ("registry_status", "t-abcdefgh please", {"task_id": "t-abcdefgh"}),
        ("control_task", "stop t-abcdefgh too slow", {"action": "cancel", "task_id": "t-abcdefgh", "note": "too slow"}),
        ("control_task", "t-abcdefgh cancel", {"action": "cancel", "task_id": "t-abcdefgh"}),
        ("control_task", "t-abcdefgh: Approve!", {"action": "approve", "task_id": "t-abcdefgh"}),
        (
            "control_task",
            "t-abcdefgh reject do not approve",
            {"action": "reject", "task_id": "t-abcdefgh", "note": "do not approve"},
        ),
        ("control_task", "d-0123456789 reject", {"action": "reject", "delivery_id": "d-0123456789"}),
        ("control_task", "resend d-0123456789", {"action": "resend", "delivery_id": "d-0123456789"}),
        ("message_agent", "t-abcdefgh only 2025", {"task_id": "t-abcdefgh", "text": "only 2025"}),
    ],
)
def test_a_command_is_understood(skill: str, command: str, understood: dict) -> None:
    assert SKILLS[skill].parse(command) == understood
    SKILLS[skill].input.model_validate(understood)


@pytest.mark.parametrize("skill", ["spawn_agent", "handoff", "route_output", "control_task", "message_agent"])
def test_an_empty_command_says_how_to_say_it(skill: str) -> None:
    with pytest.raises(UsageError) as caught:
        SKILLS[skill].parse("  ")
    assert caught.value.fix is not None
    assert f"/{skill}" in caught.value.fix


@pytest.mark.parametrize(
    ("skill", "command", "problem"),
    [
        ("spawn_agent", "--dry-run do it", "/spawn_agent has no option --dry-run."),
        ("spawn_agent", "--title", "--title needs a value."),
        ("spawn_agent", "--to --private do it", "--to needs a value."),
        ("spawn_agent", "--private=yes do it", "--private takes no value."),
        ("route_output", "our news --dry-run", "--dry-run is behind the content."),
        ("control_task", "t-abcdefgh do not approve", "The action or the task is missing."),
    ],
)
def test_what_could_be_meant_otherwise_is_refused_in_the_commands_own_words(
    skill: str, command: str, problem: str
) -> None:
    with pytest.raises(UsageError) as caught:
        SKILLS[skill].parse(command)
    assert str(caught.value) == problem
    assert caught.value.fix


def examples() -> list[tuple[str, str]]:
    """Every command that a SKILL.md shows, with its choices made and its places filled in every way."""
    shown = [
        (path.parent.name, command)
        for path in sorted((PLUGIN_FOLDER / "skills").glob("*/SKILL.md"))
        for command in dict.fromkeys(re.findall(rf"/{path.parent.name}\b[^`\"\n]*", path.read_text()))
    ]
    return [(skill, filled) for skill, command in shown for filled in _filled(command.removeprefix(f"/{skill}"))]


def _filled(command: str) -> list[str]:
    optional = re.search(r"\[([^\]]*)\] ?", command)
    if optional is not None:
        before, after = command[: optional.start()], command[optional.end() :]
        return [*_filled(before + after), *_filled(f"{before}{optional[1].replace(' ...', '')} {after}")]
    choice = re.search(r"\S+(?:\|\S+)+", re.sub("<[^>]*>", lambda place: "." * len(place[0]), command))
    if choice is not None:
        before, after = command[: choice.start()], command[choice.end() :]
        return [one for each in choice[0].split("|") for one in _filled(before + each + after)]
    filled = re.sub(r"<task>|\btask\b", "t-abcdefgh", command)
    return [re.sub("<[^>]*>", "some words", filled).strip()]


@pytest.mark.parametrize(("skill", "command"), examples())
def test_what_skill_md_shows_is_understood(skill: str, command: str) -> None:
    understood = SKILLS[skill].parse(command)
    SKILLS[skill].input.model_validate(understood)
    assert ("t-abcdefgh" in command) == ("task_id" in understood), understood
    assert ("destination" in command) == ("to" in understood), understood


def test_every_skill_md_shows_its_command() -> None:
    assert {skill for skill, _ in examples()} == set(SKILLS)
    assert {("control_task", "t-abcdefgh reject"), ("route_output", "t-abcdefgh destination")} <= set(examples())


@pytest.mark.parametrize("skill", sorted(SKILLS))
def test_the_form_that_an_error_shows_is_understood(skill: str) -> None:
    SKILLS[skill].input.model_validate(SKILLS[skill].parse(SKILLS[skill].slash_command.example))


@given(skill=st.sampled_from(sorted(SKILLS)), command=st.text(max_size=200))
def test_whatever_is_said_is_understood_or_refused(skill: str, command: str) -> None:
    try:
        understood = SKILLS[skill].parse(command)
    except UsageError:
        return
    assert isinstance(understood, dict)
