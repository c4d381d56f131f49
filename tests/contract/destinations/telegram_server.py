"""The calls of Telegram's Bot API that alerts need, as core.telegram.org/bots/api describes them ("sendMessage",
"sendPhoto", "sendDocument", "Message", "Making requests")."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import jsonschema
from aiohttp import web

from tests.contract.destinations.faults import Faulty, served

TOKEN = "123456789:AAabcdefghijklmnopqrstuvwxyz0123456"

SEND_MESSAGE: dict[str, Any] = {
    "type": "object",
    "required": ["chat_id", "text"],
    "additionalProperties": False,
    "properties": {
        "chat_id": {"type": ["integer", "string"]},
        "message_thread_id": {"type": "integer"},
        "text": {"type": "string", "minLength": 1},
        "parse_mode": {"enum": ["MARKDOWN", "Markdown", "MarkdownV2", "HTML"]},
        "disable_web_page_preview": {"type": "boolean"},
        "disable_notification": {"type": "boolean"},
    },
}
"""The parameters of sendMessage that are used; modes are taken in any case (observed)."""


class TelegramServer(Faulty):
    """Telegram with one bot. `texts` and `files` are the content of a chat; texts over 4096 characters are refused."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.files: list[str] = []
        self.picky = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Serve, and yield the address up to the token."""
        app = web.Application(middlewares=[self.disturb])
        send_file = self._send_file
        app.add_routes(
            [
                web.post("/bot{token}/sendMessage", self._send),
                web.post("/bot{token}/sendPhoto", send_file),
                web.post("/bot{token}/sendDocument", send_file),
            ]
        )
        async with served(app, self) as base:
            yield f"{base}/bot"

    def refusal(self, status: int) -> web.Response:
        status = 400 if status == 422 else status
        words = {400: "Bad Request: chat not found", 401: "Unauthorized", 503: "Service Unavailable"}
        return web.json_response({"ok": False, "error_code": status, "description": words[status]}, status=status)

    async def _send(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != TOKEN:
            return self.refusal(401)
        given = await request.json()
        jsonschema.validate(given, SEND_MESSAGE)
        if self.picky and given["parse_mode"].startswith(("MARKDOWN", "Markdown")):
            return self._bad("can't parse entities: Can't find end of the entity starting at byte offset 3")
        if len(given["text"]) > 4096:
            return self._bad("message is too long")
        self.texts.append(given["text"])
        chat = {"id": given["chat_id"], "type": "private"}
        return self._sent(chat, {"text": given["text"]})

    async def _send_file(self, request: web.Request) -> web.Response:
        given = await request.post()
        file = given.get("photo") or given.get("document")
        assert isinstance(file, web.FileField)
        self.files.append(file.filename)
        return self._sent({"id": 4711, "type": "private"}, {})

    def _sent(self, chat: dict[str, Any], more: dict[str, Any]) -> web.Response:
        result = {"message_id": len(self.texts), "date": int(time.time()), "chat": chat, **more}
        return web.json_response({"ok": True, "result": result})

    def _bad(self, description: str) -> web.Response:
        answer = {"ok": False, "error_code": 400, "description": f"Bad Request: {description}"}
        return web.json_response(answer, status=400)
