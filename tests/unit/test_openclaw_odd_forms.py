"""What OpenClaw sends in forms that this version does not know ends no connection and raises no unforeseen error."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_discord_coord.errors import OpenClawMismatch
from claw_discord_coord.openclaw import progress_text
from claw_discord_coord.openclaw.frames import Event, Response, parse
from claw_discord_coord.openclaw.gateway_errors import from_call
from claw_discord_coord.openclaw.history import History, Row

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))
PAYLOAD = st.fixed_dictionaries(
    {},
    optional={
        "runId": VALUES,
        "stream": st.sampled_from(["item", "assistant", "lifecycle"]) | VALUES,
        "state": VALUES,
        "data": VALUES
        | st.fixed_dictionaries(
            {},
            optional={
                "kind": st.sampled_from(["preamble", "tool"]) | VALUES,
                "phase": st.sampled_from(["start", "end", "error"]) | VALUES,
                "text": VALUES,
                "title": VALUES,
                "progressText": VALUES,
            },
        ),
    },
)


@given(payload=PAYLOAD, name=st.sampled_from(["agent", "chat", "tick"]))
def test_an_event_of_any_form_can_be_read(payload: dict[str, Any], name: str) -> None:
    frame = parse(json.dumps({"type": "event", "event": name, "payload": payload}))
    assert isinstance(frame, Event)
    assert isinstance(frame.run_id, str | None)
    assert isinstance(progress_text.line(frame), str | None)
    assert isinstance(progress_text.is_end(frame), bool)
    assert isinstance(progress_text.is_writing(frame), bool)


ROW = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "custom"])},
    optional=dict.fromkeys(("content", "timestamp", "errorMessage", "usage"), VALUES),
)


@given(row=ROW)
def test_a_row_is_read_whatever_stands_in_the_fields_that_decide_nothing(row: dict[str, Any]) -> None:
    [read] = History.of({"messages": [row]}, "chat.history").messages
    assert isinstance(read.text, str)


@pytest.mark.parametrize("name", ["content", "idempotencyKey", "provenance", "usage", "stopReason", "__openclaw"])
def test_a_null_in_a_row_is_a_field_that_is_not_given(name: str) -> None:
    assert History.of({"messages": [{"role": "user", name: None}]}, "chat.history").messages == (Row(role="user"),)
    assert History.of({"pendingInputs": None, "sessionInfo": None, "messages": None}, "chat.history") == History()


@pytest.mark.parametrize("payload", [None, "x", 7, [1]])
def test_a_frame_of_an_odd_form_is_ignored_with_one_line(payload: object, caplog: pytest.LogCaptureFixture) -> None:
    frame = parse(json.dumps({"type": "event", "event": "agent", "payload": payload, "note": "a secret"}))
    assert frame is None or frame == Event(type="event", event="agent")
    assert len(caplog.records) == (0 if payload is None else 1)
    assert "secret" not in caplog.text


def test_a_response_of_an_odd_form_is_a_refusal_of_its_call() -> None:
    frame = parse(json.dumps({"type": "res", "id": "r1", "ok": True, "payload": ["a secret"]}))
    assert isinstance(frame, Response)
    assert frame.error is not None
    refusal = from_call("agents.list", frame.error)
    assert isinstance(refusal, OpenClawMismatch)
    assert "agents.list" in str(refusal)
    assert "secret" not in str(refusal)


@given(row=VALUES, session=VALUES, pending=VALUES)
def test_a_transcript_of_any_form_is_read_or_refused_in_a_sentence(row: Any, session: Any, pending: Any) -> None:
    # Refused and not guessed at: a row that is overlooked might be the input that must not be sent twice.
    answer = {"messages": [row], "sessionInfo": session, "pendingInputs": {"items": [pending]}}
    with contextlib.suppress(OpenClawMismatch):
        assert len(History.of(answer, "chat.history").messages) == 1
