"""Runs a program without a shell, with limits on time and output, and leaves nothing of it behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

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
"""The variables a program gets of ours; the rest may hold secrets."""

PATIENCE_S = 5.0
"""How long to wait for a killed program's pipes to close; something that left its group may hold them open."""


@dataclass(frozen=True)
class Ended:
    """How a program ended, and all that it printed."""

    exit_code: int
    stdout: bytes
    stderr: bytes


class ProgramMissingError(Exception):
    """There is no such program, or it may not be run; the message is a sentence."""


class OutputTooLongError(Exception):
    """The program printed more than it may, and was ended."""


async def run(
    command: Sequence[str],
    *,
    folder: Path,
    timeout_s: float,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    output_limit_bytes: int = 10_000_000,
) -> Ended:
    """Run the program to its end. On a time-out, too much output, or cancellation it is ended with all it started.

    Raises:
        ProgramMissingError: it cannot be started.
        OutputTooLongError: it printed more than `output_limit_bytes`.
        TimeoutError: it took longer than `timeout_s`.

    """
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            env={**{name: os.environ[name] for name in PASSED_ON if name in os.environ}, **(env or {})},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ProgramMissingError(f"{command[0]} cannot be run: {reason}.") from None
    try:
        async with asyncio.timeout(timeout_s), asyncio.TaskGroup() as group:
            group.create_task(_feed(process, stdin))
            stdout = group.create_task(_read(process.stdout, output_limit_bytes))
            stderr = group.create_task(_read(process.stderr, output_limit_bytes))
            exit_code = await process.wait()
    except* OutputTooLongError as group_error:
        raise OutputTooLongError from group_error
    finally:
        await _end(process)
    return Ended(exit_code, stdout.result(), stderr.result())


async def _feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # a program need not read what it is given
            process.stdin.write(data)
            await process.stdin.drain()
        process.stdin.close()


async def _read(stream: asyncio.StreamReader | None, limit_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while stream is not None and (piece := await stream.read(65_536)):
        size += len(piece)
        if size > limit_bytes:
            raise OutputTooLongError
        pieces.append(piece)
    return b"".join(pieces)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End what is left of the program: itself, its children, and the group it was started in."""
    if process.returncode is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, 9)
    await asyncio.shield(_gone(process))


async def _gone(process: asyncio.subprocess.Process) -> None:
    """Wait until it is gone, emptying its pipes: before Python 3.13, `wait` hangs on a full one (cpython#119710)."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            group.create_task(_empty(process.stdout))
            group.create_task(_empty(process.stderr))
            await process.wait()


async def _empty(stream: asyncio.StreamReader | None) -> None:
    while stream is not None and await stream.read(65_536):
        pass
