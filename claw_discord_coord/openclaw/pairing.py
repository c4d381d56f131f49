"""Checks whether the Gateway accepts the coordinator, and finds the token for pairing. Changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from pydantic import SecretStr

from claw_discord_coord.errors import NotAuthorized
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway_connection import Access, opened
from claw_discord_coord.openclaw.gateway_errors import NotReady

# A start took 15 to 22 s on two cores (measured with OpenClaw 2026.9.6).
START_ATTEMPTS = 60
START_PAUSE_S = 1.0


async def look_for_gateway(cli: OpenClawCli, device_file: Path) -> None:
    """Check that the coordinator is paired or can be paired, before any change.

    Raises:
        OpenClawUnavailable: The Gateway does not run.
        NotAuthorized: The Gateway's token is unknown or wrong; the message names the place of its setting.
        CoordError: Another obstacle, such as a damaged file.
    """
    if not await is_paired(cli, device_file):
        await shared_token(cli)


async def shared_token(cli: OpenClawCli) -> SecretStr:
    """Return the Gateway's shared token after a successful try.

    Raises:
        CoordError: As `look_for_gateway`.
    """
    url = await cli.gateway_url()
    with contextlib.suppress(NotAuthorized):  # it runs, and wants a token
        await _let_in(Access(url))
    token = await cli.gateway_token()
    try:
        await _let_in(Access(url, token=token.value))
    except NotAuthorized as error:
        raise NotAuthorized(
            f"OpenClaw's Gateway at {url} refused the token: {token.source} has another one.",
            fix="Correct it there; if it is right, restart the Gateway, which works with an older one.",
        ) from error
    return token.value


async def is_paired(cli: OpenClawCli, device_file: Path) -> bool:
    """Return whether the Gateway accepts the key in the file.

    Raises:
        CoordError: As `look_for_gateway`.
    """
    device = Device.look(device_file)
    if device is None or device.token is None:
        return False
    # Without the shared token, which would let in a key that is not paired.
    try:
        await _let_in(Access(await cli.gateway_url(), device=device))
    except NotAuthorized:
        return False
    return True


async def _let_in(access: Access) -> None:
    """Shake hands, also with a Gateway that is still starting: such a Gateway responds some seconds before the first
    handshake.
    """
    for _ in range(START_ATTEMPTS):
        try:
            async with opened(access):
                return
        except NotReady:
            await asyncio.sleep(START_PAUSE_S)
    async with opened(access):
        return
