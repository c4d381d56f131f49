"""Starts a program with three pipes, in a session of its own."""

# On POSIX without the module subprocess, which would be a quarter of the CPU and of the memory of every supervisor.

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from io import FileIO
    from typing import IO, Literal


class NotStarted(Exception):
    """The program cannot be started; the message is the reason."""


class Program:
    """A program that was started. The pipes are not buffered. `wait` returns the exit code, negative for a signal."""

    def __init__(self, pid: int, pipes: Sequence[IO[bytes]], wait: Callable[[], int]) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = pipes
        self.wait = wait


if sys.platform == "win32":
    import subprocess

    def start(command: list[str], folder: str, environment: Mapping[str, str]) -> Program:
        """Start the program in the folder, with exactly this environment.

        Raises:
            NotStarted: The program or the folder does not exist or cannot be used.
        """
        try:
            child = subprocess.Popen(  # noqa: S603  # the command is skill.yaml's; task text is never part of it
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
                bufsize=0,
            )
        except (OSError, ValueError) as error:
            raise NotStarted(_reason(error)) from None
        pipes = [pipe for pipe in (child.stdin, child.stdout, child.stderr) if pipe is not None]
        return Program(child.pid, pipes, child.wait)

else:

    def start(command: list[str], folder: str, environment: Mapping[str, str]) -> Program:
        """Start the program in the folder, with exactly this environment. This process must have no other thread.

        Raises:
            NotStarted: The program or the folder does not exist or cannot be used.
        """
        try:
            (stdin, feed), (output, stdout), (errors, stderr) = os.pipe(), os.pipe(), os.pipe()
            # Closed by a successful exec, so that reading the other end then returns nothing.
            failure, failing = os.pipe()
            pid = os.fork()
        except OSError as error:
            raise NotStarted(_reason(error)) from None
        if pid == 0:
            _become(command, folder, environment, (stdin, stdout, stderr), failing)
        for descriptor in (stdin, stdout, stderr, failing):
            os.close(descriptor)
        with _opened(failure, "rb") as pipe:
            reason = pipe.read()
        if reason:
            os.waitpid(pid, 0)
            raise NotStarted(reason.decode())
        pipes = (_opened(feed, "wb"), _opened(output, "rb"), _opened(errors, "rb"))
        return Program(pid, pipes, lambda: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    def _become(
        command: list[str], folder: str, environment: Mapping[str, str], streams: Sequence[int], failing: int
    ) -> None:
        """Turn the forked process into the program; never returns."""
        try:
            os.setsid()
            for number, descriptor in enumerate(streams):
                os.dup2(descriptor, number)
            # Python ignores these signals, and a program would inherit that.
            for number in (signal.SIGPIPE, signal.SIGXFSZ):
                signal.signal(number, signal.SIG_DFL)
            os.chdir(folder)
            os.execve(command[0], command, environment)  # noqa: S606  # the command is skill.yaml's, never a task's text
        except (OSError, ValueError) as error:
            os.write(failing, _reason(error).encode(errors="replace"))
        finally:
            os._exit(127)

    def _opened(descriptor: int, mode: Literal["rb", "wb"]) -> FileIO:
        return open(descriptor, mode, buffering=0)


def _reason(error: OSError | ValueError) -> str:
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)
