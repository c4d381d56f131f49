"""The process between the coordinator and one program; outlives the coordinator.

The supervisor locks a run's folder, so that no two supervisors ever start the same run. Then the supervisor starts the
program, stores the output, enforces the limits, ends every process of the run, and writes exit.json. `main(folder)`
runs in a Python without site packages, and prints one word when the program has been started or will not be.
"""

# Standard library only, without subprocess, pathlib and typing: there is one supervisor for each run, and imports are
# nearly all of a supervisor's memory and of the CPU that starting one takes.

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time

from claw_discord_coord.private_files import open_private
from claw_discord_coord.runtimes.command import processes, spawn
from claw_discord_coord.runtimes.command.run_folder import RunFolder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType
    from typing import IO

    from claw_discord_coord.runtimes.command.run_files import Exit, Order, Reason

_STDERR_KEPT_BYTES = 256_000
"""How much of the end of standard error is stored."""
_DRAIN_S = 5.0
"""How long to read the rest of the output after every process that could write has ended."""
# Windows has no signal that tells of a stop request, so the supervisor looks for the file.
_LOOK_S = 0.25 if sys.platform == "win32" else None
"""How often to look for a stop request; None where a signal comes."""
_PR_SET_CHILD_SUBREAPER = 36
"""Source: prctl(2), linux/prctl.h."""


def main(path: str) -> None:
    """Carry out the run in the folder at `path`, unless another supervisor took the run or the run has ended."""
    events: queue.SimpleQueue[str] = queue.SimpleQueue()
    signal.signal(signal.SIGTERM, _put_on_signal(events, "terminated"))
    folder = RunFolder(path)
    with folder.lock() as locked:
        if locked and folder.phase() not in ("ended", "running", "abandoned"):
            _carry_out(folder, events)
        else:
            _print_word("taken")
        # Threads may still wait for a process that could not be ended; they must not keep this one alive.
        os._exit(0)


def _put_on_signal(events: queue.SimpleQueue[str], event: str) -> Callable[[int, FrameType | None], None]:
    """Return a signal handler that puts `event`."""
    # A handler may interrupt any other `put`; SimpleQueue is the only queue that is reentrant.
    return lambda _number, _frame: events.put(event)


def _carry_out(folder: RunFolder, events: queue.SimpleQueue[str]) -> None:
    order = folder.order()
    if folder.stop_requested() or order is None:
        folder.write_exit(_exit("stopped"))
        return _print_word("stopped")
    # Before the program starts, so that no process of the run escapes.
    _adopt_orphans(events)
    # Before the program starts: when the supervisor dies in between, the run counts as lost and never starts twice.
    folder.write_started({"pid": os.getpid()})
    try:
        program = spawn.start(
            order["command"], order["folder"], {**order["environment"], processes.MARK: order["mark"]}
        )
    except spawn.NotStarted as reason:
        error = f"The program {order['command'][0]} could not be started in {order['folder']}: {reason}."
        folder.write_exit(_exit("not_started", error=error))
        return _print_word("not started")
    _print_word("started")
    folder.write_program({"pid": program.pid, "born": processes.born(program.pid)})
    folder.write_exit(_Supervision(folder, order, program, events).until_end())
    return None


def _exit(
    reason: Reason, *, code: int | None = None, error: str | None = None, survivors: list[int] | None = None
) -> Exit:
    return {
        "exit_code": code,
        "reason": reason,
        "ended_at": time.time(),
        "error": error,
        "survivors": survivors or [],
    }


class _Supervision:
    """One program from start to end.

    Threads write the brief and store the output. The main thread waits for the first event that ends the program: an
    exit, the time limit, the output limit, or a request from outside.
    """

    def __init__(self, folder: RunFolder, order: Order, program: spawn.Program, events: queue.SimpleQueue[str]) -> None:
        self._folder = folder
        self._order = order
        self._program = program
        self._events = events
        self._code: int | None = None
        self._error: str | None = None
        self._output_failure: Reason | None = None

    def until_end(self) -> Exit:
        deadline = time.monotonic() + self._order["timeout_s"]
        self._thread(self._feed)
        readers = [self._thread(self._store_output), self._thread(self._store_stderr)]
        waiting = self._thread(self._wait)
        reason = self._first_reason(deadline)
        # Also after a plain exit: processes that the program left running belong to the run and end with the program.
        survivors = processes.end(self._left, grace_s=self._order["grace_s"])
        for thread in (*readers, waiting):
            thread.join(_DRAIN_S)
        if reason == "exited" and self._output_failure is not None:
            reason = self._output_failure
        return _exit(reason, code=self._code, error=self._error, survivors=survivors)

    def _first_reason(self, deadline: float) -> Reason:
        while True:
            event = self._next_event(deadline)
            # First: the coordinator writes the request and then sends SIGTERM, which alone means "terminated".
            if self._folder.stop_requested():
                return "stopped"
            if event == "child":
                _collect_orphans(self._program.pid)
            elif event == "output" and self._output_failure is not None:
                return self._output_failure
            elif event == "exited" or event == "timeout" or event == "terminated":
                return event

    def _next_event(self, deadline: float) -> str:
        remaining = deadline - time.monotonic()
        try:
            return self._events.get(timeout=max(0.0, min(remaining, _LOOK_S or remaining)))
        except queue.Empty:
            return "timeout" if time.monotonic() >= deadline else "look"

    def _left(self) -> list[processes.Process]:
        return processes.of_run(self._order["mark"], supervisor=os.getpid())

    def _thread(self, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def _wait(self) -> None:
        self._code = self._program.wait()
        self._events.put("exited")

    def _feed(self) -> None:
        """Write the brief to the program's standard input."""
        # A program may close its input or end without reading; the run has not failed then.
        pipe = self._program.stdin
        rest = memoryview(json.dumps(self._order["brief"]).encode("ascii") + b"\n")
        with contextlib.suppress(OSError):
            while rest:
                rest = rest[pipe.write(rest) :]
        with contextlib.suppress(OSError):
            pipe.close()

    def _store_output(self) -> None:
        pipe = self._program.stdout
        room = self._order["output_limit_bytes"]
        with open_private(self._folder.output, "ab", buffering=0) as file:
            # Read to the end even after a failure: a program that writes to a full pipe cannot end by itself.
            while chunk := pipe.read(65_536):
                if self._output_failure is None:
                    self._write(file, chunk[:room])
                    room -= len(chunk)
                if room < 0 and self._output_failure is None:
                    self._fail("output_limit")

    def _store_stderr(self) -> None:
        pipe = self._program.stderr
        with open_private(self._folder.stderr, "ab+", buffering=0) as file:
            while chunk := pipe.read(65_536):
                if file.tell() > 2 * _STDERR_KEPT_BYTES:
                    file.seek(-_STDERR_KEPT_BYTES, os.SEEK_END)
                    tail = file.read()
                    file.truncate(0)
                    self._write(file, tail)
                self._write(file, chunk)

    def _write(self, file: IO[bytes], chunk: bytes) -> None:
        try:
            while chunk and self._output_failure != "unwritable":
                chunk = chunk[file.write(chunk) :]
        except OSError as error:
            self._error = f"The program's output could not be written to {self._folder.path}: {error.strerror}."
            self._fail("unwritable")

    def _fail(self, reason: Reason) -> None:
        self._output_failure = reason
        self._events.put("output")


def _print_word(word: str) -> None:
    """Print the word that the coordinator waits for, and close standard output."""
    with contextlib.suppress(OSError):  # the coordinator may have died meanwhile
        os.write(1, word.encode("ascii") + b"\n")
    # Replaced and not closed, so that no file opened later gets the number 1.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.close(nothing)


def _adopt_orphans(events: queue.SimpleQueue[str]) -> None:
    """On Linux, become the parent of every process of the run whose parent ends, so that no process escapes."""
    if sys.platform != "linux":
        return
    import ctypes

    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0:
        signal.signal(signal.SIGCHLD, _put_on_signal(events, "child"))


def _collect_orphans(program: int) -> None:
    """Collect adopted processes that have ended, but not the program."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            # The program's exit code belongs to the thread that waits for the program.
            if ended.si_pid == program:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)
