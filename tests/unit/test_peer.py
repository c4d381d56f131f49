"""Which process is at the other end of a connection, as the operating system tells."""

from __future__ import annotations

import contextlib
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
from claw_discord_coord.surfaces.peer import Origin, Peer
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


def caller(address: str, *, program: str = CONNECT, **environment: str) -> subprocess.Popen[str]:
    with short_path(Path(address)) if "/" in address else open(os.devnull) as path:  # noqa: PTH123
        where = path if "/" in address else address
        return subprocess.Popen(
            [sys.executable, "-c", program, str(where)],
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
                        assert await Peer(connection).origin() == Origin()
                    client.close()
    finally:
        stop.set()
        for thread in busy:
            thread.join()


async def test_connections_between_other_addresses_with_the_same_ports_hide_no_agent() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    with contextlib.ExitStack() as stack:
        stack.enter_context(server)
        client = stack.enter_context(caller(str(port), **{processes.MARK: "a-mark"}))
        stack.callback(client.kill)
        connection, (_, client_port) = server.accept()
        stack.enter_context(connection)
        for number in range(1, 60):
            # The test connects from the client's port, as any program that the agent can make connect would.
            decoy = stack.enter_context(socket.create_server((f"127.0.1.{number}", port)))
            stack.enter_context(
                socket.create_connection(decoy.getsockname(), source_address=(f"127.0.2.{number}", client_port))
            )
        assert (await Peer(connection).origin()).marks == ("a-mark",)


async def test_a_client_with_an_ipv6_socket_is_known() -> None:
    program = CONNECT.replace('("127.0.0.1", int(sys.argv[1]))', '("::ffff:127.0.0.1", int(sys.argv[1]))')
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = str(server.getsockname()[1])
        client = stack.enter_context(caller(port, program=program, **{processes.MARK: "a-mark"}))
        stack.callback(client.kill)
        connection = stack.enter_context(server.accept()[0])
        assert (await Peer(connection).origin()).marks == ("a-mark",)


def process(pid: int, parent: int, born: int, mark: str = "") -> processes.Process:
    environment = f"{processes.SUPERVISOR_MARK}={mark}".encode() if mark else b""
    return processes.Process(pid, parent, 0, 0, f"boot {born}", environment)


class Table:
    """The system's table of processes: a supervisor (10), its program (20) and a child (30) without marks.

    `after` lists the numbers of processes after whose reading the program ends; the supervisor adopts the child.
    """

    def __init__(self, *after: int, heir: processes.Process | None = None) -> None:
        self.after, self.heir, self.readings = list(after), heir, 0
        self.now = {10: process(10, 1, 5, "m"), 1: process(1, 0, 1), 20: process(20, 10, 6), 30: process(30, 20, 7)}

    def look_at(self, pid: int) -> processes.Process | None:
        self.readings += 1
        found = self.now.get(pid)
        if self.after and pid == self.after[0]:
            self.after.pop(0)
            del self.now[20]
            if self.heir is not None:
                self.now[20] = self.heir
            self.now[30] = process(30, 10, 7)
        return found


def test_a_parent_that_ends_while_it_is_looked_up_hides_no_run() -> None:
    assert processes.marks(processes.whole_lineage(30, Table().look_at)) == ["m"]
    assert processes.marks(processes.whole_lineage(30, Table(30).look_at)) == ["m"]
    # Another process, which no run has, may get the number of the parent that ended.
    heir = process(20, 1, 9)
    assert processes.marks(processes.whole_lineage(30, Table(30, heir=heir).look_at)) == ["m"]


def test_a_parent_that_is_hidden_ends_the_lineage() -> None:
    table = Table()
    del table.now[1]
    assert [found.pid for found in processes.whole_lineage(30, table.look_at)] == [30, 20, 10]


def test_a_lineage_that_never_holds_still_is_none() -> None:
    parents = iter(range(100, 10_000))
    found = processes.whole_lineage(30, lambda pid: process(30, next(parents), 7) if pid == 30 else None)
    assert found == []


def test_a_process_whose_number_another_takes_over_has_ended() -> None:
    births = iter((7, 8, 9, 10))
    found = processes.whole_lineage(30, lambda pid: process(30, 20, next(births)) if pid == 30 else None)
    assert found == []
