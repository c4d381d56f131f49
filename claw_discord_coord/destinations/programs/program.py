"""Runs a program without a shell, with limits on time and output, and leaves no process behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

# Any other variable of the coordinator may hold a secret, such as a token that skill.yaml refers to.
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TMPDIR",
    "TZ",
    "USER",
    "LOGNAME",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
)
"""The variables of the coordinator's environment that a program gets."""

# A process that left the program's group survives the kill and may hold the pipes open for ever.
PIPES_TIMEOUT_S = 5.0
"""How long to wait for the pipes of a killed program to close."""

_CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class ProgramExit:
    """The exit code of a program, and all output."""

    exit_code: int
    stdout: bytes
    stderr: bytes


class ProgramMissingError(Exception):
    """The program does not exist or may not be run; the message is a sentence."""


class OutputTooLongError(Exception):
    """The program printed more than the limit, and was killed."""


@dataclass(frozen=True)
class Program:
    """A program with arguments, folder, environment and limits.

    `env` is added to the variables in `PASSED_ON`.
    """

    command: tuple[str, ...]
    folder: Path
    timeout_s: float
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    output_limit_bytes: int = 10_000_000

    async def run(self, stdin: bytes = b"") -> ProgramExit:
        """Run the program to the end. On an error or cancellation the program and all children are killed.

        Raises:
            ProgramMissingError: the program cannot be started.
            OutputTooLongError: the program printed more than `output_limit_bytes`.
            TimeoutError: the program took longer than `timeout_s`.

        """
        process = await self._start()
        try:
            async with asyncio.timeout(self.timeout_s), asyncio.TaskGroup() as group:
                # All three pipes at once: a program that waits for one of them to be emptied would never end.
                group.create_task(_feed(process, stdin))
                stdout = group.create_task(_read(process.stdout, self.output_limit_bytes))
                stderr = group.create_task(_read(process.stderr, self.output_limit_bytes))
                exit_code = await process.wait()
        except* OutputTooLongError as group_error:
            raise OutputTooLongError from group_error
        finally:
            await _kill(process)
        return ProgramExit(exit_code, stdout.result(), stderr.result())

    async def _start(self) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=self.folder,
                env={**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, **self.env},
                # A session of its own, and with it a process group that can be killed as a whole.
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ProgramMissingError(f"{self.command[0]} cannot be run: {reason}.") from None


async def _feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    if process.stdin is not None:
        # A program need not read its input; it may have ended already.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(data)
            await process.stdin.drain()
        process.stdin.close()


async def _read(stream: asyncio.StreamReader | None, limit_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while stream is not None and (piece := await stream.read(_CHUNK_BYTES)):
        size += len(piece)
        if size > limit_bytes:
            raise OutputTooLongError
        pieces.append(piece)
    return b"".join(pieces)


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Kill the program, the children, and the rest of the process group."""
    if process.returncode is None:
        # The children first, as long as their parent is known: a child may have a process group of its own.
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    # A program that ended by itself may have left children in its group. Windows has no process groups.
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, 9)
    # Shielded: a cancellation must not leave a process behind without a wait for its end.
    await asyncio.shield(_closed(process))


async def _closed(process: asyncio.subprocess.Process) -> None:
    """Wait until the process is gone and the pipes are empty."""
    # Before Python 3.13, `wait` hangs on a pipe that is full (cpython#119710); delete the emptying with 3.12.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PIPES_TIMEOUT_S), asyncio.TaskGroup() as group:
            group.create_task(_empty(process.stdout))
            group.create_task(_empty(process.stderr))
            await process.wait()


async def _empty(stream: asyncio.StreamReader | None) -> None:
    while stream is not None and await stream.read(_CHUNK_BYTES):
        pass
