"""A plain HTTP client and a plain gateway client, for tests that look at the wire."""

import asyncio
import io
import json
import zlib
from typing import Any

import aiohttp

TIMEOUT_S = 5


class RefusedError(AssertionError):
    """The server answered with another status than the test expected."""


class Answer:
    """Status, headers and JSON of an answer."""

    def __init__(self, status: int, headers: Any, body: Any) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def code(self) -> int | None:
        return self.body.get("code") if isinstance(self.body, dict) else None


class Http:
    """Asks the API as one user; the short methods expect success and answer the JSON."""

    def __init__(self, local: Any, token: str | None, *, bot: bool = False) -> None:
        self.local, self.token, self.guild_id = local, token, local.ready.guild_id
        self.headers = {"Authorization": f"Bot {token}" if bot else token} if token else {}
        users = [*local.ready.bots, *local.ready.people]
        self.user_id = next((user.user_id for user in users if user.token == token), "")

    async def __aenter__(self) -> "Http":
        self._session = aiohttp.ClientSession(headers=self.headers, timeout=aiohttp.ClientTimeout(TIMEOUT_S * 4))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def ask(
        self, method: str, path: str, body: Any = None, *, reason: str | None = None, **options: Any
    ) -> Answer:
        """Send a request and answer whatever came back."""
        if body is not None:
            options["json"] = body
        if reason is not None:
            options["headers"] = {"X-Audit-Log-Reason": reason}
        async with self._session.request(method, self.local.api_base + path, **options) as response:
            raw = await response.read()
            is_json = response.headers.get("Content-Type") == "application/json"
            return Answer(response.status, response.headers, json.loads(raw) if is_json and raw else None)

    async def _expect(self, method: str, path: str, body: Any, expect: int, **options: Any) -> Any:
        answer = await self.ask(method, path, body, **options)
        if answer.status != expect:
            raise RefusedError(f"{method} {path}: {answer.status} {answer.body}")
        return answer.body

    async def get(self, path: str, expect: int = 200, **params: Any) -> Any:
        return await self._expect("GET", path, None, expect, params=params)

    async def post(self, path: str, body: Any = None, expect: int = 200, **options: Any) -> Any:
        return await self._expect("POST", path, body, expect, **options)

    async def patch(self, path: str, body: Any = None, expect: int = 200, **options: Any) -> Any:
        return await self._expect("PATCH", path, body, expect, **options)

    async def put(self, path: str, body: Any = None, expect: int = 204, **options: Any) -> Any:
        return await self._expect("PUT", path, body, expect, **options)

    async def delete(self, path: str, expect: int = 204, **options: Any) -> Any:
        return await self._expect("DELETE", path, None, expect, **options)

    async def say(self, channel: Any, content: str = "hello", **more: Any) -> Any:
        """Post a message; `channel` is an object or an id."""
        number = channel["id"] if isinstance(channel, dict) else channel
        return await self.post(f"/channels/{number}/messages", {"content": content, **more})


def form(payload: Any, *files: tuple[str, bytes, str]) -> aiohttp.FormData:
    """A multipart body with files (name, bytes, content type)."""
    data = aiohttp.FormData(quote_fields=False)
    data.add_field("payload_json", json.dumps(payload), content_type="application/json")
    for number, (name, body, kind) in enumerate(files):
        data.add_field(f"files[{number}]", io.BytesIO(body), filename=name, content_type=kind)
    return data


ALL_INTENTS = 53608447


class ClosedError(Exception):
    """The server closed the connection; `code` says why."""

    def __init__(self, code: int | None) -> None:
        self.code = code
        super().__init__(code)


class Listener:
    """A gateway connection that keeps what it was sent."""

    def __init__(self, session: Any, socket: Any, decode: Any) -> None:
        self._session, self._socket, self._decode = session, socket, decode
        self.events: list[dict[str, Any]] = []
        self.sequence: int | None = None
        self.ready: dict[str, Any] = {}
        self.guild: dict[str, Any] = {}

    @staticmethod
    async def open(local: Any, query: str = "v=10&encoding=json", url: str | None = None) -> "Listener":
        """Open a connection and read HELLO, no more."""
        session = aiohttp.ClientSession()
        address = (url or local.gateway_url) + "?" + query
        try:
            socket = await session.ws_connect(address, max_msg_size=0)
            listener = Listener(session, socket, _decoder(query))
            hello = await listener.receive()
        except BaseException:
            await session.close()
            raise
        assert hello["op"] == 10, hello
        listener.interval_ms = hello["d"]["heartbeat_interval"]
        return listener

    @staticmethod
    async def connect(
        local: Any, token: str, *, intents: int = ALL_INTENTS, query: str = "v=10&encoding=json", **more: Any
    ) -> "Listener":
        """Open a connection and identify; READY and GUILD_CREATE are read."""
        listener = await Listener.open(local, query)
        await listener.identify(token, intents=intents, **more)
        listener.ready = (await listener.event("READY"))["d"]
        if listener.ready["guilds"] and (intents & 1):
            listener.guild = (await listener.event("GUILD_CREATE"))["d"]
        return listener

    async def identify(self, token: str, *, intents: int = ALL_INTENTS, **more: Any) -> None:
        properties = {"os": "linux", "browser": "test", "device": "test"}
        await self.send(2, {"token": token, "intents": intents, "properties": properties, **more})

    async def send(self, op: int, data: Any) -> None:
        await self._socket.send_str(json.dumps({"op": op, "d": data}))

    async def send_raw(self, text: str) -> None:
        await self._socket.send_str(text)

    async def receive(self, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """The next payload; raises ClosedError when the server closed."""
        while True:
            message = await asyncio.wait_for(self._socket.receive(), timeout_s)
            if message.type in (
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
                aiohttp.WSMsgType.CLOSING,
                aiohttp.WSMsgType.ERROR,
            ):
                raise ClosedError(self._socket.close_code)
            text = self._decode(message.data)
            if text is None:
                continue
            payload = json.loads(text)
            if payload.get("s") is not None:
                self.sequence = payload["s"]
            return payload

    async def event(self, name: str, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
        """The next dispatch of a name; those passed over are kept in `events`."""
        for number, payload in enumerate(self.events):
            if payload["t"] == name:
                return self.events.pop(number)
        async with asyncio.timeout(timeout_s):
            while True:
                payload = await self.receive()
                if payload["t"] == name:
                    return payload
                self.events.append(payload)

    async def op(self, number: int) -> dict[str, Any]:
        """The next payload with an opcode."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                payload = await self.receive()
                if payload["op"] == number:
                    return payload
                self.events.append(payload)

    async def until_closed(self) -> int | None:
        """Read on until the server closes; answers the code."""
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                try:
                    self.events.append(await self.receive())
                except ClosedError as closed:
                    return closed.code

    async def drain(self) -> list[str]:
        """All dispatches up to the answer of a heartbeat: everything that was sent so far."""
        await self.send(1, self.sequence)
        await self.op(11)
        names = [payload["t"] for payload in self.events if payload["op"] == 0]
        self.events.clear()
        return names

    async def drop(self) -> None:
        """Break the connection without a closing handshake."""
        self._socket._response.connection.transport.abort()
        await self._session.close()

    async def close(self, code: int = 1000) -> None:
        await self._socket.close(code=code)
        await self._session.close()


def _decoder(query: str) -> Any:
    if "zlib-stream" in query:
        stream, buffer = zlib.decompressobj(), bytearray()

        def inflate(data: Any) -> str | None:
            assert isinstance(data, bytes)
            buffer.extend(data)
            if not data.endswith(b"\x00\x00\xff\xff"):
                return None
            text = stream.decompress(bytes(buffer)).decode()
            buffer.clear()
            return text

        return inflate
    if "zstd-stream" in query:
        import zstandard

        zstd = zstandard.ZstdDecompressor().decompressobj()
        return lambda data: zstd.decompress(data).decode()
    return lambda data: zlib.decompress(data).decode() if isinstance(data, bytes) else data
