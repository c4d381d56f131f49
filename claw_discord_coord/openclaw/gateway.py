"""OpenClaw's Gateway for the rest of the package: a connection that is made anew after every loss."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from claw_discord_coord.errors import CoordError, OpenClawUnavailable
from claw_discord_coord.openclaw.frames import Event, Hello
from claw_discord_coord.openclaw.gateway_connection import Access, Connection, opened

CALL_LIMIT_S = 30.0
"""The default limit of a request: OpenClaw's own ("Client constants")."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Backoff:
    """The seconds before the next connection: doubled each time up to a limit, with jitter against steps with other
    clients.

    `refused_s` is the pause after a refusal that only a person can end (wrong token, other protocol).
    """

    first_s: float = 0.5
    limit_s: float = 10.0
    refused_s: float = 15.0

    def wait_s(self, attempt: int, error: CoordError) -> float:
        """Return the pause after the attempt of that number, from 0, has failed with `error`."""
        if not isinstance(error, OpenClawUnavailable):
            return self.refused_s
        return min(self.limit_s, self.first_s * 2 ** min(attempt, 16)) * random.uniform(0.5, 1.0)  # noqa: S311


@dataclass(frozen=True)
class Back:
    """The connection is back after a loss, so events may be missing; `boot_id` tells whether the Gateway restarted."""

    boot_id: str


class Listener:
    """Events in their order, with a Back wherever events may be missing. Iterating never ends by itself."""

    def __init__(self, wanted: Callable[[Event], bool], limit: int) -> None:
        self._wanted = wanted
        self._items: deque[Event | Back] = deque(maxlen=limit)
        self._arrived = asyncio.Event()

    def offer(self, item: Event | Back) -> None:
        """Queue a wanted item. The oldest items are dropped when the listener is not read for long."""
        if isinstance(item, Back) or self._wanted(item):
            self._items.append(item)
            self._arrived.set()

    async def next(self) -> Event | Back:
        """Wait for the next item and return the item. Canceling the wait loses nothing."""
        while not self._items:
            self._arrived.clear()
            await self._arrived.wait()
        return self._items.popleft()


class Gateway:
    """A client of the Gateway, open during its `async with`.

    The client connects at once, and again after each loss. `call` waits for the connection within a time limit. After a
    refusal that waiting cannot fix, calls fail at once with the reason.
    """

    def __init__(self, access: Access, *, backoff: Backoff | None = None) -> None:
        self._access = access
        self._backoff = backoff or Backoff()
        self._connection: Connection | None = None
        self._problem: CoordError | None = None
        self._changed = asyncio.Condition()
        self._listeners: set[Listener] = set()
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Gateway:
        self._keeper = asyncio.create_task(self._keep_connected(), name="connection to OpenClaw's Gateway")
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            # `wait` and not `await`: the cancellation of the task must not count as one of the caller.
            await asyncio.wait([self._keeper])

    @property
    def access(self) -> Access:
        """The Gateway's address and the credentials."""
        return self._access

    @property
    def problem(self) -> CoordError | None:
        """The reason for the missing connection; None while connected and before the first attempt."""
        return self._problem

    async def hello(self, *, limit_s: float = CALL_LIMIT_S) -> Hello:
        """Wait for the connection and return the Gateway's response to the handshake.

        Raises:
            CoordError: As `call`.
        """
        return (await self._connected(limit_s, "the handshake")).hello

    async def call(
        self, method: str, params: dict[str, Any] | None = None, *, limit_s: float = CALL_LIMIT_S, final: bool = False
    ) -> dict[str, Any]:
        """Call `method` of the Gateway and return the result; with `final` the second response of a method that
        responds twice.

        Raises:
            Lost: The connection broke during the request; the Gateway may have carried out the request. An
                OpenClawUnavailable.
            OpenClawUnavailable: There is no connection, or no response within `limit_s`.
            NotAuthorized, OpenClawMismatch, OpenClawRefused: The Gateway refused.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + limit_s
        connection = await self._connected(limit_s, method)
        try:
            async with asyncio.timeout_at(end):
                return await connection.call(method, params or {}, final=final)
        except TimeoutError:
            raise OpenClawUnavailable(f"OpenClaw did not answer {method} within {limit_s:g} s.") from None

    @contextmanager
    def listening(self, wanted: Callable[[Event], bool], *, limit: int = 5_000) -> Generator[Listener, None, None]:
        """Yield a listener for the wanted events, from now on."""
        listener = Listener(wanted, limit)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def _connected(self, limit_s: float, what: str) -> Connection:
        try:
            async with asyncio.timeout(limit_s), self._changed:
                while self._connection is None:
                    # A wrong token or another protocol lasts until a person acts, so a call must not wait for it.
                    if self._problem is not None and not isinstance(self._problem, OpenClawUnavailable):
                        raise _again(self._problem)
                    await self._changed.wait()
                return self._connection
        except TimeoutError:
            if self._problem is not None:
                raise _again(self._problem) from None
            raise OpenClawUnavailable(
                f"OpenClaw's Gateway could not be reached within {limit_s:g} s for {what}."
            ) from None

    async def _keep_connected(self) -> None:
        attempt, was_connected = 0, False
        while True:
            try:
                async with opened(self._access) as connection:
                    log.info("connected to OpenClaw %s", connection.hello.server.version)
                    await self._now(connection, None)
                    # Events of the time without a connection are lost; listeners have to read the transcript.
                    if was_connected:
                        self._tell(Back(connection.hello.server.boot_id))
                    attempt, was_connected = 0, True
                    await connection.read(self._tell)
                problem: CoordError = OpenClawUnavailable(
                    "The connection to OpenClaw's Gateway is lost.", fix="It is being made again."
                )
            except CoordError as error:
                problem = error
                # A planned restart alone takes up to 315 s until all runs have ended (OpenClaw 2026.9.6).
                # One warning for each outage, not one for each attempt.
                log.log(logging.INFO if attempt else logging.WARNING, "%s", error.sentence())
            except Exception:
                log.exception("the connection to OpenClaw's Gateway failed in a way nobody foresaw")
                problem = OpenClawUnavailable("The connection to OpenClaw's Gateway failed; the log has the details.")
            await self._now(None, problem)
            await asyncio.sleep(self._backoff.wait_s(attempt, problem))
            attempt += 1

    async def _now(self, connection: Connection | None, problem: CoordError | None) -> None:
        async with self._changed:
            self._connection, self._problem = connection, problem
            self._changed.notify_all()

    def _tell(self, item: Event | Back) -> None:
        for listener in self._listeners:
            listener.offer(item)


@asynccontextmanager
async def briefly(access: Access, *scopes: str) -> AsyncGenerator[Connection, None]:
    """Yield a separate connection with other scopes, for the few calls that need more rights than the lasting
    connection.
    """
    paired_for = access.device.scopes if access.device is not None else ()
    # A device token gives no scope beyond its pairing; the shared token gives every scope on loopback.
    by_device = set(scopes) <= set(paired_for) or access.token is None
    wider = access if by_device else replace(access, device=None)
    async with opened(replace(wider, scopes=scopes or access.scopes)) as connection:
        reading = asyncio.create_task(connection.read(lambda _: None))
        try:
            yield connection
        finally:
            reading.cancel()
            await asyncio.wait([reading])


def _again(problem: CoordError) -> CoordError:
    """Return the same error as a fresh exception: an exception that is raised many times collects all tracebacks."""
    return type(problem)(str(problem), fix=problem.fix)
