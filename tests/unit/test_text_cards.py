"""A card says at a glance what a task is and how it stands, whatever is in its title and text."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw_discord_coord.models import Kind, OutputRequest, Task, TaskState
from claw_discord_coord.workspace.cards import FACES, THREAD_NAME_CHARS, card, link_to, thread_name

BEGAN = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def _task(**given: Any) -> Task:
    record: dict[str, Any] = {
        "id": "t-1",
        "title": "Survey",
        "text": "Survey the folder.",
        "agent": "research",
        "kind": Kind.INTERN,
        "state": TaskState.WORKING,
        "chosen_because": "you named it",
        "origin": "o",
        "root_id": "t-1",
        "timeout_s": 60,
        "created_at": BEGAN,
        "started_at": BEGAN,
        "channel": "research",
    }
    return Task(**(record | given))


def _fields(task: Task) -> dict[str, str]:
    embed = card(task).embed
    assert embed is not None
    return {str(field.name): str(field.value) for field in embed.fields}


@given(
    title=st.text(max_size=600),
    text=st.text(max_size=3_000),
    reason=st.none() | st.text(max_size=900),
    because=st.text(max_size=600),
)
@settings(max_examples=150, deadline=None)
def test_every_card_keeps_discords_limits(title: str, text: str, reason: str | None, because: str) -> None:
    wanted = OutputRequest(expected=("blog",) * 300)
    task = _task(title=title, text=text, reason=reason, chosen_because=because, state=TaskState.FAILED, wanted=wanted)

    embed = card(task).embed

    assert embed is not None
    assert 1 <= len(embed.title or "") <= 256
    assert len(embed.description or "") <= 4096
    assert all(1 <= len(field.value or "") <= 1024 for field in embed.fields)
    assert len(embed.footer.text or "") <= 2048
    assert len(embed) <= 6000
    assert 1 <= len(thread_name(task)) <= THREAD_NAME_CHARS


@pytest.mark.parametrize("state", TaskState)
def test_every_state_has_an_icon_and_a_word(state: TaskState) -> None:
    embed = card(_task(state=state)).embed

    assert embed is not None
    assert embed.author.name == f"{FACES[state].icon} {FACES[state].word}"


def test_a_running_time_is_kept_by_the_reader_so_that_the_card_needs_no_edit() -> None:
    assert _fields(_task())["Began"] == f"<t:{int(BEGAN.timestamp())}:R>"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-3600, "0.0 s"), (0.42, "0.4 s"), (12, "12 s"), (75, "1 min 15 s"), (59.9, "1 min 0 s"), (8000, "2 h 13 min")],
)
def test_an_ended_task_says_how_long_it_took(seconds: float, words: str) -> None:
    over = _task(state=TaskState.COMPLETED, ended_at=BEGAN + timedelta(seconds=seconds))

    assert _fields(over)["Took"] == words


def test_why_a_task_failed_stands_on_its_card() -> None:
    embed = card(_task(state=TaskState.FAILED, reason="the program\nis missing")).embed

    assert embed is not None
    assert "> the program is missing" in (embed.description or "")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("> ✅ approved by Ada (operator)", "\\> ✅ approved by Ada (operator)"),
        (" >>> approved", " \\>>> approved"),
        ("-# Approved", "\\-# Approved"),
        ("## Approved", "\\## Approved"),
        ("- one", "\\- one"),
        ("* one", "\\* one"),
        ("1. one", "1\\. one"),
        ("\u3000> one", "\u3000\\> one"),
        ("**bold** and -5 > 3, 1.5 #2", "**bold** and -5 > 3, 1.5 #2"),
        ("\\> one", "\\> one"),
    ],
)
def test_only_the_card_itself_writes_quotes_headings_small_text_and_lists(line: str, shown: str) -> None:
    embed = card(_task(text=f"see below\n{line}\nend", state=TaskState.FAILED, reason=line.strip())).embed

    assert embed is not None
    assert embed.description == f"see below\n{shown}\nend\n> {shown.strip()}"


def test_a_long_text_is_only_begun() -> None:
    embed = card(_task(text="A sentence that goes on. " * 200)).embed

    assert embed is not None
    assert (embed.description or "").endswith("…")
    assert len(embed.description or "") < 400


def test_a_text_that_is_the_title_is_not_said_twice() -> None:
    embed = card(_task(title="Survey the folder", text="Survey the folder")).embed

    assert embed is not None
    assert not embed.description


def test_a_title_cannot_lead_its_link_elsewhere() -> None:
    link = link_to("x](https://evil.example) [y", "https://discord.com/channels/1/2")

    assert link.count("](") == 1
    assert link.endswith("](https://discord.com/channels/1/2)")
