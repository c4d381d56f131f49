"""What OpenClaw sends in forms that this version does not know ends no connection and raises no unforeseen error."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from claw_discord_coord.errors import OpenClawMismatch
from claw_discord_coord.openclaw import progress_text
from claw_discord_coord.openclaw.frames import Event, parse
from claw_discord_coord.openclaw.history import History

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


@given(row=VALUES, session=VALUES, pending=VALUES)
def test_a_transcript_of_any_form_is_read_or_refused_in_a_sentence(row: Any, session: Any, pending: Any) -> None:
    # Refused and not guessed at: a row that is overlooked might be the input that must not be sent twice.
    answer = {"messages": [row], "sessionInfo": session, "pendingInputs": {"items": [pending]}}
    with contextlib.suppress(OpenClawMismatch):
        assert len(History.of(answer, "chat.history").messages) == 1
