"""Faults between a destination and its counterpart, for the servers of these tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(StrEnum):
    """The behavior of a server from now on."""

    NONE = "answers as it should"
    REFUSES = "says no, for good"
    UNAUTHORIZED = "does not accept the credentials"
    OVERLOADED = "says not now"
    STALLS = "never answers, and does nothing"
    DROPS = "does what it is asked, and breaks the connection instead of answering"


class Faulty:
    """A server with a middleware `disturb` that applies `fault` to all writes."""

    def __init__(self) -> None:
        self.fault = Fault.NONE
        self.released = asyncio.Event()

    @web.middleware
    async def disturb(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method not in {"POST", "PATCH", "PUT"}:
            if self.fault is Fault.UNAUTHORIZED:
                return self.refusal(401)
            return await handler(request)
        match self.fault:
            case Fault.NONE:
                return await handler(request)
            case Fault.REFUSES:
                return self.refusal(422)
            case Fault.UNAUTHORIZED:
                return self.refusal(401)
            case Fault.OVERLOADED:
                return self.refusal(503)
            case Fault.STALLS:
                await self.released.wait()
                raise web.HTTPGatewayTimeout
            case Fault.DROPS:
                await handler(request)
                assert request.transport is not None
                request.transport.close()
                return web.Response()

    def refusal(self, status: int) -> web.Response:
        return web.json_response({"message": f"no, {status}"}, status=status)


@asynccontextmanager
async def served(app: web.Application, faulty: Faulty) -> AsyncIterator[str]:
    """Serve on a free port of the loopback interface, and yield the address without a slash at the end."""
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        faulty.released.set()
        await runner.cleanup()
