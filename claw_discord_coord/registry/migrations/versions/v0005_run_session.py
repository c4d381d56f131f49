"""Gives runs a column for the id of the agent program's own session."""

import sqlalchemy as sa
from alembic import op

from claw_discord_coord.registry.storage.columns import Words

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add `session_id`; runs of older versions have no known session."""
    op.add_column("claw_runs", sa.Column("session_id", Words))
