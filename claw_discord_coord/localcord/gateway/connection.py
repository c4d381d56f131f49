"""One WebSocket connection of a client: HELLO, IDENTIFY or RESUME, heartbeats, and the end of it.

Source: Discord documentation, events/gateway, and topics/opcodes-and-status-codes ("Gateway").
"""

import asyncio
import logging
import socket
import struct
import zlib
from typing import Any, cast

from aiohttp import WSMsgType, web

from ..intents import KNOWN, PRIVILEGED
from ..json_text import NotJsonError, read_json, write_json
from ..shapes import Json
from ..world.user import User
from .compression import stream_for
from .hub import Hub
from .ready import guild_create_json, ready_json
from .requests import handle_request
from .session import Session

log = logging.getLogger(__name__)

ACK_AFTER_S = 0.01
HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME = 1, 2, 3, 4, 6
REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 8, 9, 10, 11

UNKNOWN_ERROR, UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED = 4000, 4001, 4002, 4003
AUTHENTICATION_FAILED = 4004
ALREADY_AUTHENTICATED, INVALID_SEQUENCE, RATE_LIMITED, SESSION_TIMED_OUT = 4005, 4007, 4008, 4009
INVALID_SHARD, INVALID_API_VERSION, INVALID_INTENTS, DISALLOWED_INTENTS = 4010, 4012, 4013, 4014

_REASONS = {
    UNKNOWN_ERROR: "Unknown error.",
    UNKNOWN_OPCODE: "Unknown opcode.",
    DECODE_ERROR: "Error while decoding payload.",
    NOT_AUTHENTICATED: "Not authenticated.",
    AUTHENTICATION_FAILED: "Authentication failed.",
    ALREADY_AUTHENTICATED: "Already authenticated.",
    INVALID_SEQUENCE: "Invalid seq.",
    RATE_LIMITED: "Rate limited.",
    SESSION_TIMED_OUT: "Session timed out.",
    INVALID_SHARD: "Invalid shard.",
    INVALID_API_VERSION: "Invalid API version.",
    INVALID_INTENTS: "Invalid intent(s).",
    DISALLOWED_INTENTS: "Disallowed intent(s).",
}
_SERVER_ENDS = frozenset(
    {
        *(AUTHENTICATION_FAILED, INVALID_SEQUENCE, SESSION_TIMED_OUT, INVALID_SHARD, INVALID_API_VERSION),
        *(INVALID_INTENTS, DISALLOWED_INTENTS),
    }
)
_CLIENT_ENDS = frozenset({1000, 1001})
_LARGE_PAYLOAD_BYTES = 4096
_MISSED = 1.5
_CLOSE_WITHIN_S = 2.0


class _CloseError(Exception):
    """The client is to be disconnected with a code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(_REASONS.get(code, ""))


class Connection:
    """Serves one client until either side ends it. What is sent goes out in order by one task."""

    def __init__(self, hub: Hub, request: web.BaseRequest) -> None:
        self._hub = hub
        self._request = request
        self._socket = web.WebSocketResponse(timeout=_CLOSE_WITHIN_S, max_msg_size=1 << 20, compress=False)
        self._stream = stream_for(request.query.get("compress"))
        self._version = request.query.get("v", "10")
        self._encoding = request.query.get("encoding", "json")
        self._outgoing: asyncio.Queue[str | int] = asyncio.Queue()
        self._session: Session | None = None
        self._received_s: list[float] = []
        self._heard_s = 0.0
        self._close_code: int | None = None
        self._is_closing = False

    async def serve(self) -> web.WebSocketResponse:
        """Serve the client; answers when the connection has ended. Raises web.HTTPException for a wrong handshake."""
        await self._socket.prepare(self._request)
        # From here on nothing may be answered over HTTP: it would be bytes in the middle of a WebSocket.
        try:
            await self._serve()
        except Exception:
            log.exception("a gateway connection failed")
            await self._close(UNKNOWN_ERROR)
        return self._socket

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._heard_s = loop.time()
        if self._version not in ("9", "10") or self._encoding != "json":
            await self._close(INVALID_API_VERSION if self._encoding == "json" else DECODE_ERROR)
            return
        hello: Json = {"heartbeat_interval": self._hub.limits.heartbeat_interval_ms, "_trace": ["localcord"]}
        self._send({"op": HELLO, "d": hello, "s": None, "t": None})
        try:
            async with asyncio.TaskGroup() as tasks:
                sender = tasks.create_task(self._send_all())
                watcher = tasks.create_task(self._watch_heartbeats())
                await self._receive_all()
                watcher.cancel()
                if not self._is_closing:
                    sender.cancel()
        finally:
            self._leave()

    # -- sending ---------------------------------------------------------------------------------------------------

    def send_text(self, payload: str) -> None:
        """Send a payload that is already JSON."""
        self._outgoing.put_nowait(payload)

    def send_op(self, op: int, data: Any) -> None:
        """Send an opcode without a sequence number."""
        self._send({"op": op, "d": data, "s": None, "t": None})

    def close_soon(self, code: int) -> None:
        """Close with a code after what is already on its way; 0 aborts at once."""
        if code == 0:
            self.abort()
        else:
            self._is_closing = True
            self._outgoing.put_nowait(code)

    def abort(self) -> None:
        """Reset the TCP connection."""
        transport = self._request.transport
        if transport is not None:
            connection = transport.get_extra_info("socket")
            if connection is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()

    def forget_session(self) -> None:
        """Go on without a session, after op 9."""
        if self._session is not None:
            self._session.connection = None
            self._session = None

    def _send(self, payload: Json) -> None:
        self.send_text(write_json(payload))

    async def _send_all(self) -> None:
        while True:
            item = await self._outgoing.get()
            if isinstance(item, int):
                await self._close(item)
                return
            if self._socket.closed:
                return
            try:
                await self._send_frame(item.encode())
            except ConnectionError:
                return

    async def _send_frame(self, body: bytes) -> None:
        if self._stream is not None:
            await self._socket.send_bytes(self._stream.frame(body))
        elif self._session is not None and self._session.compress_payloads and len(body) > _LARGE_PAYLOAD_BYTES:
            await self._socket.send_bytes(zlib.compress(body))
        else:
            await self._socket.send_frame(body, WSMsgType.TEXT)

    async def _close(self, code: int) -> None:
        self._close_code = code
        await self._socket.close(code=code, message=_REASONS.get(code, "").encode())

    # -- receiving -------------------------------------------------------------------------------------------------

    async def _receive_all(self) -> None:
        async for message in self._socket:
            try:
                self._receive(message.type, message.data)
            except _CloseError as error:
                self.close_soon(error.code)
                return

    def _receive(self, kind: WSMsgType, data: Any) -> None:
        if kind not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return
        self._count_event()
        raw = data.encode() if isinstance(data, str) else cast(bytes, data)
        if len(raw) > self._hub.limits.gateway_payload_bytes:
            raise _CloseError(DECODE_ERROR)
        try:
            payload: Any = read_json(raw)
        except NotJsonError:
            raise _CloseError(DECODE_ERROR) from None
        if not isinstance(payload, dict) or not isinstance(cast(Json, payload).get("op"), int):
            raise _CloseError(DECODE_ERROR)
        message = cast(Json, payload)
        self._handle(message["op"], message.get("d"))

    def _count_event(self) -> None:
        if not self._hub.limits.rates:
            return
        now_s = self._hub.clock.now_s()
        rate = self._hub.limits.gateway_events
        self._received_s = [moment for moment in self._received_s if moment > now_s - rate.per_s]
        self._received_s.append(now_s)
        if len(self._received_s) > rate.count:
            raise _CloseError(RATE_LIMITED)

    def _handle(self, op: int, data: Any) -> None:
        if op == HEARTBEAT:
            self._heartbeat(data)
        elif op == IDENTIFY:
            self._identify(_object(data))
        elif op == RESUME:
            self._resume(_object(data))
        elif op in (PRESENCE, VOICE, REQUEST_MEMBERS) or op > HEARTBEAT_ACK:
            if self._session is None:
                raise _CloseError(NOT_AUTHENTICATED)
            if not handle_request(self._hub, self._session, op, data):
                raise _CloseError(UNKNOWN_OPCODE)
        else:
            raise _CloseError(UNKNOWN_OPCODE)

    # -- heartbeats ------------------------------------------------------------------------------------------------

    def _heartbeat(self, sequence: Any) -> None:
        self._heard_s = asyncio.get_running_loop().time()
        if self._hub.faults.ignored_heartbeats:
            return
        if self._session is not None and isinstance(sequence, int):
            if sequence > self._session.sequence:
                raise _CloseError(INVALID_SEQUENCE)
            self._session.confirm(sequence)
        # No sooner than over a real network: discord.py notes the time of sending only after it has sent, and an answer
        # that overtakes that looks as late as the heartbeat before.
        asyncio.get_running_loop().call_later(ACK_AFTER_S, self.send_op, HEARTBEAT_ACK, None)

    async def _watch_heartbeats(self) -> None:
        interval_s = self._hub.limits.heartbeat_interval_ms / 1000
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(interval_s)
            if loop.time() - self._heard_s > interval_s * _MISSED:
                self.close_soon(UNKNOWN_ERROR)
                return

    # -- beginning and ending a session ----------------------------------------------------------------------------

    def _identify(self, data: Json) -> None:
        if self._session is not None:
            raise _CloseError(ALREADY_AUTHENTICATED)
        user = self._user_of(data)
        application = self._hub.world.applications.get(user.application_id)
        shard = _shard(data.get("shard"))
        intents = data.get("intents", 0)
        if application is not None:
            if not isinstance(intents, int) or "intents" not in data or intents < 0 or intents & ~KNOWN:
                raise _CloseError(INVALID_INTENTS)
            granted = sum(bit for name, bit in PRIVILEGED.items() if name in application.privileged)
            if intents & sum(PRIVILEGED.values()) & ~granted:
                raise _CloseError(DISALLOWED_INTENTS)
        if self._is_refused(user):
            self.send_op(INVALID_SESSION, False)
            return
        self._hub.starts.count(user.id)
        session = Session(user, application, intents if application else -1, shard, data.get("compress") is True)
        session.connection = self
        self._session = session
        self._hub.add(session)
        session.dispatch_json("READY", ready_json(self._hub.world, session, self._hub.url))
        for guild in self._hub.world.guilds_of(user.id):
            if (int(guild.id) >> 22) % shard[1] == shard[0] and session.wants(1):
                session.dispatch_json("GUILD_CREATE", guild_create_json(self._hub.world, session, guild))

    def _is_refused(self, user: User) -> bool:
        faults = self._hub.faults
        if faults.refused_identifies > 0:
            faults.refused_identifies -= 1
            return True
        if not user.bot:
            return False
        if self._hub.starts.is_used_up(user.id):
            raise _CloseError(AUTHENTICATION_FAILED)
        return self._hub.starts.is_too_fast(user.id)

    def _resume(self, data: Json) -> None:
        if self._session is not None:
            raise _CloseError(ALREADY_AUTHENTICATED)
        user = self._user_of(data)
        self._hub.forget_expired()
        session = self._hub.sessions.get(str(data.get("session_id")))
        sequence = data.get("seq")
        faults = self._hub.faults
        if faults.refused_resumes > 0:
            faults.refused_resumes -= 1
            session = None
        if session is None or session.user.id != user.id or not isinstance(sequence, int):
            self.send_op(INVALID_SESSION, False)
            return
        if not session.can_resume_from(sequence):
            raise _CloseError(INVALID_SEQUENCE)
        if session.connection is not None:
            old, session.connection = session.connection, None
            old.replace()
        self._session = session
        session.resume(self, sequence)

    def replace(self) -> None:
        """End this connection because its session ended or goes on elsewhere."""
        self._session = None
        self.close_soon(UNKNOWN_ERROR)

    def _user_of(self, data: Json) -> User:
        token = str(data.get("token", "")).removeprefix("Bot ")
        user = self._hub.world.user_by_token(token)
        if user is None:
            raise _CloseError(AUTHENTICATION_FAILED)
        return user

    def _leave(self) -> None:
        session = self._session
        if session is None:
            return
        self._session = None
        if self._close_code is not None:
            keep = self._close_code not in _SERVER_ENDS
        else:
            keep = self._socket.close_code not in _CLIENT_ENDS
        self._hub.disconnected(session, keep=keep)


def _object(data: Any) -> Json:
    if not isinstance(data, dict):
        raise _CloseError(DECODE_ERROR)
    return cast(Json, data)


def _shard(value: Any) -> tuple[int, int]:
    if value is None:
        return 0, 1
    try:
        number, count = (int(part) for part in value)
    except (TypeError, ValueError):
        raise _CloseError(INVALID_SHARD) from None
    if not 0 <= number < count:
        raise _CloseError(INVALID_SHARD)
    return number, count
