"""Identifies the process at the other end of a connection, so that an agent's call counts as the agent's.

An agent at work runs as the same user as the coordinator, and may read the coordinator's token. Therefore the operating
system is asked which process calls. A process belongs to a run when the process or an ancestor has the run's mark.

Linux: exact, over the Unix socket (unix(7), SO_PEERCRED) and over TCP (proc_pid_net(5), /proc/net/tcp). macOS: over the
Unix socket only (LOCAL_PEERPID in sys/un.h). Windows: unknown. A process that left its run's process tree and removed
the mark from its environment is unknown everywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from claw_discord_coord.errors import NotAuthorized
from claw_discord_coord.runtimes.command import processes

_SO_PEERCRED = 17
"""Source: socket(7). Of Linux only, and missing in Python's types elsewhere."""
_SOL_LOCAL, _LOCAL_PEERPID = 0, 2
"""Source: sys/un.h of macOS."""


@dataclass(frozen=True)
class Origin:
    """The origin of a connection.

    Attributes:
        marks: The marks of runs in the environments of the process and its ancestors, farthest ancestor first.
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


def own_marks() -> frozenset[str]:
    """Return the marks of runs to which this process itself belongs."""
    return frozenset(processes.marks(processes.lineage(os.getpid())))


def listening_process(port: int) -> int | None:
    """Return the process that listens on this TCP port of this machine, or None when the system cannot tell."""
    if sys.platform != "linux":
        return None
    for entry in _tcp_table():
        if entry.state == "0A" and entry.local_port == port:
            return next(_holders(entry.inode), None)
    return None


class _Ends(NamedTuple):
    """The ports of a connection over the loopback interface."""

    client: int
    server: int

    @classmethod
    def of(cls, connection: socket.socket) -> _Ends:
        return cls(connection.getpeername()[1], connection.getsockname()[1])


class _Entry(NamedTuple):
    local_port: int
    remote_port: int
    state: str
    uid: int
    inode: str


def _pid_at(connection: socket.socket) -> int | None:
    if sys.platform == "linux":
        credentials = connection.getsockopt(socket.SOL_SOCKET, _SO_PEERCRED, struct.calcsize("3i"))
        return struct.unpack("3i", credentials)[0]
    if sys.platform == "darwin":
        return struct.unpack("i", connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID, struct.calcsize("i")))[0]
    return None


def _origin(pid: int) -> Origin | None:
    ancestry = processes.lineage(pid)
    if not ancestry:
        return None
    return Origin(tuple(processes.marks(ancestry)), frozenset(process.pid for process in ancestry[1:]))


def _origin_over_tcp(ends: _Ends) -> Origin | None:
    entry = next((at for at in _tcp_table() if (at.local_port, at.remote_port) == ends), None)
    if entry is None or entry.inode == "0":
        return None
    # Every process that holds the socket, since a process hands its open files on to its children.
    origins = [origin for pid in _holders(entry.inode) if (origin := _origin(pid)) is not None]
    if not origins and entry.uid == os.getuid():
        return None
    if not origins:
        # The files of another user's processes cannot be read. Where an agent has processes of that user, the call may
        # be the agent's, and counts as the agent's.
        origins = [origin for pid in _processes_of(entry.uid) if (origin := _origin(pid)) is not None and origin.marks]
    marks = [mark for origin in origins for mark in origin.marks]
    return Origin(tuple(marks), frozenset[int]().union(*(origin.ancestors for origin in origins)))


def _tcp_table() -> Iterator[_Entry]:
    for name in ("tcp", "tcp6"):
        try:
            with open(f"/proc/net/{name}", encoding="ascii") as file:  # noqa: PTH123
                lines = file.read().splitlines()[1:]
        except FileNotFoundError:  # a system without IPv6
            continue
        for line in lines:
            fields = line.split()
            local, remote = (int(address.rpartition(":")[2], 16) for address in fields[1:3])
            yield _Entry(local, remote, fields[3], int(fields[7]), fields[9])


def _holders(inode: str) -> Iterator[int]:
    """Yield the processes of this user that have the socket open."""
    target = f"socket:[{inode}]"
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit() and target in _open_files(name):
            yield int(name)


def _processes_of(uid: int) -> Iterator[int]:
    """Yield the processes of a user."""
    for name in os.listdir("/proc"):  # noqa: PTH208
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid:  # noqa: PTH116
                yield int(name)


def _open_files(process: str) -> Iterator[str]:
    """Yield the files that a process has open, as /proc names them."""
    try:
        descriptors = os.listdir(f"/proc/{process}/fd")  # noqa: PTH208
    except OSError:  # the process has ended, or belongs to another user
        return
    for descriptor in descriptors:
        # A busy process closes files meanwhile; the others still count.
        with contextlib.suppress(OSError):
            yield os.readlink(f"/proc/{process}/fd/{descriptor}")  # noqa: PTH115
