"""Keeps other web sites out: what a browser on this machine may be tricked into sending is refused.

The page and everything below `/localcord` hand out tokens without asking for one, so the Host must be this machine
(a name that an attacker points at 127.0.0.1 is not), and the request must not come from another site.
"""

from aiohttp import web

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


def is_loopback_host(request: web.BaseRequest) -> bool:
    """Whether the Host header names this machine by one of its own names."""
    host = request.headers.get("Host", "")
    name = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.split(":")[0]
    return name.lower() in LOOPBACK


def is_cross_site(request: web.BaseRequest) -> bool:
    """Whether a browser says that another site's page made this request."""
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return True
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    return origin.partition("://")[2].lower() != request.headers.get("Host", "").lower()
