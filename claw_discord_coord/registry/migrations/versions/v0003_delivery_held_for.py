"""Gives deliveries a column for the task whose review they wait for."""

import sqlalchemy as sa
from alembic import op

from claw_discord_coord.registry.storage.columns import Words

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add `held_for`; deliveries of older versions wait for no review."""
    op.add_column("claw_deliveries", sa.Column("held_for", Words))
