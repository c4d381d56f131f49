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
# Standard library only, without pathlib and typing: the supervisor of every run loads this module.

from __future__ import annotations

import contextlib
import json
import os
import sys

from claw_discord_coord.private_files import FILE_MODE, StrPath, make_private_folder, open_private, write_whole
from claw_discord_coord.runtimes.command.file_lock import try_lock, unlock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from claw_discord_coord.runtimes.command.run_files import Exit, Order, Phase, Program, Started


class RunFolder:
    """The folder of one run at `path`, which may not exist yet. Every JSON file is written whole or not at all."""

    def __init__(self, path: StrPath) -> None:
        self.path = os.fspath(path)
        self.output = os.path.join(self.path, "output.log")
        self.stderr = os.path.join(self.path, "stderr.log")
        self.supervisor_log = os.path.join(self.path, "supervisor.log")
        self._order = os.path.join(self.path, "order.json")
        self._lock = os.path.join(self.path, "lock")
        self._started = os.path.join(self.path, "started.json")
        self._program = os.path.join(self.path, "program.json")
        self._stop = os.path.join(self.path, "stop")
        self._exit = os.path.join(self.path, "exit.json")
        self._reported = os.path.join(self.path, "reported")
        self._outcome = os.path.join(self.path, "outcome.json")

    def create(self) -> None:
        """Create the folder."""
        # Readable by the owner alone: the order holds the task's token.
        make_private_folder(self.path)

    def phase(self) -> Phase:
        """Return the phase of the run, from a few file look-ups."""
        if _exists(self._exit):
            return "ended"
        if not _exists(self._started):
            return "waiting" if _exists(self.path) else "absent"
        if self.is_locked():
            return "running"
        # Looked at again: the supervisor may have written the end and freed the lock since the first look.
        return "ended" if _exists(self._exit) else "abandoned"

    def order(self) -> Order | None:
        """Return the order, or None before an order was written."""
        return _read(self._order)

    def write_order(self, order: Order) -> None:
        """Write the order. Of several orders, the last before the start counts."""
        _write(self._order, order)

    def started(self) -> Started | None:
        """Return the supervisor that took the run, also when dead by now."""
        return _read(self._started)

    def write_started(self, started: Started) -> None:
        """Take the run for good. The caller holds the lock."""
        _write(self._started, started)

    def program(self) -> Program | None:
        """Return the program that was started, also when ended by now."""
        return _read(self._program)

    def write_program(self, program: Program) -> None:
        """Store the program's process."""
        _write(self._program, program)

    def exit(self) -> Exit | None:
        """Return the end of the run, or None before the end was written."""
        return _read(self._exit)

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
        os.close(os.open(self._stop, os.O_CREAT | os.O_WRONLY, FILE_MODE))

    def stop_requested(self) -> bool:
        """Return whether the coordinator has requested the end of the run."""
        return _exists(self._stop)

    def reported(self) -> int:
        """Return how many bytes of output.log have been reported."""
        try:
            with open(self._reported, "rb") as file:
                return int(file.read())
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
            with open(self._lock, "rb+") as file:
                # Shared, so that two processes that look at once do not see each other's lock.
                if not try_lock(file, shared=True):
                    return True
                unlock(file)
        except FileNotFoundError:
            return False
        return False


def _exists(path: str) -> bool:
    # os.path.exists would return False for a file in a folder that cannot be read, and a run would count as absent.
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _read(path: str) -> Any | None:
    try:
        with open(path, "rb") as file:
            return json.loads(file.read())
    except FileNotFoundError:
        return None


def _write(path: str, value: Any) -> None:
    """Write JSON so that the file is whole or absent, also after a power failure."""
    write_whole(path, json.dumps(value).encode("ascii"))
    # The folder, too: without the sync, a power failure may undo the renaming.
    if sys.platform != "win32":
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
