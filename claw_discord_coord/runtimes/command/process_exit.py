"""Notices the end of a process that need not be our child."""

from __future__ import annotations

import asyncio
import os
import sys


class ProcessExit:
    """Waits for a process to end: told by the system where it can be (Linux's pidfd, pidfd_open(2)), else just
    waiting the given time.

    A context manager, to be used inside a running event loop.
    """

    def __init__(self, pid: int) -> None:
        self._gone = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._descriptor = self._open(pid)
        if self._descriptor is not None:
            self._loop.add_reader(self._descriptor, self._noticed)

    def __enter__(self) -> ProcessExit:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    async def within(self, delay_s: float) -> None:
        """Return when the process has ended, and at the latest after `delay_s`; the caller looks for itself which it
        was.
        """
        if self._gone.is_set():
            await asyncio.sleep(delay_s)
            return
        try:
            async with asyncio.timeout(delay_s):
                await self._gone.wait()
        except TimeoutError:
            return

    def _noticed(self) -> None:
        self._gone.set()
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)

    @staticmethod
    def _open(pid: int) -> int | None:
        if sys.platform != "linux":
            return None
        try:
            return os.pidfd_open(pid)
        except OSError:
            return None  # gone already, an old kernel, or no descriptors left: then looking now and then has to do
