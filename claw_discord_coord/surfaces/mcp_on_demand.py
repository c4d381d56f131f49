"""Serves MCP over HTTP, and imports the MCP SDK only for the first request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from claw_discord_coord.surfaces.mcp import Call

log = logging.getLogger(__name__)


class McpOnDemand:
    """An ASGI application that imports and starts the MCP server at the first request.

    Args:
        call: Calls a skill.
        offered: Returns the names of the skills to offer.
    """

    def __init__(self, call: Call, offered: Callable[[], Sequence[str]]) -> None:
        self._call = call
        self._offered = offered
        self._asked = asyncio.Event()
        self._app = asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Serve requests while the context lasts."""
        serving = asyncio.create_task(self._serve(), name="mcp")
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request; the first requests wait for the import."""
        self._asked.set()
        # Shielded: a request that is canceled must not cancel the future for the others.
        app: ASGIApp = await asyncio.shield(self._app)
        await app(scope, receive, send)

    async def _serve(self) -> None:
        # In a task of its own: the task that enters the SDK's task group must also leave it.
        while True:
            await self._asked.wait()
            try:
                # In a thread, since the import takes a second of CPU, in which the event loop would stand still.
                app = await asyncio.to_thread(self._build)
                async with app.router.lifespan_context(app):
                    self._app.set_result(app)
                    await asyncio.Event().wait()
            except Exception as error:
                log.exception("MCP failed; the next request starts it again")
                failed, self._app = self._app, asyncio.get_running_loop().create_future()
                self._asked.clear()
                if not failed.done():
                    failed.set_exception(error)

    def _build(self) -> Starlette:
        # Imported here: the SDK takes 30 MB, and most coordinators never get a request over MCP.
        from claw_discord_coord.surfaces import mcp

        return mcp.server(self._call, tuple(self._offered())).streamable_http_app(
            json_response=True,
            # Without sessions on the server: a client's session survives a restart of the coordinator.
            stateless_http=True,
        )
