"""Serves the skills on the loopback interface: JSON over HTTP, and MCP below `/mcp`.

    POST /skills/{name}      the skill's input → the result; errors as {"error": {"type", "message", "fix"}}
    POST /skills/{name}/command  {"command": free text} → {"answer": the result, "text": the result for a person}
    GET  /skills             [{name, description, input_schema, result_schema}]
    GET  /tasks/{id}/updates    the task's updates, one JSON object per line, until the task ends
    GET  /health             {"status": "ok", ...}
    *    /mcp                Model Context Protocol, streamable HTTP

Every request except /health needs the coordinator's token, or a task token, which identifies an agent at work.
`X-Request-Id` is the same on every retry of one call. `X-Claw-Caller` is JSON about the origin of the call;
its `surface` is one of `SURFACES`.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import getpass
import json
import logging
import secrets
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import uvicorn
from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from claw_discord_coord import __version__
from claw_discord_coord.coordination.coordinator import Coordinator
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.errors import Conflict, CoordError, NotAuthorized, Refused, Unavailable, UnknownTask, UsageError
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.skills import SKILLS
from claw_discord_coord.surfaces.dispatch import OPENCLAW, SURFACES, Dispatcher, UnverifiedCaller
from claw_discord_coord.surfaces.guard import AGENT, BELOW_OPENCLAW, Guard
from claw_discord_coord.surfaces.mcp_on_demand import McpOnDemand
from claw_discord_coord.surfaces.peer import Peer
from claw_discord_coord.text.sanitize import one_line

log = logging.getLogger(__name__)

BODY_LIMIT_BYTES = 4 * 1024 * 1024
BODY_LIMIT_S = 30.0
"""The longest time for a body. The guard identifies an agent before the body is read, and the agent's run may end."""
_OBJECT = TypeAdapter(dict[str, Any])
KEEP_ALIVE_S = 10.0
"""The longest silence of a stream of updates, so that a dead connection is noticed."""


@asynccontextmanager
async def serve(
    coordinator: Coordinator, token: Callable[[], str], *, port: int, unix: socket.socket | None = None
) -> AsyncGenerator[str]:
    """Serve on 127.0.0.1 and yield the URL, such as `http://127.0.0.1:40123`.

    Args:
        coordinator: The coordinator.
        token: Returns the bearer token that is valid now.
        port: The port, or 0 for a free one.
        unix: A listening Unix socket to serve on, too.

    Raises:
        CoordError: The port is taken.
    """
    listener = _listen(port)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        _app(coordinator, token),
        http=_Identifying,
        # The guard and the routes know HTTP only.
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener, *([unix] if unix else [])]), name="http")
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers no event for it
            await asyncio.sleep(0.01)
        yield url
    finally:
        server.should_exit = True
        await serving


class _Identifying(H11Protocol):
    """HTTP connections that know the process at the other end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "peer": Peer(transport.get_extra_info("socket"))}


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Leave signals to the coordinator, which has more to close than this server."""
        yield


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise CoordError(
            f"Port {port} on 127.0.0.1 cannot be used: {error.strerror}.",
            fix="Set `server.port` in skill.yaml to another one, or to 0 for a free one.",
        ) from None
    return listener


def _app(coordinator: Coordinator, token: Callable[[], str]) -> ASGIApp:
    routes = _Routes(coordinator)
    mcp = McpOnDemand(routes.call_from_mcp, lambda: coordinator.config().skills)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with mcp.running():
            yield

    app = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/health", routes.health),
            Route("/skills", routes.list_skills),
            Route("/skills/{name}", routes.call_skill, methods=["POST"]),
            Route("/skills/{name}/command", routes.call_command, methods=["POST"]),
            Route("/tasks/{task_id}/updates", routes.updates),
            Route("/mcp", mcp),
        ],
        exception_handlers={CoordError: _error_response, Exception: _unexpected},
    )
    return Guard(app, coordinator, token)


class _Routes:
    def __init__(self, coordinator: Coordinator) -> None:
        self._coordinator = coordinator
        self._dispatcher = Dispatcher(coordinator)

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "version": __version__})

    async def list_skills(self, _request: Request) -> Response:
        return JSONResponse(
            [
                {
                    "name": skill.name,
                    "description": skill.description,
                    "input_schema": skill.input_schema,
                    "result_schema": skill.result.model_json_schema(mode="serialization"),
                }
                for skill in SKILLS.values()
                if skill.name in self._coordinator.config().skills
            ]
        )

    async def call_skill(self, request: Request) -> Response:
        result = await self._dispatcher.call(request.path_params["name"], await read_body(request), _sender(request))
        return JSONResponse(result.model_dump(mode="json"))

    async def call_command(self, request: Request) -> Response:
        skill = self._dispatcher.find(request.path_params["name"])
        arguments = skill.parse(str((await read_body(request)).get("command", "")))
        result = await self._dispatcher.call(skill.name, arguments, _sender(request), form=skill.how_to_write())
        shown = result.model_dump(mode="json")
        # The plugin in OpenClaw reads the field `answer`; an installed plugin may be older than the coordinator.
        return JSONResponse({"answer": shown, "text": skill.command_line.show(shown)})

    async def call_from_mcp(self, name: str, arguments: dict[str, Any], request_id: str) -> dict[str, Any]:
        result = await self._dispatcher.call(name, arguments, UnverifiedCaller(request_id, "mcp", "an assistant"))
        return result.model_dump(mode="json")

    async def updates(self, request: Request) -> Response:
        caller = await self._dispatcher.caller(_sender(request))
        task = await self._coordinator.visible_task(request.path_params["task_id"], caller)
        if not caller.reads(task):
            raise NotAuthorized(f"Task {task.id} is private.", fix="Follow it at its machine.")
        return StreamingResponse(self._lines(task.id), media_type="application/x-ndjson")

    async def _lines(self, task_id: str) -> AsyncIterator[str]:
        async with self._coordinator.updates.subscribe(task_id) as lines:
            task = await self._coordinator.registry.tasks.get(task_id)
            if task.thread_url:
                yield _line(Update(task_id, "placed", task.thread_url))
            yield _line(Update(task_id, "state", task.state.value))
            while task.state not in FINAL:
                try:
                    line = await asyncio.wait_for(lines.get(), KEEP_ALIVE_S)
                except TimeoutError:
                    yield "\n"
                    continue
                yield _line(line)
                if line.type == "state":
                    task = await self._coordinator.registry.tasks.get(task_id)


def _sender(request: Request) -> UnverifiedCaller:
    context = _json(request.headers.get("x-claw-caller", "{}"), "X-Claw-Caller")
    surface = context.get("surface", "http")
    request_id = request.headers.get("x-request-id") or f"http-{secrets.token_hex(12)}"
    if request.scope.get(BELOW_OPENCLAW):
        # OpenClaw names neither person nor session to the programs that a turn starts: a guest without a chat.
        surface, context = OPENCLAW, {"surface": OPENCLAW}
    # The surface decides the caller's rights: an unknown one must not count as the person at this machine.
    if surface not in SURFACES:
        raise UsageError("X-Claw-Caller names an unknown surface.", fix=f"Name one of: {', '.join(SURFACES)}.")
    sender = UnverifiedCaller(
        request_id,
        surface,
        "",
        agent=request.scope.get(AGENT),
        context=context,
    )
    name = _through_openclaw(sender) if surface == OPENCLAW else str(context.get("name") or _user())
    return dataclasses.replace(sender, name=one_line(name, 100))


def _through_openclaw(sender: UnverifiedCaller) -> str:
    """Return the caller's name for the records: the person in the chat, and the OpenClaw agent that made the call."""
    agent = f"OpenClaw's {sender.context.get('agent_id') or 'main'}"
    if sender.sender_id is None:
        return agent
    return f"{sender.chat or 'chat'} user {sender.sender_id} through {agent}"


def _user() -> str:
    """Return the name of the user who runs the coordinator; a container may have no user name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"


async def read_body(request: Request, *, limit_s: float = BODY_LIMIT_S) -> dict[str, Any]:
    """Return the JSON object in the body.

    Raises:
        UsageError: The body is no JSON object, is too long, or takes too long.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(limit_s):
            async for chunk in request.stream():
                body += chunk
                # Counted while reading: a length header may be missing or false.
                if len(body) > BODY_LIMIT_BYTES:
                    raise UsageError(
                        f"The call has more than {BODY_LIMIT_BYTES:,} bytes.",
                        fix="Put the material into a file and name it.",
                    )
    except TimeoutError:
        raise UsageError(f"The call's body did not arrive within {limit_s:g} s.", fix="Call again.") from None
    return _json(body.decode("utf-8", "replace") or "{}", "The body")


def _json(text: str, what: str) -> dict[str, Any]:
    try:
        return _OBJECT.validate_json(text)
    except ValidationError:
        raise UsageError(f"{what} is not a JSON object.") from None


def _line(line: Update) -> str:
    return json.dumps(asdict(line), ensure_ascii=False) + "\n"


def _error_response(_request: Request, error: Exception) -> Response:
    assert isinstance(error, CoordError)  # noqa: S101 - registered for this class only
    return JSONResponse(
        {"error": {"type": error.type, "message": str(error), "fix": error.fix}}, status_code=_status(error)
    )


def _unexpected(_request: Request, error: Exception) -> Response:
    log.error("a call failed", exc_info=error)
    message = f"The coordinator failed unexpectedly ({type(error).__name__})."
    body = {"type": "coord_error", "message": message, "fix": "The coordinator's log has the details."}
    return JSONResponse({"error": body}, status_code=500)


def _status(error: CoordError) -> int:
    table = (
        (UnknownTask, 404),
        (UsageError, 400),
        (NotAuthorized, 403),
        (Refused, 409),
        (Conflict, 409),
        (Unavailable, 503),
    )
    return next((status for kind, status in table if isinstance(error, kind)), 500)
