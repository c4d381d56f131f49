"""Reads from Linux which TCP sockets exist, and which processes have a socket open.

Sources: proc_pid_net(5), /proc/net/tcp; proc_pid_fd(5).
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp. Source: include/net/tcp_states.h."""
CLOSED = "0"
"""The inode of a connection that no process has open any more."""


class Address(NamedTuple):
    """One end of a connection. An IPv4 address in an IPv6 socket is the IPv4 address."""

    host: str
    port: int


class TcpSocket(NamedTuple):
    """One line of the table. `uid` is the user who made the socket."""

    local: Address
    remote: Address
    state: str
    uid: int
    inode: str


def tcp_sockets(*, local_port: int) -> Iterator[TcpSocket]:
    """Yield the TCP sockets of this machine with that local port."""
    for name in ("tcp", "tcp6"):
        try:
            with open(f"/proc/net/{name}", encoding="ascii") as file:  # noqa: PTH123
                lines = file.read().splitlines()[1:]
        except FileNotFoundError:  # a system without IPv6
            continue
        for line in lines:
            fields = line.split()
            # Compared first, since decoding every address costs more than reading the table.
            if int(fields[1].rpartition(":")[2], 16) == local_port:
                yield TcpSocket(_address(fields[1]), _address(fields[2]), fields[3], int(fields[7]), fields[9])


def holders(inode: str) -> Iterator[int]:
    """Yield the processes that have the socket open, as far as this user may look."""
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit() and holds(int(name), inode):
            yield int(name)


def holds(pid: int, inode: str) -> bool:
    """Return whether the process has the socket open; False for a process that this user may not look at."""
    return f"socket:[{inode}]" in _open_files(pid)


def processes_of(uid: int) -> Iterator[int]:
    """Yield the processes of a user."""
    for name in os.listdir("/proc"):  # noqa: PTH208
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid:  # noqa: PTH116
                yield int(name)


def _address(text: str) -> Address:
    """Decode an address such as `0100007F:1F90`: 32-bit words in this machine's byte order, and the port."""
    words, _, port = text.rpartition(":")
    raw = bytes.fromhex(words)
    if sys.byteorder == "little":
        raw = b"".join(raw[start : start + 4][::-1] for start in range(0, len(raw), 4))
    host = ipaddress.ip_address(raw)
    mapped = host.ipv4_mapped if isinstance(host, ipaddress.IPv6Address) else None
    return Address(str(mapped or host), int(port, 16))


def _open_files(pid: int) -> Iterator[str]:
    """Yield the files that a process has open, as /proc names them."""
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208
    except OSError:  # the process has ended, or belongs to another user
        return
    for descriptor in descriptors:
        # A busy process closes files meanwhile; the others still count.
        with contextlib.suppress(OSError):
            yield os.readlink(f"/proc/{pid}/fd/{descriptor}")  # noqa: PTH115
