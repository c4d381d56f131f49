"""Waits for the end of a process that is not a child of this process."""

from __future__ import annotations

import asyncio
import os
import sys


class ProcessExit:
    """A context manager that waits for the end of a process, inside a running event loop.

    On Linux the system reports the end (pidfd_open(2)); elsewhere `within` only waits for its time.
    """

    def __init__(self, pid: int) -> None:
        self._ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._descriptor = self._open(pid)
        if self._descriptor is not None:
            self._loop.add_reader(self._descriptor, self._set)

    def __enter__(self) -> ProcessExit:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    async def within(self, delay_s: float) -> None:
        """Return when the process has ended, after `delay_s` at the latest; the caller checks which is the case."""
        if self._ended.is_set():
            # The caller waits for files of the ended process: without a pause, its loop would take all of the CPU.
            await asyncio.sleep(delay_s)
            return
        try:
            async with asyncio.timeout(delay_s):
                await self._ended.wait()
        except TimeoutError:
            return

    def _set(self) -> None:
        self._ended.set()
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)

    @staticmethod
    def _open(pid: int) -> int | None:
        if sys.platform != "linux":
            return None
        try:
            return os.pidfd_open(pid)
        except OSError:
            # The process has ended, the kernel is old, or no descriptor is free: `within` then only waits.
            return None
