"""The first tables: tasks, runs, handoffs, deliveries, events, posts and cursors."""

import sqlalchemy as sa
from alembic import op

from claw_discord_coord.registry.storage.columns import Document, Moment, Number, Words

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create every table of the first version."""
    _tasks()
    _runs()
    _handoffs()
    _deliveries()
    _journal()
    _discord()


def _tasks() -> None:
    op.create_table(
        "claw_tasks",
        sa.Column("number", Number, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("title", Words, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.Column("agent", Words, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("reason", Words),
        sa.Column("chosen_because", Words, nullable=False),
        sa.Column("key", Words),
        sa.Column("origin", Words, nullable=False),
        sa.Column("parent_id", Words),
        sa.Column("root_id", Words, nullable=False),
        sa.Column("depth", sa.Integer, nullable=False),
        sa.Column("handoff_id", Words),
        sa.Column("packet", Document),
        sa.Column("review", sa.Boolean, nullable=False),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("wanted", Document, nullable=False),
        sa.Column("asked_from", Document, nullable=False),
        sa.Column("timeout_s", sa.Float, nullable=False),
        sa.Column("deadline_at", Moment),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("started_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("channel", Words, nullable=False),
        sa.Column("channel_id", Words),
        sa.Column("message_id", Words),
        sa.Column("thread_id", Words),
        sa.Column("thread_url", Words),
        sa.Column("result", Document),
        sa.Column("usage", Document),
        sa.Column("discord_requests", sa.Integer, nullable=False),
        sa.Column("cancel_requested", Words),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("searchable", Words, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_claw_tasks"),
        _unique("claw_tasks", "id"),
        _unique("claw_tasks", "origin"),
        _of_task("claw_tasks", "parent_id"),
    )
    open_or_done = sa.text("key IS NOT NULL AND state NOT IN ('failed', 'canceled', 'rejected')")
    op.create_index(
        "ux_claw_tasks_key",
        "claw_tasks",
        ["key"],
        unique=True,
        sqlite_where=open_or_done,
        postgresql_where=open_or_done,
    )
    _index("claw_tasks", "agent", "state")
    _index("claw_tasks", "state")
    _index("claw_tasks", "parent_id")
    _index("claw_tasks", "root_id")


def _runs() -> None:
    op.create_table(
        "claw_runs",
        sa.Column("number", Number, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("task_id", Words, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("agent", Words, nullable=False),
        sa.Column("runtime", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("token_sha256", Words, nullable=False),
        sa.Column("started_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("exit_code", sa.Integer),
        sa.Column("error", Words),
        sa.Column("stderr", Words, nullable=False),
        sa.Column("result", Document),
        sa.Column("usage", Document),
        sa.PrimaryKeyConstraint("number", name="pk_claw_runs"),
        _unique("claw_runs", "id"),
        _unique("claw_runs", "task_id", "attempt"),
        _of_task("claw_runs", "task_id"),
    )
    _index("claw_runs", "state")
    _index("claw_runs", "token_sha256")


def _handoffs() -> None:
    op.create_table(
        "claw_handoffs",
        sa.Column("number", Number, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("from_task", Words, nullable=False),
        sa.Column("to_task", Words, nullable=False),
        sa.Column("to_agent", Words, nullable=False),
        sa.Column("summary", Words, nullable=False),
        sa.Column("artifacts", Document, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("deadline_at", Moment),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("answered_at", Moment),
        sa.Column("answer", Words),
        sa.PrimaryKeyConstraint("number", name="pk_claw_handoffs"),
        _unique("claw_handoffs", "id"),
        _unique("claw_handoffs", "to_task"),
        _of_task("claw_handoffs", "from_task"),
        _of_task("claw_handoffs", "to_task"),
    )
    _index("claw_handoffs", "from_task")


def _deliveries() -> None:
    op.create_table(
        "claw_deliveries",
        sa.Column("number", Number, nullable=False),
        sa.Column("id", Words, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("task_id", Words),
        sa.Column("destination", Words, nullable=False),
        sa.Column("route", Words, nullable=False),
        sa.Column("kind", Words),
        sa.Column("title", Words, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.Column("artifacts", Document, nullable=False),
        sa.Column("output", Document),
        sa.Column("state", Words, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("earlier_attempts", sa.Integer, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("error", Words),
        sa.Column("receipt", Document),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("released_at", Moment),
        sa.Column("decided", Words),
        sa.Column("ended_at", Moment),
        sa.PrimaryKeyConstraint("number", name="pk_claw_deliveries"),
        _unique("claw_deliveries", "id"),
        _unique("claw_deliveries", "key"),
        _of_task("claw_deliveries", "task_id"),
    )
    _index("claw_deliveries", "task_id")
    _index("claw_deliveries", "state")


def _journal() -> None:
    op.create_table(
        "claw_events",
        sa.Column("id", Number, nullable=False),
        sa.Column("task_id", Words),
        sa.Column("at", Moment, nullable=False),
        sa.Column("type", Words, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.Column("data", Document, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_claw_events"),
        _of_task("claw_events", "task_id"),
        sqlite_autoincrement=True,
    )
    _index("claw_events", "task_id")


def _discord() -> None:
    op.create_table(
        "claw_posts",
        sa.Column("key", Words, nullable=False),
        sa.Column("channel_id", Words, nullable=False),
        sa.Column("message_id", Words),
        sa.Column("sha256", Words, nullable=False),
        sa.Column("planned_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_claw_posts"),
    )
    op.create_table(
        "claw_cursors",
        sa.Column("name", Words, nullable=False),
        sa.Column("value", Words, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_claw_cursors"),
    )
    op.create_table(
        "claw_calls",
        sa.Column("request_id", Words, nullable=False),
        sa.Column("run_id", Words, nullable=False),
        sa.Column("base", Words, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_claw_calls"),
        _unique("claw_calls", "run_id", "base", "number"),
        sa.ForeignKeyConstraint(["run_id"], ["claw_runs.id"], name="fk_claw_calls_run_id"),
    )
    op.create_table(
        "claw_announcements",
        sa.Column("number", Number, nullable=False),
        sa.Column("key", Words, nullable=False),
        sa.Column("session_key", Words, nullable=False),
        sa.Column("chat", Document, nullable=False),
        sa.Column("text", Words, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("batch", Words),
        sa.Column("attempts", Number, nullable=False),
        sa.Column("told", Words),
        sa.PrimaryKeyConstraint("number", name="pk_claw_announcements"),
        _unique("claw_announcements", "key"),
        sqlite_autoincrement=True,
    )
    _index("claw_announcements", "session_key")


def _of_task(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["claw_tasks.id"], name=f"fk_{table}_{column}")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
