"""Finds the process of OpenClaw's Gateway on this machine, and the processes that the Gateway has started."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from typing import NamedTuple

from claw_discord_coord.runtimes.command import processes
from claw_discord_coord.surfaces import sockets
from claw_discord_coord.surfaces.peer import Origin


class _Holder(NamedTuple):
    """A process that has a socket open. `born` differs for a later process with the same number."""

    pid: int
    born: str


class GatewayProcess:
    """The processes that listen on the Gateway's port.

    A process stays known as long as the same process has the same listening socket open. So all processes are searched
    at the first call, and again after a restart of the Gateway.
    """

    def __init__(
        self, port: Callable[[], int | None], *, holders: Callable[[str], Iterable[int]] = sockets.holders
    ) -> None:
        """Take the functions that return the Gateway's port, or None, and the processes that hold a socket."""
        self._port = port
        self._holders = holders
        self._known: dict[str, frozenset[_Holder]] = {}

    async def has_started(self, origin: Origin) -> bool:
        """Return whether the Gateway has started the calling process, as OpenClaw's tool `exec` does.

        The Gateway itself calls for its plugin, with the person's name, and does not count.
        """
        port = self._port()
        if port is None or sys.platform != "linux" or not origin.ancestors:
            return False
        return not origin.ancestors.isdisjoint(await asyncio.to_thread(self._listening, port))

    def _listening(self, port: int) -> set[int]:
        # Every listener on the port, whatever the address: a program may listen beside the Gateway, on 127.0.0.2.
        inodes = {entry.inode for entry in sockets.tcp_sockets(local_port=port) if entry.state == sockets.LISTEN}
        self._known = {inode: self._still(inode) or self._search(inode) for inode in inodes}
        return {holder.pid for holders in self._known.values() for holder in holders}

    def _still(self, inode: str) -> frozenset[_Holder] | None:
        """Return the known holders of the socket, or None when one of the processes is another one now."""
        known = self._known.get(inode, frozenset())
        # The system reuses the numbers of processes and of sockets, but not the pair of both with the time of birth.
        unchanged = all(
            processes.born(holder.pid) == holder.born and sockets.holds(holder.pid, inode) for holder in known
        )
        return known if unchanged else None

    def _search(self, inode: str) -> frozenset[_Holder]:
        found = (_Holder(pid, processes.born(pid)) for pid in self._holders(inode))
        return frozenset(holder for holder in found if holder.born)
