"""Which process is at the other end of a connection, as the operating system tells."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from claw_discord_coord.errors import NotAuthorized
from claw_discord_coord.runtimes.command import processes
from claw_discord_coord.surfaces.peer import Peer, listening_process, own_marks
from claw_discord_coord.surfaces.unix_socket import listen, short_path, socket_file

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which process calls over TCP"),
]

CONNECT = """
import socket, sys, time
if sys.argv[1].isdigit():
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
else:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(sys.argv[1])
print("connected", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["tcp", "unix"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[socket.socket]:
    if request.param == "tcp":
        with socket.create_server(("127.0.0.1", 0)) as made:
            yield made
    else:
        made = listen(socket_file(tmp_path))
        assert made is not None
        made.listen()
        with made:
            yield made


def address_of(listener: socket.socket, tmp_path: Path) -> str:
    if listener.family == socket.AF_INET:
        return str(listener.getsockname()[1])
    return os.fspath(socket_file(tmp_path))


def caller(address: str, **environment: str) -> subprocess.Popen[str]:
    with short_path(Path(address)) if "/" in address else open(os.devnull) as path:  # noqa: PTH123
        where = path if "/" in address else address
        return subprocess.Popen(
            [sys.executable, "-c", CONNECT, str(where)],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=(),
            close_fds=False,
        )


async def test_a_process_is_known_by_its_mark_and_its_ancestors(listener: socket.socket, tmp_path: Path) -> None:
    with caller(address_of(listener, tmp_path), **{processes.MARK: "a-mark"}) as process:
        connection, _ = listener.accept()
        with connection:
            origin = await Peer(connection).origin()
        assert "a-mark" in origin.marks
        assert os.getpid() in origin.ancestors
        assert process.pid not in origin.ancestors
        process.kill()


async def test_a_process_that_has_ended_is_refused(listener: socket.socket, tmp_path: Path) -> None:
    with caller(address_of(listener, tmp_path)) as process:
        assert process.stdout is not None
        connection, _ = listener.accept()
        process.kill()
        process.wait()
        with connection, pytest.raises(NotAuthorized, match="has ended"):
            await Peer(connection).origin()


async def test_a_busy_process_is_found_whatever_files_it_opens_and_closes() -> None:
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            opened = [open(os.devnull) for _ in range(30)]  # noqa: PTH123, SIM115
            for file in opened:
                file.close()

    busy = [threading.Thread(target=churn) for _ in range(2)]
    for thread in busy:
        thread.start()
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            for _ in range(40):
                with socket.create_connection(server.getsockname()) as client:
                    connection, _ = server.accept()
                    with connection:
                        assert set((await Peer(connection).origin()).marks) == own_marks()
                    client.close()
    finally:
        stop.set()
        for thread in busy:
            thread.join()


def test_the_process_that_listens_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert listening_process(server.getsockname()[1]) == os.getpid()
    assert listening_process(1) is None
