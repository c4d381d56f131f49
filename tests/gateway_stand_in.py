"""A WebSocket server that speaks the frames of OpenClaw's Gateway."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Answer = Callable[["StandIn", ServerConnection, dict[str, Any]], Awaitable[None]]


class StandIn:
    """Speaks as OpenClaw's Gateway does; `answer` is what it does with requests, `refusals` are given to the next
    handshakes.
    """

    def __init__(self) -> None:
        self.url = ""
        self.boot = 1
        self.token = "right"
        self.device_token: str | None = None
        self.granted: list[str] | None = None
        self.refusals: list[dict[str, Any]] = []
        self.claims: list[dict[str, Any]] = []
        self.sockets: set[ServerConnection] = set()
        self.accepted = asyncio.Event()
        self.answer: Answer = echo

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator["StandIn"]:
        async with serve(self._speak, "127.0.0.1", 0) as server:
            self.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
            yield self

    async def _speak(self, socket: ServerConnection) -> None:
        challenge = {"nonce": "n-1", "ts": 1_737_264_000_000, "later": "field"}
        await socket.send(json.dumps({"type": "event", "event": "connect.challenge", "payload": challenge}))
        claim = json.loads(await socket.recv())
        self.claims.append(claim["params"])
        refusal = self._refusal(claim["params"])
        if refusal is not None:
            await socket.send(json.dumps({"type": "res", "id": claim["id"], "ok": False, "error": refusal}))
            return
        auth = {"role": "operator", "scopes": self.granted if self.granted is not None else claim["params"]["scopes"]}
        hello = {"type": "hello-ok", "protocol": 4, "server": {"version": "9", "bootId": f"boot-{self.boot}"}}
        hello |= {"auth": auth | ({"deviceToken": self.device_token} if self.device_token else {})}
        await socket.send(json.dumps({"type": "res", "id": claim["id"], "ok": True, "payload": hello}))
        self.sockets.add(socket)
        self.accepted.set()
        try:
            async for text in socket:
                await self.answer(self, socket, json.loads(text))
        except ConnectionClosed:
            pass
        finally:
            self.sockets.discard(socket)

    def _refusal(self, claim: dict[str, Any]) -> dict[str, Any] | None:
        if self.refusals:
            return self.refusals.pop(0)
        if claim["auth"].get("token") not in {self.token, self.device_token}:
            return {"code": "UNAUTHORIZED", "message": "no", "details": {"code": "AUTH_TOKEN_MISMATCH"}}
        return None

    async def say(self, event: str, **payload: Any) -> None:
        for socket in self.sockets:
            await socket.send(json.dumps({"type": "event", "event": event, "payload": payload, "seq": 1}))

    async def restart(self) -> None:
        self.boot += 1
        for socket in list(self.sockets):
            await socket.close(1012, "service restart")


async def reply(socket: ServerConnection, request: dict[str, Any], payload: dict[str, Any]) -> None:
    await socket.send(json.dumps({"type": "res", "id": request["id"], "ok": True, "payload": payload}))


async def echo(_: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
    await reply(socket, request, {"method": request["method"], **request["params"]})


async def silence(_: StandIn, socket: ServerConnection, request: dict[str, Any]) -> None:
    """Answer nothing."""
