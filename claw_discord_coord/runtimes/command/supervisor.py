"""The process that stands between the coordinator and one program, and outlives the coordinator.

It takes a run's folder for itself (an operating-system lock, so that no two ever start the same run), starts the
program, keeps what it prints, holds it to its limits, ends all it started, and says at last how it ended. Run as
`supervisor.main(folder)` in a Python without site packages; it answers one word on standard output when the program
has been started, or will not be.

Standard library only, so that it is there in a few hundredths of a second.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO

from claw_discord_coord.runtimes.command import processes
from claw_discord_coord.runtimes.command.run_folder import Exit, Order, Reason, RunFolder

_STDERR_KEPT_BYTES = 256_000
"""How much of the end of a program's complaints is kept."""
_DRAIN_S = 5.0
"""How long to wait for the last of the output once everything that could write it has ended."""
_LOOK_S = 0.25 if sys.platform == "win32" else None
"""How often to look for a stop request where there is no signal that brings it."""
_PR_SET_CHILD_SUBREAPER = 36
"""Source: prctl(2), linux/prctl.h."""


def main(path: str) -> None:
    """Carry out the run in the folder at `path`, unless it has been taken or has ended."""
    wishes: queue.SimpleQueue[str] = queue.SimpleQueue()
    signal.signal(signal.SIGTERM, _wish(wishes, "terminated"))
    folder = RunFolder(Path(path))
    with folder.lock() as held:
        if held and folder.phase() not in ("ended", "running", "abandoned"):
            _carry_out(folder, wishes)
        else:
            _answer("taken")
        # Threads may still wait for a process that could not be ended; they must not keep this one alive.
        os._exit(0)


def _wish(wishes: queue.SimpleQueue[str], word: str) -> Callable[[int, FrameType | None], None]:
    """A signal handler; it may run at any moment, which of all queues only this kind allows."""
    return lambda _number, _frame: wishes.put(word)


def _carry_out(folder: RunFolder, wishes: queue.SimpleQueue[str]) -> None:
    order = folder.order()
    if folder.stop_requested() or order is None:
        folder.write_exit(_exit("stopped"))
        return _answer("stopped")
    _adopt_orphans(wishes)
    folder.write_started({"pid": os.getpid()})
    try:
        program = _start(order)
    except (OSError, ValueError) as error:
        folder.write_exit(_exit("not_started", error=_why_not_started(order, error)))
        return _answer("not started")
    _answer("started")
    folder.write_program({"pid": program.pid, "born": processes.born(program.pid)})
    folder.write_exit(_Supervision(folder, order, program, wishes).until_end())
    return None


def _start(order: Order) -> subprocess.Popen[bytes]:
    environment = {**order["environment"], processes.MARK: order["mark"]}
    flags = subprocess.CREATE_NEW_PROCESS_GROUP if sys.platform == "win32" else 0
    return subprocess.Popen(  # noqa: S603  # the command is skill.yaml's; task text is never part of it
        order["command"],
        cwd=order["folder"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        creationflags=flags,
        bufsize=0,
    )


def _why_not_started(order: Order, error: OSError | ValueError) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"The program {order['command'][0]} could not be started in {order['folder']}: {reason}."


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
    """One program from its start to its end. Threads feed it and keep what it prints; the main thread waits for the
    first thing that ends it: its own exit, its time, its output, or a wish from outside.
    """

    def __init__(
        self, folder: RunFolder, order: Order, program: subprocess.Popen[bytes], wishes: queue.SimpleQueue[str]
    ) -> None:
        self._folder = folder
        self._order = order
        self._program = program
        self._wishes = wishes
        self._error: str | None = None
        self._broken: Reason | None = None

    def until_end(self) -> Exit:
        deadline = time.monotonic() + self._order["timeout_s"]
        self._thread(self._feed)
        readers = [self._thread(self._keep_output), self._thread(self._keep_stderr)]
        self._thread(self._wait)
        reason = self._first_reason(deadline)
        # Also after a plain exit: what the program left running in the background belongs to the run and ends with it.
        survivors = processes.end(self._left, grace_s=self._order["grace_s"])
        for reader in readers:
            reader.join(_DRAIN_S)
        if reason == "exited" and self._broken is not None:
            reason = self._broken
        return _exit(reason, code=self._code(), error=self._error, survivors=survivors)

    def _first_reason(self, deadline: float) -> Reason:
        while True:
            remaining = deadline - time.monotonic()
            try:
                wish = self._wishes.get(timeout=max(0.0, min(remaining, _LOOK_S or remaining)))
            except queue.Empty:
                wish = "timeout" if time.monotonic() >= deadline else "look"
            if self._folder.stop_requested():
                return "stopped"
            if wish == "child":
                _bury_orphans(self._program.pid)
            elif wish == "broken" and self._broken is not None:
                return self._broken
            elif wish == "exited" or wish == "timeout" or wish == "terminated":
                return wish

    def _left(self) -> list[processes.Process]:
        return processes.of_run(self._order["mark"], supervisor=os.getpid())

    def _code(self) -> int | None:
        try:
            return self._program.wait(timeout=_DRAIN_S)
        except subprocess.TimeoutExpired:
            return None

    def _thread(self, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def _wait(self) -> None:
        self._program.wait()
        self._wishes.put("exited")

    def _feed(self) -> None:
        """Give the program its brief; one that does not want it may close its input or end."""
        pipe = _pipe(self._program.stdin)
        rest = memoryview(json.dumps(self._order["brief"]).encode("ascii") + b"\n")
        with contextlib.suppress(OSError):
            while rest:
                rest = rest[pipe.write(rest) :]
        with contextlib.suppress(OSError):
            pipe.close()

    def _keep_output(self) -> None:
        pipe = _pipe(self._program.stdout)
        room = self._order["output_limit_bytes"]
        with self._folder.output.open("ab", buffering=0) as file:
            while chunk := pipe.read(65_536):
                if self._broken is None:
                    self._write(file, chunk[:room])
                    room -= len(chunk)
                if room < 0 and self._broken is None:
                    self._break("output_limit")

    def _keep_stderr(self) -> None:
        pipe = _pipe(self._program.stderr)
        with self._folder.stderr.open("ab+", buffering=0) as file:
            while chunk := pipe.read(65_536):
                if file.tell() > 2 * _STDERR_KEPT_BYTES:
                    file.seek(-_STDERR_KEPT_BYTES, os.SEEK_END)
                    kept = file.read()
                    file.truncate(0)
                    self._write(file, kept)
                self._write(file, chunk)

    def _write(self, file: IO[bytes], chunk: bytes) -> None:
        try:
            while chunk and self._broken != "unwritable":
                chunk = chunk[file.write(chunk) :]
        except OSError as error:
            self._error = f"What the program prints could not be kept in {self._folder.path}: {error.strerror}."
            self._break("unwritable")

    def _break(self, reason: Reason) -> None:
        self._broken = reason
        self._wishes.put("broken")


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("the program was started without this pipe")
    return pipe


def _answer(word: str) -> None:
    """Tell the coordinator that the start is decided, and let go of its pipe. It may have died in the meantime."""
    with contextlib.suppress(OSError):
        os.write(1, word.encode("ascii") + b"\n")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.close(nothing)


def _adopt_orphans(wishes: queue.SimpleQueue[str]) -> None:
    """On Linux, become the parent of every process of the run that loses its own, so that none gets out of sight."""
    if sys.platform != "linux":
        return
    import ctypes

    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0:
        signal.signal(signal.SIGCHLD, _wish(wishes, "child"))


def _bury_orphans(program: int) -> None:
    """Collect adopted processes that have ended, but not the program itself: its exit code belongs to the one that
    waits for it.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(ChildProcessError):
        while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if ended.si_pid == program:
                return
            os.waitpid(ended.si_pid, os.WNOHANG)
