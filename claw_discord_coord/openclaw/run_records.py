"""The coordinator's records of runs in OpenClaw, since the Gateway forgets runs at a restart."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from claw_discord_coord.private_files import write_whole


class Correction(BaseModel):
    """A message to a run that OpenClaw was given and the transcript does not show yet.

    Attributes:
        key: The key of the message.
        text: The text.
        turns: The ids under which OpenClaw was given the message.
        boot: The Gateway's boot id at the last attempt; empty while the attempt is not known to have succeeded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    text: str
    turns: tuple[str, ...]
    boot: str = ""


class RunRecord(BaseModel):
    """One run.

    Attributes:
        turns: The ids of the run's inputs: the run's own id, then one id for every continuation.
        boot: The Gateway's boot id at the last input; empty before the first.
        told: The keys of the messages that are part of an input or that the transcript shows.
        corrections: The messages that the transcript does not show yet.
        resumed: The number of continuations after the Gateway broke off the last turn.
        stopping: True from the moment that the run is to end.
    """

    # Files of an earlier version may have fields that this version no longer has.
    model_config = ConfigDict(frozen=True, extra="ignore")

    run_id: str
    task_id: str
    session: str
    agent_id: str
    title: str
    model: str | None = None
    thinking: str | None = None
    intern: bool = True
    keep_transcript: bool = False
    deadline_at: datetime
    timeout_s: float
    turns: tuple[str, ...]
    messages: tuple[str, ...]
    resumed: int = 0
    boot: str = ""
    told: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
    stopping: bool = False
    ended: bool = False

    @property
    def turn(self) -> str:
        """Return the id of the current turn."""
        return self.turns[-1]


class RunRecords:
    """The records, one file for each run below `folder`. A file is written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, run_id: str) -> RunRecord | None:
        """Return the record of the run, or None."""
        try:
            return _read(self._path(run_id))
        except FileNotFoundError:
            return None

    def put(self, record: RunRecord) -> RunRecord:
        """Store the record, and return the record."""
        # The record decides whether an input is sent again, so it has to survive a loss of power.
        write_whole(self._path(record.run_id), record.model_dump_json().encode())
        return record

    def drop(self, run_id: str) -> None:
        """Remove the record of the run, if any."""
        self._path(run_id).unlink(missing_ok=True)

    def all(self) -> list[RunRecord]:
        """Return all records."""
        return [_read(path) for path in sorted(self._folder.glob("*.openclaw.json"))]

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.openclaw.json"


def _read(path: Path) -> RunRecord:
    return RunRecord.model_validate_json(path.read_text(encoding="utf-8"))
