"""The way of every API request: who asks, is it too fast, does a fault strike, what is the answer."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from multidict import MultiDict

from ..errors import INVALID_REQUEST, REQUEST_TOO_LARGE, DiscordError, invalid
from ..json_text import readable, write_json
from ..parts import Parts
from ..rate_limits import MAJOR, Verdict
from ..world.user import User
from .body import BodyTooLargeError, UnreadableBodyError, read_body
from .call import Call
from .hidden_limits import pools_for
from .routes import all_routes
from .routing import Reply, Route
from .strike import strike

log = logging.getLogger(__name__)

Observer = Callable[[str, str, int, Any], None]
"""Told of each answer: method, path template, status, JSON body (None when empty)."""

_VIA = {"Via": "1.1 localcord"}
_INVALID = frozenset({401, 403, 429})
_REASON_CHARS = 512


class Front:
    """Answers requests below `/api/v10`."""

    def __init__(self, parts: Parts, observer: Observer | None = None) -> None:
        self._parts = parts
        self._observer = observer
        self._routes = all_routes()

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answer one request; `path` is what follows `/api/v10`, as it was sent."""
        address = request.remote or ""
        if self._parts.rate_limits.is_banned(address):
            return _cloudflare()
        # Decoded once they are split, since a segment may hold an encoded slash, and before they are matched, since
        # discord.js encodes the @ of `@me` and `@original`.
        segments = [readable(unquote(segment)) for segment in path.strip("/").split("/")]
        path = "/" + "/".join(segments)
        matched = self._routes.match(request.method, segments)
        if not isinstance(matched, tuple):
            status, text = (404, "404: Not Found") if matched is None else (405, "405: Method Not Allowed")
            log.info("%s %s: %s", request.method, path, text)
            return self._respond("", "", Reply({"message": text, "code": 0}, status), {})
        route, params = matched
        fault = self._parts.faults.next_for(request.method, path, "before")
        if fault is not None and (broken := await strike(request, fault)) is not None:
            return broken
        reply, headers = await self._reply(request, route, params)
        if reply.status in _INVALID and headers.get("X-RateLimit-Scope") != "shared":
            self._parts.rate_limits.count_invalid(address)
        fault = self._parts.faults.next_for(request.method, path, "after")
        if fault is not None and (broken := await strike(request, fault)) is not None:
            return broken
        return self._respond(route.method, route.template, reply, headers)

    async def _reply(
        self, request: web.BaseRequest, route: Route, params: dict[str, str]
    ) -> tuple[Reply, dict[str, str]]:
        headers: dict[str, str] = {}
        try:
            json_body, files = await read_body(request, self._parts.limits.request_bytes)
            caller = None if route.anonymous else self._authenticate(request)
            query = MultiDict((name, readable(value)) for name, value in request.query.items())
            call = Call(self._parts, params, query, json_body, files, caller, _reason(request), request.headers)
            verdict = self._check_rate(route, call)
            headers = verdict.headers
            if verdict.refusal is not None:
                return Reply(verdict.refusal, 429), headers
            return self._handle(route, call), headers
        except DiscordError as error:
            return Reply(error.as_dict(), error.status), headers
        except UnreadableBodyError:
            error = DiscordError(INVALID_REQUEST)
            return Reply(error.as_dict(), error.status), headers
        except BodyTooLargeError:
            error = DiscordError(REQUEST_TOO_LARGE)
            return Reply(error.as_dict(), error.status), headers

    def _handle(self, route: Route, call: Call) -> Reply:
        try:
            answer = route.handler(call)
        except Exception as error:
            # Most refusals come before any change; reading everything back for those would be slow.
            if self._parts.world.is_changed or not isinstance(error, DiscordError):
                self._parts.world.roll_back()
            raise
        self._parts.flush()
        if isinstance(answer, Reply):
            return answer
        return Reply(status=204) if answer is None else Reply(answer)

    def _authenticate(self, request: web.BaseRequest) -> User:
        text = request.headers.get("Authorization", "")
        scheme, _, token = text.rpartition(" ")
        user = self._parts.world.user_by_token(token)
        if user is None or (scheme == "Bot") != user.bot:
            raise DiscordError(0, "401: Unauthorized", status=401)
        return user

    def _check_rate(self, route: Route, call: Call) -> Verdict:
        if not self._parts.limits.rates:
            return Verdict()
        major = ":".join(call.params[name] for name in MAJOR if name in call.params)
        for name in ("webhook_token", "interaction_token"):
            if name in call.params:
                major += ":" + call.params[name]
        caller = call.caller.id if call.caller else ""
        return self._parts.rate_limits.check(
            route.method,
            route.template,
            major,
            caller,
            hidden=pools_for(route, call),
            exempt=route.exempt,
        )

    def _respond(self, method: str, template: str, reply: Reply, headers: dict[str, str]) -> web.Response:
        if self._observer is not None:
            self._observer(method, template, reply.status, reply.body)
        headers = _VIA | headers | reply.headers
        if reply.raw is not None:
            return web.Response(
                body=reply.raw, status=reply.status, headers=headers | {"Content-Type": reply.content_type}
            )
        if reply.status == 204:
            return web.Response(status=204, headers=headers)
        headers["Content-Type"] = "application/json"
        return web.Response(body=write_json(reply.body).encode(), status=reply.status, headers=headers)


def _reason(request: web.BaseRequest) -> str | None:
    """Why it is done, for the audit log. Source: Discord documentation, resources/audit-log, "Audit Log Reason"."""
    reason = request.headers.get("X-Audit-Log-Reason")
    if reason is None:
        return None
    reason = readable(unquote(reason))
    if len(reason) > _REASON_CHARS:
        raise invalid(("reason",), "BASE_TYPE_MAX_LENGTH", f"Must be {_REASON_CHARS} or fewer in length.")
    return reason


def _cloudflare() -> web.Response:
    return web.Response(status=429, text="<html>error code: 1015</html>", content_type="text/html")
