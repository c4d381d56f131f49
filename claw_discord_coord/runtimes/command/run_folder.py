"""A run's folder: the files through which the coordinator and a supervisor share a run, also after either is killed.

order.json     the program and its limits; written by the coordinator before a supervisor starts
lock           held by the supervisor until its end
started.json   written by the supervisor, with the lock held, before the program starts: no other takes the run
program.json   the program's process, written right after the program's start
output.log     the program's standard output
stderr.log     the end of the program's standard error
stop           a request by the coordinator to end the run
exit.json      the end of the run; written with the lock held, and the last file the supervisor writes
reported       the number of bytes of output.log that were reported as progress
outcome.json   the return value of `watch`, so that later calls return the same
"""

# The form of these files is an interface between versions: a supervisor of an older version may still be running, and
# writes files that the coordinator reads after an upgrade.
#
# Standard library only, and little of it: the supervisor loads this module before every run.

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

from claw_discord_coord.private_files import FILE_MODE, make_private_folder, open_private, write_whole
from claw_discord_coord.runtimes.command.file_lock import try_lock, unlock

Reason = Literal["exited", "timeout", "output_limit", "unwritable", "stopped", "not_started", "terminated", "lost"]
"""The reason for a run's end.

`unwritable`: the output could not be stored. `terminated`: not the coordinator ended the supervisor, but for example
the system when shutting down. `lost`: the supervisor died, so the end of the program is unknown.
"""

Phase = Literal["absent", "waiting", "running", "abandoned", "ended"]
"""The phase of a run. `waiting`: ordered, and not taken by a supervisor. `abandoned`: the supervisor died without
writing an end.
"""


class Order(TypedDict):
    """The content of order.json. Paths are absolute. Every process of the run has `mark` in its environment."""

    command: list[str]
    folder: str
    environment: dict[str, str]
    brief: dict[str, Any]
    mark: str
    timeout_s: float
    output_limit_bytes: int
    grace_s: float


class Started(TypedDict):
    """The content of started.json: the supervisor's process."""

    pid: int


class Program(TypedDict):
    """The content of program.json: the program's process. A later process of the same number has another `born`."""

    pid: int
    born: str


class Exit(TypedDict):
    """The content of exit.json.

    Attributes:
        exit_code: Negative for a signal; None when unknown.
        reason: The reason for the end.
        ended_at: Seconds since 1970.
        error: A sentence, where the reason alone says too little.
        survivors: The processes that could not be ended.
    """

    exit_code: int | None
    reason: Reason
    ended_at: float
    error: str | None
    survivors: list[int]


class RunFolder:
    """The folder of one run at `path`, which may not exist yet. Every JSON file is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.output = path / "output.log"
        self.stderr = path / "stderr.log"
        self.supervisor_log = path / "supervisor.log"
        self._order = path / "order.json"
        self._lock = path / "lock"
        self._started = path / "started.json"
        self._program = path / "program.json"
        self._stop = path / "stop"
        self._exit = path / "exit.json"
        self._reported = path / "reported"
        self._outcome = path / "outcome.json"

    def create(self) -> None:
        """Create the folder."""
        # Readable by the owner alone: the order holds the task's token.
        make_private_folder(self.path)

    def phase(self) -> Phase:
        """Return the phase of the run, from a few file look-ups."""
        if self._exit.exists():
            return "ended"
        if not self._started.exists():
            return "waiting" if self.path.exists() else "absent"
        if self.is_locked():
            return "running"
        # Looked at again: the supervisor may have written the end and freed the lock since the first look.
        return "ended" if self._exit.exists() else "abandoned"

    def order(self) -> Order | None:
        """Return the order, or None before an order was written."""
        return cast("Order | None", _read(self._order))

    def write_order(self, order: Order) -> None:
        """Write the order. Of several orders, the last before the start counts."""
        _write(self._order, order)

    def started(self) -> Started | None:
        """Return the supervisor that took the run, also when dead by now."""
        return cast("Started | None", _read(self._started))

    def write_started(self, started: Started) -> None:
        """Take the run for good. The caller holds the lock."""
        _write(self._started, started)

    def program(self) -> Program | None:
        """Return the program that was started, also when ended by now."""
        return cast("Program | None", _read(self._program))

    def write_program(self, program: Program) -> None:
        """Store the program's process."""
        _write(self._program, program)

    def exit(self) -> Exit | None:
        """Return the end of the run, or None before the end was written."""
        return cast("Exit | None", _read(self._exit))

    def write_exit(self, end: Exit) -> None:
        """Write the end of the run. The caller holds the lock."""
        _write(self._exit, end)

    def outcome(self) -> Any | None:
        """Return the stored outcome as JSON, or None."""
        return _read(self._outcome)

    def write_outcome(self, outcome: Any) -> None:
        """Store the outcome that `watch` returns."""
        _write(self._outcome, outcome)

    def request_stop(self) -> None:
        """Request the end of the run, also from a supervisor that starts later."""
        self.create()
        self._stop.touch(mode=FILE_MODE)

    def stop_requested(self) -> bool:
        """Return whether the coordinator has requested the end of the run."""
        return self._stop.exists()

    def reported(self) -> int:
        """Return how many bytes of output.log have been reported."""
        try:
            return int(self._reported.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def write_reported(self, offset: int) -> None:
        """Store how many bytes of output.log have been reported."""
        # Not written atomically: a crash that loses the number only repeats some lines of progress.
        with open_private(self._reported, "wb") as file:
            file.write(str(offset).encode("ascii"))

    @contextlib.contextmanager
    def lock(self) -> Generator[bool]:
        """Try to lock the run without waiting. Yield whether the lock was free; a holder's death frees the lock."""
        with open_private(self._lock, "ab") as file:
            locked = try_lock(file, shared=False)
            try:
                yield locked
            finally:
                if locked:
                    unlock(file)

    def is_locked(self) -> bool:
        """Return whether a process holds the lock."""
        try:
            file = self._lock.open("rb+")
        except FileNotFoundError:
            return False
        with file:
            # Shared, so that two processes that look at once do not see each other's lock.
            if not try_lock(file, shared=True):
                return True
            unlock(file)
            return False


def _read(path: Path) -> Any | None:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None


def _write(path: Path, value: Any) -> None:
    """Write JSON so that the file is whole or absent, also after a power failure."""
    write_whole(path, json.dumps(value).encode("ascii"))
    # The folder, too: without the sync, a power failure may undo the renaming.
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
