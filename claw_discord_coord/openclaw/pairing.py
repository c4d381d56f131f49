"""Whether OpenClaw's Gateway lets the coordinator in, and the token that is needed to pair the two; changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from pydantic import SecretStr

from claw_discord_coord.errors import NotAuthorized
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.connection import Access, opened
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.gateway_errors import NotReady

START_ATTEMPTS = 60
START_PAUSE_S = 1.0


async def look_for_gateway(cli: OpenClawCli, device_file: Path) -> None:
    """Make sure that the coordinator is paired or can be, before anything is changed.

    Raises:
        OpenClawUnavailable: the Gateway does not run.
        NotAuthorized: its token is not known or not right; the message says where it is set.
        CoordError: something else is in the way, such as a damaged file.
    """
    if not await is_paired(cli, device_file):
        await shared_token(cli)


async def shared_token(cli: OpenClawCli) -> SecretStr:
    """The Gateway's shared token, tried. Raises as `look_for_gateway` does."""
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
    """Whether the Gateway lets the coordinator in by the key in that file. Raises as `look_for_gateway` does."""
    device = Device.look(device_file)
    if device is None or device.token is None:
        return False
    try:
        await _let_in(Access(await cli.gateway_url(), device=device))
    except NotAuthorized:
        return False
    return True


async def _let_in(access: Access) -> None:
    """Shake hands, if need be once the Gateway has started: it answers for some seconds before it lets anybody in."""
    for _ in range(START_ATTEMPTS):
        try:
            async with opened(access):
                return
        except NotReady:
            await asyncio.sleep(START_PAUSE_S)
    async with opened(access):
        return
