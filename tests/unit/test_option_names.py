"""Errors at a terminal name the options of the command that was run."""

from __future__ import annotations

import pytest

from claw_discord_coord.cli.option_names import option_names
from claw_discord_coord.errors import UsageError
from claw_discord_coord.skills import SKILLS


def reworded(skill: str, message: str, fix: str | None = None) -> tuple[str, str | None]:
    with pytest.raises(UsageError) as raised, option_names(SKILLS[skill]):
        raise UsageError(message, fix=fix)
    return str(raised.value), raised.value.fix


@pytest.mark.parametrize(
    ("skill", "message", "shown"),
    [
        ("handoff", "`to_agent` is missing.", "`--to-agent` is missing."),
        ("handoff", "`artifacts.3` must be text.", "`--artifact` must be text."),
        ("control_task", "Give either `task_id` or `delivery_id`.", "Give either `--task` or `--delivery`."),
        ("spawn_agent", "`task` is missing.", "`TASK` is missing."),
        ("spawn_agent", "Leave `parent_task` out, or give t-1.", "Leave `--parent-task` out, or give t-1."),
        ("spawn_agent", "Ask registry_status for the task.", "Ask `registry-status` for the task."),
    ],
)
def test_a_field_or_a_skill_is_named_as_at_the_terminal(skill: str, message: str, shown: str) -> None:
    assert reworded(skill, message, message) == (shown, shown)


@pytest.mark.parametrize(
    "message", ["The task has no agent 'to_agent'.", "Add it to `destinations`.", "Raise limits.task_chars."]
)
def test_other_words_stay(message: str) -> None:
    assert reworded("spawn_agent", message) == (message, None)


def test_the_list_of_fields_becomes_the_help_of_the_command() -> None:
    skill = SKILLS["handoff"]
    assert reworded("handoff", "Wrong.", skill.how_to_call()) == (
        "Wrong.",
        "`claw-discord-coord handoff --help` lists the options.",
    )
