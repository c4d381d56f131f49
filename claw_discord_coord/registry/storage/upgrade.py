"""Applies missing migrations with Alembic. Imported only when the tables do not have the form of this version."""

from __future__ import annotations

import threading

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

# Alembic's `op`, through which migrations reach the database, is global: one migration at a time in a process.
_ALEMBIC = threading.Lock()


def versions() -> frozenset[str]:
    """Return the versions of all migrations that this package knows."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def upgrade(connection: Connection) -> None:
    """Apply all missing migrations in the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    with _ALEMBIC:
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    # One file per migration; a change of schema.py needs a new one, and a test compares the two.
    config.set_main_option("script_location", "claw_discord_coord:registry/migrations")
    return config
