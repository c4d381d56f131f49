"""Brings a registry's tables to the form this version expects, at every opening."""

from __future__ import annotations

import threading

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from claw_discord_coord.errors import RegistryUnavailable
from claw_discord_coord.registry.address import Address
from claw_discord_coord.registry.rows import one_at_a_time
from claw_discord_coord.registry.schema import VERSION_TABLE

# Alembic's `op`, by which migrations speak to the database, is one for the whole process.
_ALEMBIC = threading.Lock()


def is_current(connection: Connection, address: Address) -> bool:
    """Whether the tables have the form this version expects; changes nothing.

    Raises:
        RegistryUnavailable: a newer version of this package has been here.
    """
    scripts, present = _state(connection, address)[1:]
    return list(present) == scripts.get_heads()


def migrate(connection: Connection, address: Address) -> None:
    """Apply the migrations that are missing, all or none, in the caller's transaction.

    Raises:
        RegistryUnavailable: a newer version of this package has been here.
    """
    one_at_a_time(connection, "migration")
    config, scripts, present = _state(connection, address)
    if list(present) != scripts.get_heads():
        config.attributes["connection"] = connection
        with _ALEMBIC:
            command.upgrade(config, "head")


def _state(connection: Connection, address: Address) -> tuple[Config, ScriptDirectory, tuple[str, ...]]:
    """The migrations there are, and the versions the tables have."""
    config = Config()
    # One file per migration; a change of schema.py needs a new one, and a test compares the two.
    config.set_main_option("script_location", "claw_discord_coord:registry/migrations")
    scripts = ScriptDirectory.from_config(config)
    present = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_heads()
    if not {script.revision for script in scripts.walk_revisions()}.issuperset(present):
        raise RegistryUnavailable(
            f"The registry {address.name} was made by a newer version of claw-discord-coord.",
            fix="Upgrade claw-discord-coord, or name another registry.",
        )
    return config, scripts, present
