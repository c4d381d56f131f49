"""Renders templates in a process of its own, with limits on time and memory.

Jinja2's sandbox forbids harmful calls, not endless work: nested loops, or a filter that pads a text to gigabytes. Only
the operating system can end such work. The process starts with the first template, stays for further templates, and
ends with its standard input, so also when the coordinator is killed.

Run as a file, this module is the process. The process imports only Jinja2, to start fast, and only after the process
ignores the signals that are meant for the coordinator.
"""

from __future__ import annotations

import atexit
import contextlib
import faulthandler
import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

MEMORY_BYTES = 1 << 30
"""The limit on the process's memory on Linux. Windows and macOS have a limit on time only."""

ALLOWANCE_S = 30.0
"""The time, beyond a template's limit, for the start and the end of the process."""


class Renderer:
    """The process, for use by the coordinator's threads. One template is rendered at a time."""

    def __init__(self, *, allowance_s: float = ALLOWANCE_S) -> None:
        """Prepare the renderer without starting the process."""
        self._allowance_s = allowance_s
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        atexit.register(self.close)

    def render(self, source: str, values: dict[str, object], *, limit_chars: int, limit_s: float) -> tuple[bool, str]:
        """Render one template, within `limit_s` and a short allowance.

        A process that hangs is killed after the allowance. A process that was killed by others is replaced once.

        Returns:
            Whether the template was rendered, and the text or else the reason.

        Raises:
            OSError: The process cannot be started now; the template may be valid.
        """
        request = {"source": source, "values": values, "limit_chars": limit_chars, "limit_s": limit_s}
        with self._turn:
            began_s = time.monotonic()
            line = self._exchange(_line(request), limit_s)
            # Before the limit only others can have ended the process, such as the system when memory was short.
            if not line and time.monotonic() - began_s < limit_s:
                line = self._exchange(_line(request), limit_s)
        if not line:
            return False, f"it took longer than {limit_s:g} s, or more memory than there is"
        result: dict[str, Any] = json.loads(line.decode(errors="surrogatepass"))
        return result["worked"], result["text"]

    def close(self) -> None:
        """Kill the process, also during a template. The next template starts another process."""
        process = self._process
        if process is not None:
            process.kill()  # first, or a thread that waits for the process would keep the lock until the limit
        with self._turn:
            self._end()

    def _exchange(self, request: bytes, limit_s: float) -> bytes:
        """Return the line that the process writes, or an empty line when the process has ended."""
        process = self._running()
        assert process.stdin is not None  # noqa: S101 - asked for
        assert process.stdout is not None  # noqa: S101 - asked for
        watch = threading.Timer(limit_s + self._allowance_s, process.kill)
        # A timer that still waits must not keep the coordinator from ending.
        watch.daemon = True
        try:
            watch.start()
        except RuntimeError as error:  # the system has no room for a thread
            raise OSError(str(error)) from None
        line = b""
        try:
            with contextlib.suppress(OSError):  # the process has ended; the empty line says so
                process.stdin.write(request)
                process.stdin.flush()
                line = process.stdout.readline()
        finally:
            watch.cancel()
            if not line.endswith(b"\n"):  # a late result must not be taken for that of the next template
                self._end()
                line = b""
        return line

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            # -P keeps modules of this folder from being taken for others of the same name.
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-P", __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _end(self) -> None:
        if self._process is not None:
            with contextlib.suppress(OSError), self._process:  # closing may find what was not read any more
                self._process.kill()
            self._process = None


def serve(requests: BinaryIO, results: BinaryIO) -> None:
    """Render one template for each line of JSON in `requests`, and write each result as a line.

    Nothing is escaped, since the results are Markdown.
    """
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)
    compiled = functools.lru_cache(maxsize=100)(environment.from_string)
    with Path(os.devnull).open("w") as nowhere:
        for line in requests:
            given: dict[str, Any] = json.loads(line.decode(errors="surrogatepass"))
            # A thread that needs no interpreter ends the process, so that no call into C can outlast it either.
            faulthandler.dump_traceback_later(given["limit_s"], exit=True, file=nowhere)
            try:
                result = {"worked": True, "text": _rendered(compiled(given["source"]), given)}
            except MemoryError:
                result = {"worked": False, "text": f"it needs more than {MEMORY_BYTES >> 20:,} MB of memory"}
            except Exception as error:  # noqa: BLE001 - filters raise errors of any type, and the caller reports each
                result = {"worked": False, "text": str(error) or type(error).__name__}
            faulthandler.cancel_dump_traceback_later()
            results.write(_line(result))
            results.flush()


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass") + b"\n"


def _rendered(template: Any, given: dict[str, Any]) -> str:
    """Render piece by piece, up to the limit, after turning JSON's lists into tuples."""
    values = cast("dict[str, str | bool | list[str]]", given["values"])
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    pieces: list[str] = []
    room = given["limit_chars"]
    for piece in template.generate(values):
        room -= len(piece)
        if room < 0:
            raise ValueError(f"it writes more than {given['limit_chars']:,} characters")
        pieces.append(piece)
    return "".join(pieces)


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    # Without the limit where the system refuses one (macOS): the time limit still holds.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    # Ctrl-C, and the end that a service manager sends to all of a service, are meant for the program, which may still
    # have to render; this process ends with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _limit_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)
