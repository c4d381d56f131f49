"""Decides who may call over HTTP, before any route sees the request."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from claw_discord_coord.coordination.coordinator import Coordinator
from claw_discord_coord.coordination.sessions import TOKEN_PREFIX
from claw_discord_coord.errors import NotAuthorized
from claw_discord_coord.surfaces.gateway_process import GatewayProcess

AGENT = "agent"
"""The key in the scope of a request by an agent at work, with the agent as `Caller`."""
BELOW_OPENCLAW = "below_openclaw"
"""The key in the scope of other requests; true for a process that OpenClaw's Gateway has started."""
_OF_PROXIES = frozenset({"via", "forwarded", "x-forwarded-for"})
"""The headers by which proxies say that a request is of others. Sources: RFC 9110, 7.6.3 ("Via"); RFC 7239."""
_FOR_AGENTS = ("/skills", "/tasks/")
"""The beginnings of the paths that agents may call. MCP is not among them: an MCP call has no request id that a
repeated run could reuse."""


class Guard:
    """Refuses requests without a valid token, and requests from web pages (DNS rebinding).

    A request by a process of a run counts as the agent's, whatever token the request has.
    """

    def __init__(self, app: ASGIApp, coordinator: Coordinator, token: Callable[[], str]) -> None:
        """Guard `app`; `token` returns the bearer token that is valid now."""
        self._app = app
        self._coordinator = coordinator
        self._token = token
        self._gateway = GatewayProcess(lambda: coordinator.config().gateway_port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle an ASGI event: identify the caller, then pass the request on or refuse it."""
        # Everything but the start and the end of the server is a request, also in protocols that uvicorn may add.
        if scope["type"] != "lifespan" and (problem := await self._problem(scope)) is not None:
            refusal = {"error": {"type": "not_authorized", "message": problem, "fix": None}}
            await JSONResponse(refusal, status_code=401)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _problem(self, scope: Scope) -> str | None:
        request = Request(scope)
        # A page that rebinds its name to 127.0.0.1 sends its own host; browsers send `Origin` with POST requests.
        if (request.url.hostname or "") not in {"127.0.0.1", "localhost", "::1"} or "origin" in request.headers:
            return "Web pages may not call this address."
        # Behind a proxy the system tells only the proxy's process, and an agent may be the proxy's client.
        if not _OF_PROXIES.isdisjoint(request.headers):
            return "A proxy may not call this address for others."
        try:
            return await self._identify(scope, request)
        except NotAuthorized as error:
            return error.sentence()

    async def _identify(self, scope: Scope, request: Request) -> str | None:
        """Note in the scope who calls. Returns the reason for a refusal, or None.

        Raises:
            NotAuthorized: The process or the token belongs to a run that may not call.
        """
        if scope["path"] == "/health":
            return None
        origin = await request.state.peer.origin()
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        if (origin.marks or bearer.startswith(TOKEN_PREFIX)) and not scope["path"].startswith(_FOR_AGENTS):
            return "An agent at work calls skills with CLAW_CLI or over HTTP, not over MCP."
        # The call's own request id and surface are filled in by the dispatcher.
        if origin.marks:
            scope[AGENT] = await self._coordinator.process_caller(origin.marks, request_id="", surface="http")
        elif bearer.startswith(TOKEN_PREFIX):
            scope[AGENT] = await self._coordinator.agent_caller(bearer, request_id="", surface="http")
        elif not hmac.compare_digest(bearer.encode(), self._token().encode()):
            return "The token is missing or wrong."
        else:
            scope[BELOW_OPENCLAW] = await self._gateway.has_started(origin)
        return None
