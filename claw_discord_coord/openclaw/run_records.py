"""Our own record of every run that OpenClaw was given: it forgets its side when it restarts."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class RunRecord(BaseModel):
    """One run. `turns` are the ids under which OpenClaw was given its inputs: the run's own, then one for every
    interruption.

    `boot` is the Gateway's boot id when the last turn was sent to it, empty before the first. `told` are the keys of
    what was said to the run before then.
    `resumed` counts how often the last turn was taken up again after the Gateway had broken it off. `stopping` holds
    from the moment that the run is to end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    task_id: str
    session: str
    agent_id: str
    title: str
    message: str
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
    stopping: bool = False
    ended: bool = False

    @property
    def turn(self) -> str:
        """The id of the turn that counts now."""
        return self.turns[-1]


class RunRecords:
    """The records, one file for each run below `folder`; a file is either whole or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, run_id: str) -> RunRecord | None:
        """The record of that run, or None when there is none."""
        try:
            return _read(self._path(run_id))
        except FileNotFoundError:
            return None

    def put(self, record: RunRecord) -> RunRecord:
        """Keep the record; returns it."""
        path = self._path(record.run_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(".new")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(record.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
        return record

    def drop(self, run_id: str) -> None:
        """Remove the record of that run, if there is one."""
        self._path(run_id).unlink(missing_ok=True)

    def all(self) -> list[RunRecord]:
        """Every record there is."""
        return [_read(path) for path in sorted(self._folder.glob("*.openclaw.json"))]

    def _path(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.openclaw.json"


def _read(path: Path) -> RunRecord:
    return RunRecord.model_validate_json(path.read_text(encoding="utf-8"))
