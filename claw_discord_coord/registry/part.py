"""The base class of the registry's parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from claw_discord_coord.registry.database import Database

Clock = Callable[[], datetime]
"""Tells the time, aware."""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Part:
    """One part of the registry. All parts share a database and a clock."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
