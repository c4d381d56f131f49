"""Serves the local Discord for a coordinator without a Discord token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

from pydantic import SecretStr
from yarl import URL

from claw_discord_coord.config.model import DiscordConfig
from claw_discord_coord.errors import CoordError, NotAuthorized
from claw_discord_coord.localcord import DataError, LocalDiscord
from claw_discord_coord.private_files import write_whole
from claw_discord_coord.surfaces.gateway_process import GatewayProcess
from claw_discord_coord.surfaces.peer import Peer

PORT_FILE_NAME = "port"


@asynccontextmanager
async def serve_local_discord(
    data: Path, port: int, gateway_port: Callable[[], int | None]
) -> AsyncGenerator[LocalDiscord]:
    """Serve the local Discord with the data in this folder.

    Args:
        data: The folder.
        port: The port on 127.0.0.1, or 0 for the port of the last time, if free, else for any free port.
        gateway_port: Returns the port of OpenClaw's Gateway on this machine, or None.

    Raises:
        CoordError: The port is taken, or the data cannot be read.
    """
    port_file = data / PORT_FILE_NAME
    async with AsyncExitStack() as stack:
        guard = _PeopleOnly(gateway_port)
        # The port of the last time comes first, so that old links to tasks keep working.
        candidates = dict.fromkeys((port or _port_in(port_file), port))
        local = await _serve(stack, data, guard, list(candidates))
        write_whole(port_file, str(URL(local.page).port).encode())  # a crash leaves no half of a number
        yield local


def discord_settings(discord: DiscordConfig, local: LocalDiscord) -> DiscordConfig:
    """Return the settings for a bot on the local Discord."""
    return discord.model_copy(
        update={
            "token": SecretStr(local.ready.bots[0].token),
            "guild_id": local.ready.guild_id,
            "api_base": local.api_base,
            "gateway_url": local.gateway_url,
        }
    )


async def _serve(stack: AsyncExitStack, data: Path, guard: _PeopleOnly, ports: Sequence[int]) -> LocalDiscord:
    """Serve on the first port that is free.

    Raises:
        CoordError: No port is free, or the data cannot be read.
    """
    for candidate in ports:
        try:
            return await stack.enter_async_context(LocalDiscord.serve(port=candidate, data=data, admit=guard.admit))
        except OSError as error:
            if candidate == ports[-1]:
                raise CoordError(
                    f"The local Discord cannot listen on port {candidate} of 127.0.0.1: {error.strerror}.",
                    fix="Give another one with --local-discord-port, or 0 for a free one.",
                ) from error
        except DataError as error:
            raise CoordError(
                f"The local Discord's {error}.", fix=f"Move {data} away, or name another state folder."
            ) from error
    raise AssertionError  # the last candidate has returned or raised


class _PeopleOnly:
    """Refuses processes of runs and of OpenClaw's turns: the local Discord has no passwords, so such a process could
    click as a person there.
    """

    def __init__(self, gateway_port: Callable[[], int | None]) -> None:
        self._gateway = GatewayProcess(gateway_port)
        self._peers: WeakKeyDictionary[asyncio.BaseTransport, Peer] = WeakKeyDictionary()

    async def admit(self, transport: asyncio.BaseTransport | None) -> str | None:
        """Return the reason for a refusal, or None."""
        if transport is None:
            return None
        if transport not in self._peers:
            self._peers[transport] = Peer(transport.get_extra_info("socket"))
        try:
            origin = await self._peers[transport].origin()
        except NotAuthorized as error:
            return str(error)
        if origin.marks:
            return "an agent at work is no user of the local Discord"
        if await self._gateway.has_started(origin):
            return "a program that OpenClaw has started is no user of the local Discord"
        return None


def _port_in(file: Path) -> int:
    """Return the port in the file, or 0 without a valid port. Without a port, old links stop working."""
    try:
        port = int(file.read_text())
    except (OSError, ValueError):
        return 0
    return port if 0 < port <= 65_535 else 0
