"""The state of an announcement, read from the session's transcript."""

from __future__ import annotations

from enum import Enum

from claw_discord_coord.openclaw.history import History

_RECOVERY = "main_session_restart_recovery"
"""The provenance of the input with which OpenClaw continues a turn (OpenClaw's `input-provenance.ts`)."""

_FAILED_BEFORE_REPLY = "run-failed-before-reply"
"""The type of the row that OpenClaw writes for a turn without a reply (OpenClaw's `session-run-error.ts`)."""


class State(Enum):
    """The state of an announcement in a session."""

    UNKNOWN = "the session does not have the announcement"
    GOING_ON = "the session works on the announcement, or will by itself"
    TOLD = "the model has replied"
    FAILED = "the turn ended without success"
    STOPPED = "a person stopped the turn"
    QUIET = "the session has the announcement and does nothing"
    OVERTAKEN = "the session has the announcement and went on without a reply"


def state_of(history: History, turn: str) -> State:
    """Return the state of an announcement by the session's transcript."""
    info, rows = history.session_info, history.messages
    begins = next((at for at, row in enumerate(rows) if row.begins(turn)), None)
    if begins is None:
        waiting = [item.state for item in history.pending_inputs.items if item.run_id == turn]
        if not waiting:
            return State.UNKNOWN
        # what waited when the Gateway ended stays there as "interrupted", and is not taken up again under its key
        return State.GOING_ON if "queued" in waiting else State.FAILED
    ids, overtaken = {turn}, False
    ends: list[str | None] = []
    for row in rows[begins + 1 :]:
        if row.role == "user" and row.idempotency_key:
            # After a crash OpenClaw continues the turn under a new id, with an input of its own.
            if row.provenance.source_tool == _RECOVERY and not overtaken:
                ids.add(row.idempotency_key.removesuffix(":user"))
            else:
                overtaken = True
        elif not overtaken or row.mark.run_id in ids:
            ids |= {row.mark.run_id} - {""}
            if row.role == "assistant":
                ends.append(row.stop_reason)
            elif row.role == "custom" and row.custom_type == _FAILED_BEFORE_REPLY:
                # With a chat message behind it, a turn that fails leaves this row only: no reply and no status.
                ends.append("error")
    status = info.status if info.last_run_id in ids else None
    if status == "done" or not {"stop", "length"}.isdisjoint(ends):
        return State.TOLD
    if info.has_active_run and not (overtaken and "error" in ends[-1:]):
        return State.GOING_ON
    if status == "killed":
        return State.STOPPED
    if status in {"failed", "timeout"} or "error" in ends[-1:]:
        return State.FAILED
    return State.OVERTAKEN if overtaken else State.QUIET
