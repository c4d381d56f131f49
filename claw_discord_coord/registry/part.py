"""The base class of the registry's parts."""

from __future__ import annotations

from claw_discord_coord.clock import Clock
from claw_discord_coord.registry.storage.database import Database


class Part:
    """One part of the registry. All parts share a database and a clock."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
