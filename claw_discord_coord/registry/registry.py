"""The entry point to all records: tasks, runs, handoffs, deliveries, events, posts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Self

from claw_discord_coord.clock import Clock, utc_now
from claw_discord_coord.errors import RegistryUnavailable
from claw_discord_coord.private_files import make_private_folder
from claw_discord_coord.registry.admission import Admission
from claw_discord_coord.registry.announcements import Announcements
from claw_discord_coord.registry.calls import Calls
from claw_discord_coord.registry.cancellations import Cancellations
from claw_discord_coord.registry.cursors import Cursors
from claw_discord_coord.registry.deliveries import Deliveries
from claw_discord_coord.registry.due import DueWork
from claw_discord_coord.registry.events import Events
from claw_discord_coord.registry.executions import Executions
from claw_discord_coord.registry.handoffs import Handoffs
from claw_discord_coord.registry.posts import Posts
from claw_discord_coord.registry.reviews import Reviews
from claw_discord_coord.registry.runs import Runs
from claw_discord_coord.registry.showing import Showing
from claw_discord_coord.registry.storage.address import Address
from claw_discord_coord.registry.storage.database import Database
from claw_discord_coord.registry.storage.migration import is_current, migrate
from claw_discord_coord.registry.storage.paths import replace_path
from claw_discord_coord.registry.tasks import Tasks

BUSY_TIMEOUT_S = 10.0
"""The longest wait for a lock that another program holds on the database."""


class Registry:
    """An open registry: one attribute for each kind of record, and for each way in which tasks change.

    Every call is one short transaction in a worker thread, and its changes are stored when it returns. Every call may
    raise RegistryUnavailable. A canceled call may have happened or not. A registry works from any event loop.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self.tasks = Tasks(database, clock)
        self.admission = Admission(database, clock)
        self.executions = Executions(database, clock)
        self.cancellations = Cancellations(database, clock)
        self.reviews = Reviews(database, clock)
        self.runs = Runs(database, clock)
        self.handoffs = Handoffs(database, clock)
        self.deliveries = Deliveries(database, clock)
        self.events = Events(database, clock)
        self.posts = Posts(database, clock)
        self.cursors = Cursors(database, clock)
        self.calls = Calls(database, clock)
        self.announcements = Announcements(database, clock)
        self.due = DueWork(database, clock)
        self.showing = Showing(database, clock)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, clock: Clock = utc_now, busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> AsyncGenerator[Self]:
        """Open the registry at `url` (sqlite:///path, postgresql://… or postgres://…). Creates and migrates the tables.

        Raises:
            RegistryUnavailable: The database cannot be reached, opened or read, or a newer version has migrated the
                tables.
        """
        address = Address.parse(url)
        make_folder(address)
        database = Database(address, busy_timeout_s=busy_timeout_s)
        try:
            await database.write(migrate, address)
            yield cls(database, clock)
        finally:
            database.close()

    async def replace_path(self, old: str, new: str) -> None:
        """Replace the path `old` at the beginning of every stored path, after files were moved."""
        await self._database.write(replace_path, old, new)

    @classmethod
    async def inspect(cls, url: str) -> bool | None:
        """Return whether the registry has the form of this version, or None when there is no registry. Changes nothing.

        Raises:
            RegistryUnavailable: The database cannot be reached, opened or read, or a newer version has migrated the
                tables.
        """
        address = Address.parse(url)
        if address.path is not None and not address.path.exists():
            return None
        database = Database(address, busy_timeout_s=BUSY_TIMEOUT_S)
        try:
            return await database.read(is_current, address)
        finally:
            database.close()


def make_folder(address: Address) -> None:
    """Create the folder of an SQLite registry, readable by the owner only.

    Raises:
        RegistryUnavailable: The folder cannot be created.
    """
    if address.path is None:
        return
    try:
        make_private_folder(address.path.parent)
    except OSError as error:
        raise RegistryUnavailable(
            f"The registry's folder {address.path.parent} cannot be made.",
            fix="Make its parent writable for this user, or name another place.",
        ) from error
