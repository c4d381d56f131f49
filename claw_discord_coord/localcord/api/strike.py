"""What a fault does to a request over HTTP."""

import asyncio
import json
import socket
import struct

from aiohttp import web

from ..faults import HttpFault
from ..shapes import Json

_LINGER_0 = struct.pack("ii", 1, 0)


async def strike(request: web.BaseRequest, fault: HttpFault) -> web.Response | None:
    """Carry out a fault: the answer to give instead, or None to go on."""
    if fault.action == "slow":
        await asyncio.sleep(fault.seconds)
        return None
    if fault.action == "hang":
        await fault.released.wait()
        return None
    if fault.action in ("drop", "reset"):
        cut(request, reset=fault.action == "reset")
        return web.Response(status=500)
    if fault.action == "rate_limit":
        return _too_many(fault)
    text = fault.body if fault.body is not None else json.dumps({"message": f"{fault.status}: fault", "code": 0})
    return web.Response(
        body=text.encode(), status=fault.status, headers={"Content-Type": "application/json", "Via": "1.1 localcord"}
    )


def cut(request: web.BaseRequest, *, reset: bool) -> None:
    """End the connection of a request, with RST or without."""
    transport = request.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if reset and connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
    if reset:
        transport.abort()
    else:
        transport.close()


def _too_many(fault: HttpFault) -> web.Response:
    if not fault.via:
        return web.Response(status=429, text="<html>error code: 1015</html>", content_type="text/html")
    scope = "global" if fault.overall else fault.scope
    body: Json = {"message": "You are being rate limited.", "retry_after": fault.seconds, "global": fault.overall}
    headers = {
        "Via": "1.1 localcord",
        "Content-Type": "application/json",
        "Retry-After": str(max(1, round(fault.seconds))),
        "X-RateLimit-Scope": scope,
    }
    if fault.overall:
        headers["X-RateLimit-Global"] = "true"
    return web.Response(body=json.dumps(body).encode(), status=429, headers=headers)
