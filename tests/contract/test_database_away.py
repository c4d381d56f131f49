"""PostgreSQL that is away for a moment holds work up for a moment only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from claw_discord_coord.models import TaskState
from tests.contract.memory_workspace import MemoryWorkspace
from tests.house import ScriptedRuntime, open_house, settings

pytestmark = [pytest.mark.anyio, pytest.mark.postgresql]

LIMIT_S = 5.0
"""The longest pause after the return of the server."""


class Cable:
    """Passes connections on to the server until it is cut."""

    def __init__(self, url: str) -> None:
        self._target = make_url(url)
        self._listener: socket.socket | None = None
        self._port = 0
        self._ends: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return self._target.set(host="127.0.0.1", port=self._port).render_as_string(hide_password=False)

    def plug_in(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self._port))
        self._port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        assert self._listener is not None
        for end in (self._listener, *self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = listener.accept()[0]
                far = socket.create_connection((self._target.host, self._target.port))
                self._ends |= {near, far}
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=pair, daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def cable(postgresql_url: str) -> Iterator[Cable]:
    cable = Cable(postgresql_url)
    cable.plug_in()
    yield cable
    cable.cut()


@pytest.mark.parametrize("away_s", [2.0, 8.0])
async def test_all_work_goes_on_soon_after_the_server_is_back(tmp_path: Path, cable: Cable, away_s: float) -> None:
    async with open_house(tmp_path, settings(), MemoryWorkspace(), ScriptedRuntime(), cable.url) as house:
        tasks = [await house.spawn(f"report {number}", kind="intern", agent="writing") for number in range(6)]
        first, second = [await house.running(task.id) for task in tasks[:2]]
        cable.cut()
        house.runtime.complete(first, "done")
        await asyncio.sleep(away_s)
        cable.plug_in()
        back = time.monotonic()
        house.runtime.complete(second, "done")
        for task in tasks[2:]:
            house.runtime.complete(await house.running(task.id), "done")
        for task in tasks:
            assert (await house.closed(task.id)).state is TaskState.COMPLETED
        assert time.monotonic() - back < LIMIT_S
