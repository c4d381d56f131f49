"""One connection to the Gateway: handshake, requests, responses and events, until the connection is lost."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI, WebSocketException

from claw_discord_coord.errors import CoordError, NotAuthorized, OpenClawRefused, OpenClawUnavailable
from claw_discord_coord.openclaw.device import Device
from claw_discord_coord.openclaw.frames import PROTOCOL, Challenge, Event, Hello, Response, parse
from claw_discord_coord.openclaw.gateway_errors import from_call, from_handshake

READ, WRITE, ADMIN = "operator.read", "operator.write", "operator.admin"
"""The scopes there are for us (OpenClaw's documentation, "Operator scopes")."""

ROLE = "operator"
HANDSHAKE_LIMIT_S = 15.0
"""The limit of a handshake, as in OpenClaw ("Gateway protocol versioning", "Client constants")."""

FRAME_LIMIT_BYTES = 64 * 1024 * 1024
"""The largest accepted frame; the Gateway's own limit is 25 MiB."""

log = logging.getLogger(__name__)


class Lost(OpenClawUnavailable):
    """The connection broke during a request; the Gateway may have carried out the request."""


@dataclass(frozen=True)
class Access:
    """The Gateway's address and the credentials.

    A paired device connects with a token of its own, limited to the paired scopes; otherwise the shared `token` is
    used. `scopes` are the requested scopes.
    """

    url: str
    scopes: tuple[str, ...] = (READ, WRITE)
    token: SecretStr | None = None
    device: Device | None = None

    @property
    def local(self) -> bool:
        """Return whether the Gateway is on this machine's loopback interface."""
        return urlsplit(self.url).hostname in {"127.0.0.1", "localhost", "::1"}

    def secret(self) -> str:
        """Return the token for the handshake, or an empty text without a token."""
        if self.device is not None and self.device.token is not None:
            return self.device.token
        return self.token.get_secret_value() if self.token else ""


@dataclass
class Connection:
    """A connection after its handshake. Requests get responses only while `read` runs."""

    hello: Hello
    _socket: ClientConnection
    _waiting: dict[str, asyncio.Queue[Response | Lost]] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _lost: bool = False

    @property
    def waiting(self) -> int:
        """Return the number of requests without a response."""
        return len(self._waiting)

    async def call(self, method: str, params: dict[str, Any], *, final: bool = False) -> dict[str, Any]:
        """Call `method` and return the result; the caller limits the time.

        Some methods respond twice: when the work is accepted, and when the work has ended. `final` waits for the
        second.

        Raises:
            Lost: The connection broke before the response.
            NotAuthorized, OpenClawUnavailable, OpenClawRefused: The Gateway refused.
        """
        if self._lost:
            raise Lost
        # Registered before the request is sent: the response may come while `send` still waits.
        name = f"r{next(self._ids)}"
        answers: asyncio.Queue[Response | Lost] = asyncio.Queue()
        self._waiting[name] = answers
        try:
            await self._socket.send(json.dumps({"type": "req", "id": name, "method": method, "params": params}))
            while True:
                answer = await answers.get()
                if isinstance(answer, Lost):
                    raise answer
                if not answer.ok:
                    raise _refusal(method, answer)
                payload = answer.payload or {}
                # `agent` responds twice under one id: when accepted, and when the run has ended.
                if not (final and payload.get("status") == "accepted"):
                    return payload
        except ConnectionClosed:
            raise Lost from None
        finally:
            del self._waiting[name]

    async def read(self, on_event: Callable[[Event], None]) -> None:
        """Read frames until the connection ends. Every waiting request then fails with Lost."""
        try:
            async for text in self._socket:
                frame = parse(text)
                if isinstance(frame, Event):
                    try:
                        on_event(frame)
                    except Exception:
                        # One frame that a listener cannot take must not cost the connection.
                        log.exception("an event of OpenClaw's Gateway was ignored")
                # A second response to a call that took the first has no waiting request, and is dropped.
                elif isinstance(frame, Response) and frame.id in self._waiting:
                    self._waiting[frame.id].put_nowait(frame)
        except ConnectionClosed:
            log.info(
                "the connection to OpenClaw's Gateway closed: %s %s", self._socket.close_code, self._socket.close_reason
            )
        finally:
            self._lost = True
            for answers in self._waiting.values():
                answers.put_nowait(Lost())


@asynccontextmanager
async def opened(access: Access) -> AsyncGenerator[Connection, None]:
    """Yield a connection after the handshake, and close the connection at the end.

    Raises:
        OpenClawUnavailable: No Gateway responds, or the Gateway is still starting.
        NotAuthorized: The token is wrong, the device is not paired, or has fewer scopes than requested.
        OpenClawMismatch: The Gateway speaks another version of the protocol.
        OpenClawRefused: The Gateway refused for another reason.
    """
    if access.device is not None:
        access.device.refresh()
    socket = await _socket(access)
    try:
        async with asyncio.timeout(HANDSHAKE_LIMIT_S):
            hello = await _shake_hands(socket, access)
    except (TimeoutError, ConnectionClosed):
        await socket.close()
        why = socket.close_reason or "it did not answer in time"
        raise OpenClawUnavailable(f"OpenClaw's Gateway ended the handshake: {why}.") from None
    except BaseException:
        await socket.close()
        raise
    try:
        yield Connection(hello, socket)
    finally:
        await socket.close()


async def _socket(access: Access) -> ClientConnection:
    try:
        return await connect(
            access.url,
            compression=None,  # the Gateway never negotiates it ("Gateway protocol transport")
            max_size=FRAME_LIMIT_BYTES,
            open_timeout=HANDSHAKE_LIMIT_S,
            close_timeout=1,
            proxy=None if access.local else True,
        )
    except InvalidURI as error:
        raise OpenClawRefused(
            f"{access.url} is not a WebSocket address.", fix="Write openclaw.gateway_url as ws://127.0.0.1:18789."
        ) from error
    except InvalidStatus as error:
        status = error.response.status_code
        if status >= 500:
            raise OpenClawUnavailable(f"OpenClaw's Gateway answered with HTTP {status}.") from error
        raise OpenClawRefused(
            f"{access.url} answered with HTTP {status} and no WebSocket.",
            fix="Check that openclaw.gateway_url is the address of OpenClaw's Gateway.",
        ) from error
    except (OSError, TimeoutError, InvalidHandshake, WebSocketException) as error:
        raise OpenClawUnavailable(
            f"OpenClaw's Gateway does not answer at {access.url}.", fix="Start it with `openclaw gateway`."
        ) from error


async def _shake_hands(socket: ClientConnection, access: Access) -> Hello:
    challenge = await _challenge(socket)
    await socket.send(
        json.dumps({"type": "req", "id": "connect", "method": "connect", "params": _claim(access, challenge)})
    )
    while True:
        frame = parse(await socket.recv())
        if isinstance(frame, Response) and frame.id == "connect":
            break
    if not frame.ok:
        complaint = frame.error
        if complaint is None:
            raise OpenClawRefused("OpenClaw's Gateway refused the connection without a reason.")
        if complaint.reason in {"AUTH_DEVICE_TOKEN_MISMATCH", "AUTH_TOKEN_MISMATCH"} and _used_device_token(access):
            raise _forgotten(access)
        raise from_handshake(complaint)
    try:
        hello = Hello.model_validate(frame.payload)
    except ValidationError as error:
        raise OpenClawRefused("OpenClaw's Gateway welcomed us in a form that this version does not know.") from error
    missing = [scope for scope in access.scopes if scope not in hello.auth.scopes]
    if missing:
        raise NotAuthorized(
            f"OpenClaw's Gateway did not grant {', '.join(missing)}.",
            fix="Run `claw-discord-coord install` on the Gateway's host to pair this coordinator.",
        )
    if access.device is not None and hello.auth.device_token is not None:
        access.device.remember(hello.auth.device_token, hello.auth.scopes)
    return hello


async def _challenge(socket: ClientConnection) -> Challenge:
    while True:
        frame = parse(await socket.recv())
        if isinstance(frame, Event) and frame.event == "connect.challenge":
            try:
                return Challenge.model_validate(frame.payload)
            except ValidationError as error:
                raise OpenClawRefused("OpenClaw's Gateway sent a challenge that this version does not know.") from error


def _claim(access: Access, challenge: Challenge) -> dict[str, Any]:
    """Return the parameters of `connect`.

    Without a device, the kind of client is one that keeps its scopes on loopback with the shared token alone. With a
    device, the kind must be another, since the first kind is never paired ("Gateway protocol handshake").
    """
    kind = {"id": "gateway-client", "mode": "backend"} if access.device is None else {"id": "cli", "mode": "cli"}
    client = {**kind, "version": version("claw-discord-coord"), "platform": sys.platform}
    token = access.secret()
    claim: dict[str, Any] = {
        "minProtocol": PROTOCOL,
        "maxProtocol": PROTOCOL,
        "client": client,
        "role": ROLE,
        "scopes": list(access.scopes),
        "caps": [],
        "auth": {"token": token} if token else {},
    }
    if access.device is not None:
        claim["device"] = access.device.proof(challenge, client=client, role=ROLE, scopes=access.scopes, token=token)
    return claim


def _forgotten(access: Access) -> CoordError:
    text = "OpenClaw's Gateway no longer knows this coordinator's key."
    if access.token is None or access.device is None:
        return NotAuthorized(text, fix="Run `claw-discord-coord install` on the Gateway's host.")
    access.device.forget_token()
    return OpenClawUnavailable(text, fix="The shared token is tried.")


def _used_device_token(access: Access) -> bool:
    return access.device is not None and access.device.token is not None


def _refusal(method: str, answer: Response) -> Exception:
    if answer.error is None:
        return OpenClawRefused(f"OpenClaw refused {method} without a reason.")
    return from_call(method, answer.error)
