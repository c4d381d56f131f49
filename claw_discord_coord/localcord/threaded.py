"""A local Discord in a thread of its own, for code that has no event loop or blocks its own."""

import asyncio
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from .limits import Limits
from .ready import Ready
from .server import BOTS, PEOPLE, LocalDiscord

T = TypeVar("T")


class ThreadedDiscord:
    """A running local Discord, usable from any thread but its own.

    `ready`, `api_base`, `gateway_url` and `page` say where it is; `call` runs something on the server's own loop.
    """

    def __init__(self, local: LocalDiscord, loop: asyncio.AbstractEventLoop) -> None:
        self._local = local
        self._loop = loop
        self.ready: Ready = local.ready
        self.api_base = local.api_base
        self.gateway_url = local.gateway_url
        self.page = local.page

    def call(self, action: Callable[[LocalDiscord], T]) -> T:
        """Run `action(local)` on the server's loop and answer its result, e.g. `call(lambda d: d.faults.down())`."""

        async def run() -> T:
            return action(self._local)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=30)

    @staticmethod
    @contextmanager
    def serve(
        port: int = 0,
        data: Path | None = None,
        limits: bool | Limits = False,
        *,
        bots: Sequence[str] = BOTS,
        people: Sequence[str] = PEOPLE,
    ) -> "Generator[ThreadedDiscord]":
        """Serve until the context ends; see `LocalDiscord.serve`."""
        started: Future[tuple[LocalDiscord, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

        async def run() -> None:
            stop = asyncio.Event()
            async with LocalDiscord.serve(port, data, limits, bots=bots, people=people) as local:
                started.set_result((local, asyncio.get_running_loop(), stop))
                await stop.wait()

        def body() -> None:
            try:
                asyncio.run(run())
            except BaseException as error:
                if started.done():
                    raise
                started.set_exception(error)

        thread = threading.Thread(target=body, name="local Discord", daemon=True)
        thread.start()
        local, loop, stop = started.result(timeout=30)
        try:
            yield ThreadedDiscord(local, loop)
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join(timeout=30)
