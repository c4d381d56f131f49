"""One connection to the Gateway: its handshake, its requests and their answers, until it is lost."""

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
"""How long a handshake may take: OpenClaw's own limit ("Gateway protocol versioning", "Client constants")."""

FRAME_LIMIT_BYTES = 64 * 1024 * 1024
"""What we accept in one frame; the Gateway's own limit is 25 MiB."""

log = logging.getLogger(__name__)


class Lost(OpenClawUnavailable):
    """The connection to OpenClaw's Gateway broke while a request was on its way; the Gateway may have carried it
    out.
    """


@dataclass(frozen=True)
class Access:
    """Where the Gateway is and by what right we call it.

    A device that has been paired connects with its own token, which allows no more than it was paired for; otherwise
    the shared `token` is used. `scopes` is all that is asked for.
    """

    url: str
    scopes: tuple[str, ...] = (READ, WRITE)
    token: SecretStr | None = None
    device: Device | None = None

    @property
    def local(self) -> bool:
        """Whether the Gateway is on this machine's loopback interface."""
        return urlsplit(self.url).hostname in {"127.0.0.1", "localhost", "::1"}

    def secret(self) -> str:
        """The token to connect with, or an empty text when there is none."""
        if self.device is not None and self.device.token is not None:
            return self.device.token
        return self.token.get_secret_value() if self.token else ""


@dataclass
class Connection:
    """A connection after its handshake. `read` must be running for requests to be answered."""

    hello: Hello
    _socket: ClientConnection
    _waiting: dict[str, asyncio.Queue[Response | Lost]] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _lost: bool = False

    @property
    def waiting(self) -> int:
        """How many requests have no answer yet."""
        return len(self._waiting)

    async def call(self, method: str, params: dict[str, Any], *, final: bool = False) -> dict[str, Any]:
        """Ask for `method` and return the answer; the caller limits the time.

        Some methods answer twice, when what they start is accepted and when it has ended; `final` waits for the
        second.

        Raises:
            Lost: the connection broke before the answer.
            NotAuthorized, OpenClawUnavailable, OpenClawRefused: the Gateway said no.

        """
        if self._lost:
            raise Lost
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
                if not (final and payload.get("status") == "accepted"):
                    return payload
        except ConnectionClosed:
            raise Lost from None
        finally:
            del self._waiting[name]

    async def read(self, on_event: Callable[[Event], None]) -> None:
        """Take in frames until the connection ends; every request that still waits then fails with Lost."""
        try:
            async for text in self._socket:
                frame = parse(text)
                if isinstance(frame, Event):
                    on_event(frame)
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
    """A connection that has shaken hands; closed at the end.

    Raises:
        OpenClawUnavailable: nobody answers there, or the Gateway is still starting.
        NotAuthorized: wrong token, not paired, or fewer scopes than asked for.
        OpenClawMismatch: another protocol version.
        OpenClawRefused: something else is wrong with the connection.

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
    """The parameters of `connect`.

    Without a device we are the kind of client that may keep its scopes on loopback with the shared token alone; with
    one we must not be, since that kind is never paired ("Gateway protocol handshake").
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
