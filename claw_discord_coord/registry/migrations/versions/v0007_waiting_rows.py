"""Lets waiting tasks and deliveries be rows: what is due, and what is not on Discord yet, is stored with them."""

import sqlalchemy as sa
from alembic import op

from claw_discord_coord.registry.storage.columns import Document, Moment, Number, Words

revision = "0007"
down_revision = "0006"

_ENDED = "('completed', 'failed', 'canceled', 'rejected')"
_columns = map(sa.column, ("id", "state", "cancel_requested", "woken", "version", "shown"))
_tasks = sa.table("claw_tasks", *_columns, sa.column("private", sa.Boolean))
_events = sa.table("claw_events", sa.column("task_id"), sa.column("type"))
_closed = sa.exists().where(_events.c.task_id == _tasks.c.id, _events.c.type == "task.closed")
_ENGINE_TABLES = (
    "streams",
    "notifications",
    "workflow_events_history",
    "workflow_events",
    "operation_outputs",
    "workflow_schedules",
    "application_versions",
    "workflow_input",
    "workflow_output",
    "workflow_status",
    "queues",
    "dbos_migrations",
)
"""The tables of DBOS, the engine of earlier versions, children first. All that counts is in the other tables."""


def upgrade() -> None:
    """Add the counters and due times, and mark the work that an earlier version left unfinished as due."""
    for name in ("woken", "handled", "version", "shown"):
        op.add_column("claw_tasks", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.add_column("claw_deliveries", sa.Column("due_at", Moment))
    op.create_table(
        "claw_thread_messages",
        sa.Column("number", Number, nullable=False),
        sa.Column("task_id", Words, nullable=False),
        sa.Column("event", Words, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.Column("deliveries", Document, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["claw_tasks.id"], name="fk_claw_thread_messages_task_id"),
        sa.PrimaryKeyConstraint("number", name="pk_claw_thread_messages"),
        sa.UniqueConstraint("task_id", "event", name="uq_claw_thread_messages_task_id_event"),
    )
    op.execute(_tasks.update().values(version=1))
    op.execute(_tasks.update().where(sa.or_(_tasks.c.private, _closed)).values(shown=1))
    due = sa.or_(_tasks.c.state != "submitted", _tasks.c.cancel_requested.is_not(None))
    op.execute(_tasks.update().where(due, ~_closed).values(woken=1))
    op.execute("UPDATE claw_deliveries SET due_at = created_at WHERE state = 'planned'")
    op.execute("UPDATE claw_deliveries SET due_at = created_at WHERE state = 'held' AND held_for IS NULL")
    _index("ix_claw_tasks_due", "number", "handled < woken")
    _index("ix_claw_tasks_unshown", "number", "shown < version")
    _index("ix_claw_tasks_deadline", "deadline_at", f"deadline_at IS NOT NULL AND state NOT IN {_ENDED}")
    op.create_index("ix_claw_deliveries_due_at_number", "claw_deliveries", ["due_at", "number"])
    _drop_engine_tables()


def _index(name: str, column: str, where: str) -> None:
    op.create_index(name, "claw_tasks", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _drop_engine_tables() -> None:
    connection = op.get_bind()
    # A PostgreSQL database may have other programs' workflows in the schema of the engine; a file of SQLite is ours.
    if connection.dialect.name != "sqlite":
        return
    present = set(sa.inspect(connection).get_table_names())
    if "dbos_migrations" not in present:  # tables of such names belong to others
        return
    for name in _ENGINE_TABLES:
        if name in present:
            op.drop_table(name)
