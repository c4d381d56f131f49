"""Alembic's entry point: runs the migrations in the caller's transaction."""

from alembic import context

from claw_discord_coord.registry.storage.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
context.run_migrations()
