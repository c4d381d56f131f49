"""Skills called in free text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_discord_coord.errors import UsageError
from claw_discord_coord.skills import SKILLS
from claw_discord_coord.skills.spoken import understand


@pytest.mark.parametrize(
    ("skill", "command", "understood"),
    [
        ("spawn_agent", "@research compare A and B", {"agent": "research", "task": "compare A and B"}),
        ("spawn_agent", "compare A, ask @bob", {"task": "compare A, ask @bob"}),
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
        ("route_output", "hello world --dry-run", {"content": "hello world", "dry_run": True}),
        ("registry_status", "", {}),
        ("registry_status", "working", {"state": "working"}),
        ("registry_status", "@research sea", {"agent": "research", "text": "sea"}),
        ("registry_status", "t-abcdefgh please", {"task_id": "t-abcdefgh"}),
        ("control_task", "stop t-abcdefgh too slow", {"action": "cancel", "task_id": "t-abcdefgh", "note": "too slow"}),
        ("control_task", "resend d-0123456789", {"action": "resend", "delivery_id": "d-0123456789"}),
        ("message_agent", "t-abcdefgh only 2025", {"task_id": "t-abcdefgh", "text": "only 2025"}),
    ],
)
def test_a_command_is_understood(skill: str, command: str, understood: dict) -> None:
    assert understand(skill, command) == understood
    SKILLS[skill].input.model_validate(understood)


@pytest.mark.parametrize("skill", ["spawn_agent", "handoff", "route_output", "control_task", "message_agent"])
def test_an_empty_command_says_how_to_say_it(skill: str) -> None:
    with pytest.raises(UsageError) as caught:
        understand(skill, "  ")
    assert caught.value.fix is not None
    assert f"/{skill}" in caught.value.fix


@given(skill=st.sampled_from(sorted(SKILLS)), command=st.text(max_size=200))
def test_whatever_is_said_is_understood_or_refused(skill: str, command: str) -> None:
    try:
        understood = understand(skill, command)
    except UsageError:
        return
    assert isinstance(understood, dict)
