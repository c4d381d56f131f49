"""Migrates a registry's tables to the form of this version, whenever a registry is opened."""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

from claw_discord_coord.errors import RegistryUnavailable
from claw_discord_coord.registry.storage import search
from claw_discord_coord.registry.storage.address import Address
from claw_discord_coord.registry.storage.rows import one_at_a_time
from claw_discord_coord.registry.storage.schema import VERSION, VERSION_TABLE


def is_current(connection: Connection, address: Address) -> bool:
    """Return whether the tables have the form of this version. Changes nothing.

    Raises:
        RegistryUnavailable: A newer version of the package has migrated the tables.
    """
    present = _present(connection)
    if present == {VERSION}:
        return True
    # Imported here and below: Alembic takes 10 MB, and most starts have nothing to migrate.
    from claw_discord_coord.registry.storage.upgrade import versions

    # Refusing is safer than guessing: a newer version may have given columns another meaning.
    if not versions() >= present:
        raise RegistryUnavailable(
            f"The registry {address.name} was made by a newer version of claw-discord-coord.",
            fix="Upgrade claw-discord-coord, or name another registry.",
        )
    return False


def migrate(connection: Connection, address: Address) -> None:
    """Apply all missing migrations, and prepare the index for searches, in the caller's transaction.

    Raises:
        RegistryUnavailable: A newer version of the package has migrated the tables.
    """
    # Two coordinators that start at the same moment on PostgreSQL must not migrate twice.
    one_at_a_time(connection, "migration")
    if not is_current(connection, address):
        from claw_discord_coord.registry.storage.upgrade import upgrade

        upgrade(connection)
    search.prepare(connection)


def _present(connection: Connection) -> set[str]:
    """Return the versions that Alembic has stored: one, or none in a database without our tables."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return set()
    return set(connection.scalars(text(f"SELECT version_num FROM {VERSION_TABLE}")))  # noqa: S608 - a constant
