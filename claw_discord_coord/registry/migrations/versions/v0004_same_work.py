"""Lets the same work that is asked for twice without a key join the first task while that task is open."""

import sqlalchemy as sa
from alembic import op

from claw_discord_coord.registry.storage.columns import Words

revision = "0004"
down_revision = "0003"

_OPEN = sa.text("fingerprint IS NOT NULL AND state NOT IN ('completed', 'failed', 'canceled', 'rejected')")


def upgrade() -> None:
    """Add the fingerprint of a task's work, and the calls that joined by the fingerprint."""
    op.add_column("claw_tasks", sa.Column("fingerprint", Words))
    op.create_index(
        "ux_claw_tasks_fingerprint",
        "claw_tasks",
        ["fingerprint"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "claw_joins",
        sa.Column("origin", Words, nullable=False),
        sa.Column("task_id", Words, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["claw_tasks.id"], name="fk_claw_joins_task_id"),
        sa.PrimaryKeyConstraint("origin", name="pk_claw_joins"),
    )
