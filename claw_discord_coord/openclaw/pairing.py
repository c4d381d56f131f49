"""Whether OpenClaw's Gateway lets the coordinator in, and the token that is needed to pair the two; changes nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

from pydantic import SecretStr

from claw_discord_coord.errors import NotAuthorized
from claw_discord_coord.openclaw.cli import OpenClawCli
from claw_discord_coord.openclaw.connection import Access, opened
from claw_discord_coord.openclaw.device import Device


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
        async with opened(Access(url)):
            pass
    token = await cli.gateway_token()
    try:
        async with opened(Access(url, token=token.value)):
            return token.value
    except NotAuthorized as error:
        raise NotAuthorized(
            f"OpenClaw's Gateway at {url} refused the token: {token.source} has another one.",
            fix="Correct it there; if it is right, restart the Gateway, which works with an older one.",
        ) from error


async def is_paired(cli: OpenClawCli, device_file: Path) -> bool:
    """Whether the Gateway lets the coordinator in by the key in that file. Raises as `look_for_gateway` does."""
    device = Device.look(device_file)
    if device is None or device.token is None:
        return False
    try:
        async with opened(Access(await cli.gateway_url(), device=device)):
            return True
    except NotAuthorized:
        return False
