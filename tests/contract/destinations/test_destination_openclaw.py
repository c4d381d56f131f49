"""A message through the real OpenClaw's Gateway and Telegram channel, to a server that stands in for Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.openclaw.gateway import Gateway
from claw_discord_coord.openclaw.gateway_connection import Access
from tests.contract.destinations.benches import build_one, delivery
from tests.contract.destinations.faults import Faulty, served
from tests.contract.destinations.telegram_server import TOKEN
from tests.openclaw.harness import OpenClaw, OpenClawMissing, ScriptedModel, install
from tests.openclaw.harness.openclaw import TOKEN as GATEWAY_TOKEN

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.openclaw,
    pytest.mark.long,
    pytest.mark.xdist_group("destination_openclaw"),
]


class BotApi(Faulty):
    """The calls of OpenClaw's bot to Telegram: its own name, updates (none), and messages to send."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_route("*", f"/bot{TOKEN}/{{method}}", self._answer)
        async with served(app, self) as base:
            yield base

    async def _answer(self, request: web.Request) -> web.Response:
        given: dict[str, Any] = await request.json() if request.can_read_body else {}
        match request.match_info["method"]:
            case "getMe":
                result: Any = {"id": 123456789, "is_bot": True, "first_name": "Claw", "username": "claw_bot"}
            case "getUpdates":
                try:
                    async with asyncio.timeout(1):
                        await self.released.wait()
                except TimeoutError:
                    pass
                result = []
            case "sendMessage":
                self.texts.append(given["text"])
                chat = {"id": int(given["chat_id"]), "type": "private", "first_name": "Ada"}
                result = {"message_id": len(self.texts), "date": 1_790_000_000, "chat": chat, "text": given["text"]}
            case _:
                result = True
        return web.json_response({"ok": True, "result": result})


async def test_a_message_reaches_telegram_once_through_openclaw(tmp_path: Path):
    try:
        installed = install()
    except OpenClawMissing as error:
        pytest.skip(f"the real OpenClaw could not be installed, NOTHING IS PROVED WITH IT: {error}")
    bots = BotApi()
    async with (
        bots.running() as root,
        ScriptedModel() as model,
        OpenClaw(installed, tmp_path / "home", model) as openclaw,
    ):
        telegram = {"enabled": True, "botToken": TOKEN, "apiRoot": root, "dmPolicy": "open", "allowFrom": ["*"]}
        openclaw.home.mkdir()
        openclaw.prepare(channels={"telegram": telegram})
        await openclaw.start()
        async with Gateway(Access(openclaw.url, token=SecretStr(GATEWAY_TOKEN))) as gateway:
            await gateway.hello(limit_s=120)
            settings = {"kind": "openclaw", "channel": "telegram", "to": "4711", "timeout_s": 60}
            destination = build_one(tmp_path, settings, gateway=gateway)

            first = await destination.deliver(delivery("Disk **full**.", title="Alert"))
            again = await destination.deliver(delivery("Disk **full**.", title="Alert"))

            assert len(bots.texts) == 1
            assert "full" in bots.texts[0]
            assert first.id == again.id
            with pytest.raises(DeliveryFailed, match="no channel 'slack'; there are: telegram"):
                await build_one(tmp_path, {**settings, "channel": "slack"}, gateway=gateway).deliver(delivery())
