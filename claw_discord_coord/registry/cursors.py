"""Stores reading positions, one value per name."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import insert_new
from claw_discord_coord.registry.storage.schema import cursors


class Cursors(Part):
    """The positions by name."""

    async def get(self, name: str) -> str | None:
        """Return the position, or None when the position was never set."""
        query = select(cursors.c.value).where(cursors.c.name == name)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one_or_none())

    async def set(self, name: str, value: str) -> None:
        """Store the position."""
        await self._database.write(_set, name, value)


def _set(connection: Connection, name: str, value: str) -> None:
    if not insert_new(connection, cursors, {"name": name, "value": value}):
        connection.execute(update(cursors).where(cursors.c.name == name).values(value=value))
