"""Identifies the process at the other end of a connection, so that an agent's call counts as the agent's.

An agent at work runs as the same user as the coordinator, and may read the coordinator's token. Therefore the operating
system is asked which process calls. A process belongs to a run when the process or an ancestor has the run's mark.

Linux: exact, over the Unix socket (unix(7), SO_PEERCRED) and over TCP (proc_pid_net(5), /proc/net/tcp). macOS: over the
Unix socket only (LOCAL_PEERPID in sys/un.h). Windows: unknown. A process that left its run's process tree and removed
the mark from its environment is unknown everywhere.
"""

from __future__ import annotations

import asyncio
import functools
import os
import socket
import struct
import sys
from dataclasses import dataclass
from typing import NamedTuple

from claw_discord_coord.errors import NotAuthorized
from claw_discord_coord.runtimes.command import processes
from claw_discord_coord.surfaces import sockets
from claw_discord_coord.surfaces.sockets import Address

_SO_PEERCRED = 17
"""Source: socket(7). Of Linux only, and missing in Python's types elsewhere."""
_SOL_LOCAL, _LOCAL_PEERPID = 0, 2
"""Source: sys/un.h of macOS."""


@dataclass(frozen=True)
class Origin:
    """The origin of a connection.

    Attributes:
        marks: The marks of runs in the environments of the process and its ancestors, farthest ancestor first. The
            marks of runs to which this process itself belongs are left out.
        ancestors: The process ids of the ancestors.
    """

    marks: tuple[str, ...] = ()
    ancestors: frozenset[int] = frozenset()


class Peer:
    """The process at the other end of one connection, looked up once."""

    def __init__(self, connection: socket.socket | None) -> None:
        self._origin: Origin | None = None
        self._tcp: _Ends | None = None
        if connection is None:
            self._origin = Origin()
        elif connection.family == getattr(socket, "AF_UNIX", None):
            # At once: the process is alive now, and its number is not reused meanwhile.
            pid = _pid_at(connection)
            self._origin = Origin() if pid is None else _origin(pid)
        elif sys.platform == "linux":
            self._tcp = _Ends.of(connection)
        else:
            self._origin = Origin()

    async def origin(self) -> Origin:
        """Return the origin; empty where the system cannot tell.

        Raises:
            NotAuthorized: The calling process ended before the call was read.
        """
        if self._tcp is not None:
            self._origin = await asyncio.to_thread(_origin_over_tcp, self._tcp)
            self._tcp = None
        if self._origin is None:
            # Refused, since the process may have been an agent's: a caller that waits for the response is there.
            raise NotAuthorized("The calling process has ended.", fix="Wait for the response of a call.")
        return self._origin


@functools.cache
def own_marks() -> frozenset[str]:
    """Return the marks of runs to which this process itself belongs.

    An agent may work on this project and start a coordinator: every process then has the marks of that agent's run.
    """
    return frozenset(processes.marks(processes.lineage(os.getpid())))


class _Ends(NamedTuple):
    """The two ends of a TCP connection."""

    client: Address
    server: Address

    @classmethod
    def of(cls, connection: socket.socket) -> _Ends:
        return cls(Address(*connection.getpeername()[:2]), Address(*connection.getsockname()[:2]))


def _pid_at(connection: socket.socket) -> int | None:
    if sys.platform == "linux":
        credentials = connection.getsockopt(socket.SOL_SOCKET, _SO_PEERCRED, struct.calcsize("3i"))
        return struct.unpack("3i", credentials)[0]
    if sys.platform == "darwin":
        return struct.unpack("i", connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID, struct.calcsize("i")))[0]
    return None


def _origin(pid: int) -> Origin | None:
    # The coordinator's own bot is on the local Discord, also when OpenClaw's plugin has started the coordinator.
    if pid == os.getpid():
        return Origin()
    ancestry = processes.lineage(pid)
    if not ancestry:
        return None
    marks = tuple(mark for mark in processes.marks(ancestry) if mark not in own_marks())
    return Origin(marks, frozenset(process.pid for process in ancestry[1:]))


def _origin_over_tcp(ends: _Ends) -> Origin | None:
    # Both addresses whole: other connections may have the same two ports, between other addresses of this machine.
    table = sockets.tcp_sockets(local_port=ends.client.port)
    entry = next((at for at in table if (at.local, at.remote) == ends), None)
    if entry is None or entry.inode == sockets.CLOSED:
        return None
    # Every process that holds the socket, since a process hands its open files on to its children.
    origins = [origin for pid in sockets.holders(entry.inode) if (origin := _origin(pid)) is not None]
    if not origins and entry.uid == os.getuid():
        return None
    if not origins:
        # The files of another user's processes cannot be read. Where an agent has processes of that user, the call may
        # be the agent's, and counts as the agent's.
        users = sockets.processes_of(entry.uid)
        origins = [origin for pid in users if (origin := _origin(pid)) is not None and origin.marks]
    marks = [mark for origin in origins for mark in origin.marks]
    return Origin(tuple(marks), frozenset[int]().union(*(origin.ancestors for origin in origins)))
