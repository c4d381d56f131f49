"""The time limit of a run, and the order of the runs in one session."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from claw_discord_coord.openclaw.run_records import RunRecord

GRACE_S = 60.0
"""The time after its deadline that OpenClaw, which keeps the deadline itself, has to end a run."""


def given_at(record: RunRecord) -> datetime:
    """Return when OpenClaw was given the run; before then, when the run was ordered."""
    return record.deadline_at - timedelta(seconds=record.timeout_s)


def is_late(record: RunRecord, now: datetime) -> bool:
    """Tell whether the coordinator has to end the run, since OpenClaw has not."""
    return _is_past(record, now, GRACE_S)


def is_given_up(record: RunRecord, now: datetime) -> bool:
    """Tell whether OpenClaw has not even ended the run after the coordinator asked for the end."""
    return _is_past(record, now, 2 * GRACE_S)


def is_behind(record: RunRecord, records: Iterable[RunRecord], now: datetime) -> bool:
    """Tell whether the session was given another run before, and that run is not known to have ended."""
    return any(
        other.session == record.session
        and other.run_id != record.run_id
        and other.boot
        and (not record.boot or given_at(other) < given_at(record))
        and not other.ended
        # A run that nobody follows any more must not block its session for ever.
        and not is_given_up(other, now)
        for other in records
    )


def _is_past(record: RunRecord, now: datetime, grace_s: float) -> bool:
    # Time passes only in OpenClaw: a run may wait for its session, or for OpenClaw, as long as need be.
    return bool(record.boot) and now > record.deadline_at + timedelta(seconds=grace_s)
