"""What the real Gateway refuses, said in a person's words with what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from claw_discord_coord.errors import NotAuthorized, OpenClawMismatch
from claw_discord_coord.openclaw.gateway import Gateway, briefly
from claw_discord_coord.openclaw.gateway_connection import Access

pytestmark = [pytest.mark.anyio, pytest.mark.openclaw, pytest.mark.long, pytest.mark.xdist_group("openclaw_refusals")]


async def test_a_wrong_token_is_named_and_never_repeated(gateway: Gateway, access: Access) -> None:
    with pytest.raises(NotAuthorized) as caught:
        async with briefly(replace(access, token=SecretStr("not-the-token"))):
            pass
    assert caught.value.fix
    assert "not-the-token" not in caught.value.sentence()


@pytest.mark.parametrize("protocol", [3, 5])
async def test_an_older_or_newer_protocol_is_named_with_both_numbers(
    gateway: Gateway, access: Access, protocol: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw_discord_coord.openclaw.gateway_connection.PROTOCOL", protocol)
    with pytest.raises(OpenClawMismatch) as caught:
        async with briefly(access):
            pass
    assert "protocol 4" in str(caught.value)
    assert caught.value.fix
