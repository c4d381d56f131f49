"""Adds what lists of tasks are read by: indexes in the order of the lists, the session of a task, counts per state."""

import sqlalchemy as sa
from alembic import op

from claw_discord_coord.registry.storage.columns import Document, Words

revision = "0006"
down_revision = "0005"

_NOT_TOLD = sa.text("told IS NULL")
_GIVEN_UP = sa.text("told IS NOT NULL AND told <> 'yes'")

_TASKS = sa.table(
    "claw_tasks", sa.column("state", Words), sa.column("asked_from", Document), sa.column("session_key", Words)
)

_ADD = """
INSERT INTO claw_task_counts (scope, state, tasks)
SELECT scope, NEW.state, 1 FROM (SELECT 'all' AS scope UNION ALL SELECT 'session:' || NEW.session_key) AS scopes
WHERE scope IS NOT NULL
ON CONFLICT (scope, state) DO UPDATE SET tasks = claw_task_counts.tasks + 1;
"""
_TAKE_AWAY = """
UPDATE claw_task_counts SET tasks = tasks - 1
WHERE state = OLD.state AND scope IN ('all', 'session:' || OLD.session_key);
"""

_SQLITE = {
    "AFTER INSERT": _ADD,
    "AFTER UPDATE OF state, session_key": _TAKE_AWAY + _ADD,
    "AFTER DELETE": _TAKE_AWAY,
}

# At the commit, after all other locks of the transaction, and one transaction after another: two transactions that
# wait for each other's counts would be a deadlock.
_POSTGRESQL = (
    f"""
    CREATE FUNCTION claw_count_tasks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    LOCK TABLE claw_task_counts IN EXCLUSIVE MODE;
    IF TG_OP <> 'INSERT' THEN {_TAKE_AWAY} END IF;
    IF TG_OP <> 'DELETE' THEN {_ADD} END IF;
    RETURN NULL;
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER claw_tasks_count AFTER INSERT OR DELETE OR UPDATE OF state, session_key ON claw_tasks
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claw_count_tasks()
    """,
)


def upgrade() -> None:
    """Add the session's column, the indexes and the counts, and fill them from the tasks that exist."""
    op.add_column("claw_tasks", sa.Column("session_key", Words))
    op.execute(sa.update(_TASKS).values(session_key=_TASKS.c.asked_from["session_key"].as_string()))
    _indexes()
    _counts()


def _indexes() -> None:
    for name, table in (
        ("ix_claw_tasks_agent_state", "claw_tasks"),
        ("ix_claw_tasks_state", "claw_tasks"),
        ("ix_claw_tasks_parent_id", "claw_tasks"),
        ("ix_claw_tasks_root_id", "claw_tasks"),
        ("ix_claw_deliveries_state", "claw_deliveries"),
        ("ix_claw_events_task_id", "claw_events"),
        ("ix_claw_announcements_session_key", "claw_announcements"),
    ):
        op.drop_index(name, table)
    _index("claw_tasks", "agent", "number")
    _index("claw_tasks", "agent", "state", "number")
    _index("claw_tasks", "state", "number")
    _index("claw_tasks", "parent_id", "number")
    _index("claw_tasks", "root_id", "number")
    _index("claw_tasks", "session_key", "number")
    _index("claw_tasks", "session_key", "agent", "number")
    _index("claw_tasks", "session_key", "agent", "state", "number")
    _index("claw_tasks", "session_key", "state", "number")
    _index("claw_tasks", "thread_id")
    _index("claw_deliveries", "state", "number")
    _index("claw_events", "task_id", "id")
    _index("claw_events", "type", "at", "id")
    _index_where(_NOT_TOLD, "ix_claw_announcements_open", "session_key")
    _index_where(_GIVEN_UP, "ix_claw_announcements_given_up", "created_at", "number")


def _index_where(condition: sa.TextClause, name: str, *columns: str) -> None:
    op.create_index(name, "claw_announcements", list(columns), sqlite_where=condition, postgresql_where=condition)


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _counts() -> None:
    counts = op.create_table(
        "claw_task_counts",
        sa.Column("scope", Words, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("tasks", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("scope", "state", name="pk_claw_task_counts"),
    )
    state, session_key = _TASKS.c.state, _TASKS.c.session_key
    of_all = sa.select(sa.literal("all", Words), state, sa.func.count()).group_by(state)
    of_sessions = sa.select(sa.literal("session:", Words) + session_key, state, sa.func.count())
    of_sessions = of_sessions.where(session_key.is_not(None)).group_by(session_key, state)
    for query in (of_all, of_sessions):
        op.execute(sa.insert(counts).from_select(["scope", "state", "tasks"], query))
    if op.get_bind().dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)
    else:
        for number, (event, body) in enumerate(_SQLITE.items(), 1):
            op.execute(f"CREATE TRIGGER claw_tasks_count_{number} {event} ON claw_tasks BEGIN {body} END")
