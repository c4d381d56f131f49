"""Migrates a registry's tables to the form of this version, whenever a registry is opened."""

from __future__ import annotations

import threading

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from claw_discord_coord.errors import RegistryUnavailable
from claw_discord_coord.registry.storage import search
from claw_discord_coord.registry.storage.address import Address
from claw_discord_coord.registry.storage.rows import one_at_a_time
from claw_discord_coord.registry.storage.schema import VERSION_TABLE

# Alembic's `op`, through which migrations reach the database, is global: one migration at a time in a process.
_ALEMBIC = threading.Lock()


def is_current(connection: Connection, address: Address) -> bool:
    """Return whether the tables have the form of this version. Changes nothing.

    Raises:
        RegistryUnavailable: A newer version of the package has migrated the tables.
    """
    scripts, present = _state(connection, address)[1:]
    return list(present) == scripts.get_heads()


def migrate(connection: Connection, address: Address) -> None:
    """Apply all missing migrations, and prepare the index for searches, in the caller's transaction.

    Raises:
        RegistryUnavailable: A newer version of the package has migrated the tables.
    """
    # Two coordinators that start at the same moment on PostgreSQL must not migrate twice.
    one_at_a_time(connection, "migration")
    config, scripts, present = _state(connection, address)
    if list(present) != scripts.get_heads():
        config.attributes["connection"] = connection
        with _ALEMBIC:
            command.upgrade(config, "head")
    search.prepare(connection)


def _state(connection: Connection, address: Address) -> tuple[Config, ScriptDirectory, tuple[str, ...]]:
    """Return Alembic's configuration, the known migrations, and the versions of the tables."""
    config = Config()
    # One file per migration; a change of schema.py needs a new one, and a test compares the two.
    config.set_main_option("script_location", "claw_discord_coord:registry/migrations")
    scripts = ScriptDirectory.from_config(config)
    present = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()
    # Refusing is safer than guessing: a newer version may have given columns another meaning.
    if not {script.revision for script in scripts.walk_revisions()}.issuperset(present):
        raise RegistryUnavailable(
            f"The registry {address.name} was made by a newer version of claw-discord-coord.",
            fix="Upgrade claw-discord-coord, or name another registry.",
        )
    return config, scripts, present
