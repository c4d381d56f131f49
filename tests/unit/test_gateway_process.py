"""The process of OpenClaw's Gateway is searched once, and again after it has changed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from claw_discord_coord.surfaces import sockets
from claw_discord_coord.surfaces.gateway_process import GatewayProcess
from claw_discord_coord.surfaces.peer import Origin

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which process listens"),
]

LISTEN = """
import socket, sys
server = socket.create_server((sys.argv[1], int(sys.argv[2])))
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""


class Machine:
    """Processes that listen, and how often all processes were searched for them."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack, self.searched, self.port = stack, 0, 0
        self.gateway = GatewayProcess(lambda: self.port or None, holders=self.holders)

    def holders(self, inode: str) -> Iterator[int]:
        self.searched += 1
        return sockets.holders(inode)

    def listen(self, host: str = "127.0.0.1") -> subprocess.Popen[str]:
        process = self.start([sys.executable, "-c", LISTEN, host, str(self.port)])
        assert process.stdout is not None
        self.port = int(process.stdout.readline())
        return process

    def start(self, command: list[str], *, keeping: tuple[int, ...] = ()) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, pass_fds=keeping)
        self.stack.enter_context(process)
        self.stack.callback(process.kill)
        return process

    async def has_started_a_child_of(self, *pids: int) -> bool:
        return await self.gateway.has_started(Origin(ancestors=frozenset(pids)))


@pytest.fixture
def machine() -> Iterator[Machine]:
    with ExitStack() as stack:
        yield Machine(stack)


async def test_calls_search_the_gateway_once(machine: Machine) -> None:
    gateway = machine.listen()
    for _ in range(5):
        assert await machine.has_started_a_child_of(1, gateway.pid)
        assert not await machine.has_started_a_child_of(1)
    assert machine.searched == 1


async def test_a_restarted_gateway_is_noticed(machine: Machine) -> None:
    former = machine.listen()
    assert await machine.has_started_a_child_of(former.pid)
    former.kill()
    former.wait()
    assert not await machine.has_started_a_child_of(former.pid)
    later = machine.listen()
    assert await machine.has_started_a_child_of(later.pid)
    assert not await machine.has_started_a_child_of(former.pid)


async def test_a_socket_that_another_process_has_taken_over_is_searched_again(machine: Machine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        machine.port = server.getsockname()[1]
        assert await machine.has_started_a_child_of(os.getpid())
        heir = machine.start(["sleep", "600"], keeping=(server.fileno(),))
    assert await machine.has_started_a_child_of(heir.pid)
    assert not await machine.has_started_a_child_of(os.getpid())
    assert machine.searched == 2


async def test_a_listener_on_another_address_hides_no_gateway(machine: Machine) -> None:
    gateway = machine.listen()
    beside = [machine.listen(f"127.0.1.{number}") for number in range(1, 6)]
    assert await machine.has_started_a_child_of(gateway.pid)
    assert await machine.has_started_a_child_of(beside[0].pid)


async def test_without_a_gateway_nothing_is_searched(machine: Machine) -> None:
    assert not await machine.has_started_a_child_of(1)
    assert machine.searched == 0
