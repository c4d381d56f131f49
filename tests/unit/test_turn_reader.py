"""Each question about a turn of an OpenClaw session has its own answer in the transcript."""

from __future__ import annotations

from typing import Any

import pytest

from claw_discord_coord.models import Usage
from claw_discord_coord.openclaw.history import History
from claw_discord_coord.openclaw.transcript import TurnReader

RUN = "t-1-r1"
CORRECTION = f"{RUN}~m1"


def an_input(turn: str) -> dict[str, Any]:
    return {"role": "user", "idempotencyKey": f"{turn}:user"}


def a_reply(run_id: str, stop: str | None = "stop", **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "stopReason": stop, "__openclaw": {"runId": run_id, "id": f"m-{run_id}"}, **more}


def a_note(run_id: str, text: str) -> dict[str, Any]:
    return {"role": "custom", "content": text, "__openclaw": {"runId": run_id}}


def read(
    *rows: dict[str, Any], turns: tuple[str, ...] = (RUN,), pending: tuple[tuple[str, str], ...] = (), **session: Any
) -> TurnReader:
    history = {
        "messages": rows,
        "pendingInputs": {"items": [{"runId": run_id, "state": state} for run_id, state in pending]},
        "sessionInfo": session,
    }
    return TurnReader(History.model_validate(history), turns)


def test_a_turn_has_begun_once_its_input_is_in_the_transcript() -> None:
    assert read(an_input(RUN)).begun
    assert not read(an_input("other")).begun
    assert not read(an_input(RUN), turns=(RUN, CORRECTION)).begun


@pytest.mark.parametrize(("state", "queued", "dropped"), [("queued", True, False), ("interrupted", False, True)])
def test_an_input_that_openclaw_keeps_is_queued_or_dropped(state: str, queued: bool, dropped: bool) -> None:
    reader = read(pending=((RUN, state),))

    assert (reader.queued, reader.dropped) == (queued, dropped)


def test_a_turn_is_active_while_the_session_works_and_no_other_turn_began_later() -> None:
    assert read(an_input(RUN), hasActiveRun=True).active
    assert read(an_input(RUN), an_input(CORRECTION), hasActiveRun=True).active
    assert not read(an_input(RUN)).active
    assert not read(an_input(RUN), an_input("other"), hasActiveRun=True).active
    assert not read(an_input(RUN), a_reply(RUN), hasActiveRun=True, lastRunId=RUN).active


def test_a_session_is_busy_while_it_works_on_another_turn_or_has_one_in_its_queue() -> None:
    assert read(an_input("other"), hasActiveRun=True).busy
    assert read(pending=(("other", "queued"),)).busy
    assert not read(an_input(RUN), hasActiveRun=True).busy
    assert not read(pending=((RUN, "queued"), ("other", "queued"))).busy
    assert not read(pending=(("other", "interrupted"),)).busy


def test_the_sessions_status_counts_only_when_it_is_about_this_turn() -> None:
    assert read(an_input(RUN), lastRunId=RUN, status="done").status == "done"
    assert read(an_input(RUN), a_reply("fresh"), lastRunId="fresh", status="done").status == "done"
    assert read(an_input(RUN), lastRunId="other", status="done").status is None


def test_a_turn_that_waited_in_the_queue_is_known_by_the_rows_behind_its_input() -> None:
    reader = read(an_input("other"), a_reply("other"), an_input(RUN), a_reply("fresh", "toolUse"), a_reply("fresh"))

    assert reader.ids == {RUN, "fresh"}


def test_a_turn_without_a_reply_is_known_by_the_sessions_active_run() -> None:
    assert read(an_input(RUN), hasActiveRun=True, activeRunIds=["fresh"]).ids == {RUN, "fresh"}
    assert read(an_input(RUN), a_reply(RUN), hasActiveRun=True, activeRunIds=["fresh"]).ids == {RUN}


def test_the_last_reply_is_the_turns_own() -> None:
    reader = read(an_input(RUN), a_reply(RUN, "toolUse"), a_reply(RUN), an_input("other"), a_reply("other"))

    assert reader.last_reply is not None
    assert (reader.last_reply.stop_reason, reader.last_reply.mark.id) == ("stop", f"m-{RUN}")


def test_a_problem_is_the_replys_error_or_else_openclaws_note() -> None:
    assert read(an_input(RUN), a_reply(RUN, "error", errorMessage="no credit")).problem == "no credit"
    assert read(an_input(RUN), a_note(RUN, "the run was superseded")).problem == "the run was superseded"
    assert read(an_input(RUN), an_input("other"), a_note("other", "of another turn")).problem is None


def test_usage_adds_up_all_turns_of_the_run() -> None:
    used = {"usage": {"input": 3, "output": 2, "cacheRead": 1, "cost": {"total": 0.5}}}
    rows = (an_input(RUN), a_reply(RUN, **used), an_input(CORRECTION), a_reply("fresh", **used))
    others = (an_input("other"), a_reply("other", **used))

    assert read(*rows, *others, turns=(RUN, CORRECTION)).usage == Usage(input_tokens=8, output_tokens=4, cost_usd=1.0)
    assert read(an_input(RUN), a_reply(RUN)).usage is None


def test_a_turn_that_a_new_setting_superseded_was_broken_off() -> None:
    rows = (an_input(RUN), a_note(RUN, "the run was superseded"))

    assert read(*rows, lastRunId=RUN, status="failed").turn().broken_off
    assert not read(*rows, a_reply(RUN, "error"), lastRunId=RUN, status="failed").turn().broken_off
