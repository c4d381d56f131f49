"""Serves the local Discord for a coordinator without a Discord token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

from pydantic import SecretStr
from yarl import URL

from claw_discord_coord.config.model import DiscordConfig
from claw_discord_coord.errors import CoordError, NotAuthorized
from claw_discord_coord.localcord import DataError, LocalDiscord
from claw_discord_coord.private_files import write_whole
from claw_discord_coord.surfaces.peer import Peer, own_marks

PORT_FILE_NAME = "port"


@asynccontextmanager
async def serve_local_discord(data: Path, port: int) -> AsyncGenerator[LocalDiscord]:
    """Serve the local Discord with the data in this folder.

    Args:
        data: The folder.
        port: The port on 127.0.0.1, or 0 for the port of the last time, if free, else for any free port.

    Raises:
        CoordError: The port is taken, or the data cannot be read.
    """
    port_file = data / PORT_FILE_NAME
    async with AsyncExitStack() as stack:
        local = await _serve(stack, data, port or _port_in(port_file), port)
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


async def _serve(stack: AsyncExitStack, data: Path, preferred: int, port: int) -> LocalDiscord:
    # The port of the last time comes first, so that old links to tasks keep working.
    admit = _NoAgents().admit
    for candidate in dict.fromkeys((preferred, port)):
        try:
            return await stack.enter_async_context(LocalDiscord.serve(port=candidate, data=data, admit=admit))
        except OSError as error:
            if candidate == port:
                raise CoordError(
                    f"The local Discord cannot listen on port {port} of 127.0.0.1: {error.strerror}.",
                    fix="Give another one with --local-discord-port, or 0 for a free one.",
                ) from error
        except DataError as error:
            raise CoordError(
                f"The local Discord's {error}.", fix=f"Move {data} away, or name another state folder."
            ) from error
    raise AssertionError  # the last candidate has returned or raised


class _NoAgents:
    """Refuses processes of runs: the local Discord has no passwords, so an agent could click as a person there."""

    def __init__(self) -> None:
        self._own_marks = own_marks()
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
        if set(origin.marks) <= self._own_marks:
            return None
        return "an agent at work is no user of the local Discord"


def _port_in(file: Path) -> int:
    """Return the port in the file, or 0 without a valid port. Without a port, old links stop working."""
    try:
        port = int(file.read_text())
    except (OSError, ValueError):
        return 0
    return port if 0 < port <= 65_535 else 0
