"""A local Discord: API v10, the gateway and a page, for bots and tests. It needs nothing else of this package."""

from .faults import Faults, HttpFault
from .limits import Limits, Rate, RouteLimit
from .ready import Ready, ReadyBot, ReadyPerson
from .server import LocalDiscord
from .world.store import DataInUseError

__all__ = [
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
]
