"""A run's folder: the files by which the coordinator and a run's supervisor know of each other, whoever is killed.

    order.json     what to do; written by the coordinator before it starts a supervisor
    lock           held by the supervisor for as long as it lives
    started.json   written by the supervisor, with the lock held, before it starts the program: it is taken for good
    program.json   the program's process, written right after its start
    output.log     what the program printed, as it came
    stderr.log     what it complained about; the end of it, when it is much
    stop           the coordinator wants the run ended
    exit.json      how the run ended; whoever writes it holds the lock, and nothing happens after it
    reported       how far output.log has been reported as progress
    outcome.json   what `watch` answered, so that it answers the same again

Standard library only, and little of it: the supervisor loads this module before every run.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

from claw_discord_coord.runtimes.command.file_lock import try_lock, unlock

Reason = Literal["exited", "timeout", "output_limit", "unwritable", "stopped", "not_started", "terminated", "lost"]
"""Why a run ended. `unwritable`: its output could not be kept. `terminated`: the supervisor was told to end by
someone other than the coordinator, such as the system shutting down. `lost`: the supervisor was gone, and nobody saw
how the program ended.
"""

Phase = Literal["absent", "waiting", "running", "abandoned", "ended"]
"""Where a run stands. `waiting`: ordered, but no supervisor has taken it. `abandoned`: its supervisor is gone without
a word.
"""


class Order(TypedDict):
    """What a supervisor must know, as order.json. Paths are absolute; `mark` is set in the environment of all the run
    starts.
    """

    command: list[str]
    folder: str
    environment: dict[str, str]
    brief: dict[str, Any]
    mark: str
    timeout_s: float
    output_limit_bytes: int
    grace_s: float


class Started(TypedDict):
    """The supervisor's process, as started.json."""

    pid: int


class Program(TypedDict):
    """The program's process, as program.json; `born` tells it from a later process of the same number."""

    pid: int
    born: str


class Exit(TypedDict):
    """How a run ended, as exit.json: `exit_code` is negative for a signal and null when unknown, `ended_at` is
    seconds since 1970, `error` a sentence where the reason needs one, `survivors` the processes that could not be
    ended.
    """

    exit_code: int | None
    reason: Reason
    ended_at: float
    error: str | None
    survivors: list[int]


class RunFolder:
    """One run's folder at `path`, which need not exist yet. Every file in it is written whole or not at all."""

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
        """Make the folder, readable by its owner alone: the order holds the task's token."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def phase(self) -> Phase:
        """Where the run stands. Cheap: a few file look-ups."""
        if self._exit.exists():
            return "ended"
        if not self._started.exists():
            return "waiting" if self.path.exists() else "absent"
        if self.is_locked():
            return "running"
        return "ended" if self._exit.exists() else "abandoned"

    def order(self) -> Order | None:
        """What was ordered."""
        return cast("Order | None", _read(self._order))

    def write_order(self, order: Order) -> None:
        """Say what to do; of several orders the last before the start counts."""
        _write(self._order, order)

    def started(self) -> Started | None:
        """The supervisor that took the run; it may be gone by now."""
        return cast("Started | None", _read(self._started))

    def write_started(self, started: Started) -> None:
        """Take the run for good; to be called with the lock held."""
        _write(self._started, started)

    def program(self) -> Program | None:
        """The program that was started; it may be gone by now."""
        return cast("Program | None", _read(self._program))

    def write_program(self, program: Program) -> None:
        """Remember the program's process."""
        _write(self._program, program)

    def exit(self) -> Exit | None:
        """How the run ended, or None while nobody has said so."""
        return cast("Exit | None", _read(self._exit))

    def write_exit(self, end: Exit) -> None:
        """Say how the run ended; to be called with the lock held."""
        _write(self._exit, end)

    def outcome(self) -> Any | None:
        """What `watch` answered before, as JSON."""
        return _read(self._outcome)

    def write_outcome(self, outcome: Any) -> None:
        """Keep what `watch` answers."""
        _write(self._outcome, outcome)

    def request_stop(self) -> None:
        """Ask for the run's end; it holds also for a supervisor that starts later."""
        self.create()
        self._stop.touch()

    def stop_requested(self) -> bool:
        """Whether the coordinator has asked for the run's end."""
        return self._stop.exists()

    def reported(self) -> int:
        """How many bytes of output.log have been reported."""
        try:
            return int(self._reported.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def write_reported(self, offset: int) -> None:
        """Remember how far output.log has been reported; may be lost in a crash, which only repeats progress."""
        self._reported.write_text(str(offset), encoding="ascii")

    @contextlib.contextmanager
    def lock(self) -> Generator[bool]:
        """Take the lock without waiting; false when another process has it. It is freed when its holder dies."""
        with self._lock.open("ab") as file:
            held = try_lock(file, shared=False)
            try:
                yield held
            finally:
                if held:
                    unlock(file)

    def is_locked(self) -> bool:
        """Whether somebody holds the lock."""
        try:
            file = self._lock.open("rb+")
        except FileNotFoundError:
            return False
        with file:
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
    """Write JSON so that the file is there whole or not at all, also after a power failure."""
    temporary = path.with_name(f"{path.name}.{os.urandom(6).hex()}")
    with temporary.open("xb") as file:
        file.write(json.dumps(value).encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    if sys.platform != "win32":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
