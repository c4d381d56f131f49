"""The server: one port for the API, the gateway, the page and the admin interface."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from .admin import Admin, AdminRoutes
from .api.front import Front, Observer
from .api.strike import cut, strike
from .archiver import Archiver
from .clock import Clock
from .faults import Faults
from .gateway.connection import Connection
from .gateway.hub import Hub
from .json_text import readable
from .limits import OFF, Limits
from .page_files import page_file
from .parts import Parts
from .pictures import picture
from .rate_limits import RateLimits
from .ready import Ready
from .same_site import is_cross_site, is_loopback_host
from .uploads import download
from .world.seed import seed
from .world.store import MemoryStore, SqliteStore
from .world.world import World

log = logging.getLogger(__name__)

Admit = Callable[[asyncio.BaseTransport | None], Awaitable[str | None]]
"""Looks at a connection. Returns the reason why its requests are refused, or None."""

BOTS = ("coordinator", "assistant")
PEOPLE = ("ada", "grace")
_API = ("/api/v10", "/api/v9", "/api")


class LocalDiscord:
    """A running local Discord; made by `LocalDiscord.serve`.

    `ready` says where it is and who there is, `faults` makes it fail on demand, `admin` changes clock, limits and
    world. All of it is to be used on the event loop the server runs on.
    """

    def __init__(self, parts: Parts, ready: Ready) -> None:
        self.parts = parts
        self.ready = ready
        self.faults = parts.faults
        self.admin = Admin(parts)

    @property
    def api_base(self) -> str:
        """Where the API is, e.g. `http://127.0.0.1:3911/api/v10`."""
        return self.ready.api_base

    @property
    def gateway_url(self) -> str:
        """Where the gateway is, e.g. `ws://127.0.0.1:3911/gateway`."""
        return self.ready.gateway_url

    @property
    def page(self) -> str:
        """Where the page is, e.g. `http://127.0.0.1:3911/`."""
        return self.ready.page

    @staticmethod
    @asynccontextmanager
    async def serve(
        port: int = 0,
        data: Path | None = None,
        limits: bool | Limits = True,
        *,
        bots: Sequence[str] = BOTS,
        people: Sequence[str] = PEOPLE,
        observer: Observer | None = None,
        admit: Admit | None = None,
    ) -> "AsyncGenerator[LocalDiscord]":
        """Serve on 127.0.0.1 until the context ends; port 0 takes any free one.

        `limits` are Discord's (True), without rates (False), or your own. `bots` and `people` (the first owns the
        guild) matter only when `data` holds no world yet. `observer` is told of every API answer: method, path
        template, status, JSON. `admit` may refuse everything that reads or writes the world, but not the page's files
        and downloads. Raises OSError when the port is taken, DataInUseError when the data folder is.
        """
        chosen = limits if isinstance(limits, Limits) else Limits() if limits else OFF
        store = MemoryStore() if data is None else SqliteStore(data)
        clock = Clock(float(store.remembered("offset_s") or 0.0))
        try:
            world = World(clock, store)
            guild = next(iter(world.guilds), None) or seed(world, bots, people)
            faults = Faults()
            hub = Hub(world, clock, chosen, faults)
            parts = Parts(world, clock, chosen, RateLimits(clock, chosen), faults, hub)
            doorman = _Doorman(parts, observer, admit)
            runner = web.ServerRunner(
                web.Server(doorman.answer, access_log=None, handler_cancellation=True), shutdown_timeout=0.5
            )
            await runner.setup()
            try:
                site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
                await site.start()
                bound = runner.addresses[0][1]
                world.origin = f"http://127.0.0.1:{bound}"
                hub.url = f"ws://127.0.0.1:{bound}/gateway"
                parts.flush()
                Archiver(parts).start()
                yield LocalDiscord(parts, _ready(parts, guild.id))
            finally:
                faults.clear()
                hub.close_all()
                await runner.cleanup()
        finally:
            clock.close()
            store.close()


def _ready(parts: Parts, guild_id: str) -> Ready:
    admin = Admin(parts)
    origin = parts.world.origin
    return Ready(f"{origin}/api/v10", parts.hub.url, f"{origin}/", guild_id, admin.bots(), admin.people())


class _Doorman:
    """Sends each request where it belongs."""

    def __init__(self, parts: Parts, observer: Observer | None, admit: Admit | None) -> None:
        self._parts = parts
        self._admit = admit
        self._front = Front(parts, observer)
        self._admin = AdminRoutes(parts)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request of any kind."""
        try:
            return await self._answer(request)
        except (asyncio.CancelledError, web.HTTPException):
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return web.json_response({"message": "500: Internal Server Error", "code": 0}, status=500)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path = readable(request.rel_url.raw_path)
        guarded = path.startswith(("/localcord/", "/api/")) or path.rstrip("/") == "/gateway"
        if self._admit is not None and guarded and (reason := await self._admit(request.transport)) is not None:
            return _forbidden(reason)
        if path.startswith("/localcord/admin/"):
            return self._refuse(request) or await self._admin.answer(request, path.removeprefix("/localcord/admin"))
        if not self._parts.faults.up.is_set():
            cut(request, reset=True)
            return web.Response(status=503)
        if is_cross_site(request):
            return _forbidden("requests of other sites are refused")
        for prefix in _API:
            if path.startswith(prefix + "/"):
                return await self._front.answer(request, path.removeprefix(prefix))
        if path.rstrip("/") == "/gateway":
            fault = self._parts.faults.next_for(request.method, "/gateway", "before")
            if fault is not None and (broken := await strike(request, fault)) is not None:
                return broken
            return await Connection(self._parts.hub, request).serve()
        return self._refuse(request) or self._file(request, path)

    def _refuse(self, request: web.BaseRequest) -> web.Response | None:
        if not is_loopback_host(request):
            return _forbidden("the Host must be 127.0.0.1, localhost or [::1]")
        return _forbidden("requests of other sites are refused") if is_cross_site(request) else None

    def _file(self, request: web.BaseRequest, path: str) -> web.Response:
        world = self._parts.world
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, text="Method Not Allowed")
        if path == "/localcord/people":
            return web.json_response(Admin(self._parts).people_json(), headers={"Cache-Control": "no-store"})
        found = download(world, path) or picture(world, path) or page_file(path)
        return found or web.Response(status=404, text="Not Found")


def _forbidden(why: str) -> web.Response:
    return web.json_response({"message": f"403: Forbidden: {why}", "code": 0}, status=403)
