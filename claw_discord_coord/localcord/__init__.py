"""A local Discord: API v10, the gateway and a page, for bots and tests. It needs nothing else of this package.

The parts are imported when they are first asked for, so that the pytest plugin beside them costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .faults import Faults, HttpFault
    from .limits import Limits, Rate, RouteLimit
    from .ready import Ready, ReadyBot, ReadyPerson
    from .server import LocalDiscord
    from .threaded import ThreadedDiscord
    from .world.store import DataError, DataInUseError

_HOMES = {
    "DataError": "world.store",
    "DataInUseError": "world.store",
    "Faults": "faults",
    "HttpFault": "faults",
    "Limits": "limits",
    "LocalDiscord": "server",
    "Rate": "limits",
    "Ready": "ready",
    "ReadyBot": "ready",
    "ReadyPerson": "ready",
    "RouteLimit": "limits",
    "ThreadedDiscord": "threaded",
}

__all__ = [
    "DataError",
    "DataInUseError",
    "Faults",
    "HttpFault",
    "Limits",
    "LocalDiscord",
    "Rate",
    "Ready",
    "ReadyBot",
    "ReadyPerson",
    "RouteLimit",
    "ThreadedDiscord",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
