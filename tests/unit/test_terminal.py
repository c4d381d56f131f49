"""Results and updates as a person at a terminal reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from claw_discord_coord.skills import SKILLS
from claw_discord_coord.skills.base import terminal
from claw_discord_coord.skills.base.views import TaskLine

DELIVERY: dict[str, Any] = {"delivery_id": "d-1", "destination": "phone", "attempts": 0, "error": None, "receipt": None}
PLAN = {"destination": "blog", "route": "r", "why": "of kind report", "title": "News", "text": "One\nTwo", "about": {}}
RULE = {"route": "r", "to": ["blog"], "taken": True, "why": "Taken."}


def routed(**said: Any) -> str:
    return SKILLS["route_output"].command_line.show(
        {"receipts": [], "planned": [], "rules": [], "left_out": [], "note": None, **said}
    )


def test_a_task_that_waits_for_approval_says_how_to_give_it() -> None:
    assert terminal.update({"task_id": "t-1", "type": "state", "text": "input-required"}) == (
        "  the result waits for a review: `claw-discord-coord control-task --task t-1 --action approve` (or reject), "
        "or press Approve in the thread"
    )


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("cancel", "canceled: t-1, t-2"),
        ("approve", "approved: t-1, t-2"),
        ("reject", "rejected: t-1, t-2"),
        ("resend", "sent again: t-1, t-2"),
    ],
)
def test_an_order_is_answered_with_what_was_done_to_what(action: str, said: str) -> None:
    order = {"action": action, "id": "t-1", "state": "working", "affected": ["t-1", "t-2"]}
    assert SKILLS["control_task"].command_line.show(order) == said


@pytest.mark.parametrize(
    ("state", "attempts", "said"),
    [
        (
            "planned",
            0,
            "phone: not delivered yet; attempts go on, and `registry-status` lists the delivery if all fail",
        ),
        (
            "planned",
            1,
            "phone: not delivered yet (1 attempt so far); attempts go on, "
            "and `registry-status` lists the delivery if all fail",
        ),
        (
            "held",
            0,
            "phone: held for approval: `claw-discord-coord control-task --delivery d-1 --action approve` (or reject)",
        ),
    ],
)
def test_a_delivery_on_its_way_does_not_look_like_one_that_arrived(state: str, attempts: int, said: str) -> None:
    assert routed(receipts=[{**DELIVERY, "state": state, "attempts": attempts}]) == said


def test_a_dry_run_shows_the_rules_and_what_would_be_sent() -> None:
    shown = routed(rules=[RULE], planned=[{**PLAN, "problem": None}])
    assert shown == "→ r: Taken.\n\nblog (of kind report)\n    News\n    One\n    Two"
    assert "    ---\n    tags:\n    - a\n    ---\n\n    One" in routed(
        planned=[{**PLAN, "about": {"tags": ["a"]}, "problem": None}]
    )


def test_an_output_that_no_route_takes_shows_the_routes_and_what_to_do() -> None:
    shown = routed(rules=[{**RULE, "taken": False, "why": "No."}], note="Nothing is sent: because.")
    assert shown == "· r: No.\nNothing is sent: because."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("---\ndraft: true\n---\n\nThree sources.", "Three sources."),
        ("---\ndraft: true\n---\n", "---\ndraft: true\n---\n"),
        ("Three sources.", "Three sources."),
    ],
)
def test_a_result_is_shown_without_its_front_matter_unless_that_is_all_of_it(text: str, shown: str) -> None:
    task = {"task_id": "t-1", "state": "completed", "duration_s": None, "reason": None, "result": {"text": text}}
    assert terminal.ending(task) == f"t-1 completed\n\n{shown}"


def test_a_duration_is_not_negative_after_the_clock_was_set_back() -> None:
    later = datetime(2026, 11, 27, 12, tzinfo=UTC)
    ended = TaskLine(
        id="t-1", title="T", state="completed", agent="a", started_at=later, ended_at=later - timedelta(hours=1)
    )
    assert ended.duration_s == 0.0
    going_on = TaskLine(
        id="t-1",
        title="T",
        state="working",
        agent="a",
        started_at=datetime.now(UTC) + timedelta(hours=1),
        ended_at=None,
    )
    assert going_on.duration_s == 0.0


def test_a_table_has_the_columns_that_the_tasks_have() -> None:
    line = {"task_id": "t-1", "title": "T", "state": "working", "agent": "echo", "duration_s": None}
    assert terminal.table([line]) == "TASK  STATE    AGENT  SECONDS  TITLE\nt-1   working  echo            T"


def test_a_run_is_shown_with_the_session_of_its_program() -> None:
    shown = of_task({}, runs=({**RUN, "state": "completed", "session_id": "5f0c-11"},))
    assert "  run t-1-r1: completed, session 5f0c-11" in shown.splitlines()


FORGED = [f"boom{end}  run t-1-r9: completed" for end in ("\n", "\r\n", "\r", "\x0b", "\x85", "\u2028", "\u2029")]
VIEW: dict[str, Any] = {
    **dict.fromkeys(("thread_url", "result", "duration_s", "reason")),
    "task_id": "t-1",
    "state": "failed",
    "title": "T",
    "agent": "echo",
    "chosen_because": "you named it",
}
RUN = {"run_id": "t-1-r1", "state": "failed", "error": None, "usage": None, "session_id": None}


def of_task(task: dict[str, Any], **records: Any) -> str:
    nothing: dict[str, Any] = dict.fromkeys(("events", "runs", "handoffs", "deliveries", "children"), ())
    return SKILLS["registry_status"].command_line.show({"task": {**VIEW, **task}, **nothing, **records})


@pytest.mark.parametrize("text", FORGED)
def test_an_event_with_a_note_of_several_lines_is_one_line(text: str) -> None:
    event = {"at": "2026-11-28T02:00:00Z", "text": f"approved by ada: {text}"}
    assert of_task({}, events=(event,)).splitlines()[3:] == [
        "  02:00:00 approved by ada: boom run t-1-r9: completed",
    ]


@pytest.mark.parametrize("text", FORGED)
def test_a_text_of_several_lines_looks_like_no_other_record_of_its_task(text: str) -> None:
    child = {"task_id": "t-2", "state": "working", "title": text}
    handoff = {"handoff_id": "h-1", "to_agent": "a", "to_task": "t-2", "state": text}
    shown = of_task(
        {"title": text, "reason": text, "chosen_because": text},
        runs=({**RUN, "error": text, "session_id": text},),
        deliveries=({**DELIVERY, "state": "failed", "error": text},),
        handoffs=(handoff,),
        children=(child,),
    )
    more = "  |   run t-1-r9: completed"
    assert shown.splitlines() == [
        "boom run t-1-r9: completed",
        "  t-1 failed: boom",
        more,
        "  echo: boom",
        more,
        "  run t-1-r1: failed (boom",
        f"{more}), session boom",
        more,
        "  handoff h-1 to a (t-2): boom",
        more,
        "  delivery to phone: failed (boom",
        f"{more})",
        "  child t-2: working, boom",
        more,
    ]


@pytest.mark.parametrize("text", FORGED)
def test_a_text_of_several_lines_looks_like_no_other_entry_of_a_list(text: str) -> None:
    shown = SKILLS["registry_status"].command_line.show(
        {
            "task": None,
            "tasks": [{"task_id": "t-1", "state": "failed", "title": text}],
            "counts": {"failed": 1},
            "attention": [{**DELIVERY, "state": "failed", "error": text}, {"task_id": "t-1", "problem": text}],
            "not_announced": [{"task_id": "t-1", "session_key": "s", "problem": text}],
        }
    )
    more = "  |   run t-1-r9: completed"
    assert shown.splitlines() == [
        "TASK  STATE   TITLE",
        "t-1   failed  boom run t-1-r9: completed",
        "",
        "1 failed",
        "d-1 to phone: failed (boom",
        f"{more})",
        "t-1: boom",
        more,
        "t-1: s was not told (boom",
        f"{more})",
    ]


@pytest.mark.parametrize("text", FORGED)
def test_an_update_and_the_reason_at_the_end_look_like_no_other_line(text: str) -> None:
    said = terminal.update({"task_id": "t-1", "type": "progress", "text": text})
    assert said == "  · boom run t-1-r9: completed"
    assert terminal.ending({**VIEW, "reason": text}) == "t-1 failed: boom\n  |   run t-1-r9: completed"


@pytest.mark.parametrize("text", FORGED)
def test_no_line_of_another_skill_is_forged(text: str) -> None:
    more = "  |   run t-1-r9: completed"
    started = {**VIEW, "kind": "intern", "channel": None, "joined": False, "title": text, "chosen_because": text}
    assert SKILLS["spawn_agent"].command_line.show(started).splitlines() == [
        "t-1 (failed): boom",
        more,
        "  started: echo, intern, chosen because: boom",
        more,
    ]
    passed = {"handoff_id": "h-1", "joined": False, "agent": "a", "task_id": "t-2", "state": "offered"}
    assert SKILLS["handoff"].command_line.show({**passed, "masked": [text]}).splitlines()[1:] == ["  boom", more]
    failed = {**DELIVERY, "state": "failed", "error": text}
    assert routed(receipts=[failed]).splitlines() == ["phone: failed (boom", f"{more})"]
    plans = [{**PLAN, "title": text, "problem": None}, {**PLAN, "problem": text}]
    assert routed(rules=[{**RULE, "why": text}], left_out=[text], note=text, planned=plans).splitlines() == [
        *("→ r: boom", more, "boom", more, "boom", more),
        *("", "blog (of kind report)", "    boom run t-1-r9: completed", "    One", "    Two"),
        *("", "blog (of kind report)", "    boom", more),
    ]
