"""The registry's tables after the newest migration.

All names begin with `claw_`, since the workflow engine and other programs keep tables in the same database. `number` is
the order of insertion. Records are sorted by `number`, since two records may have the same time.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, Table, UniqueConstraint, text

from claw_discord_coord.registry.storage.columns import Document, Moment, Number, Words

VERSION_TABLE = "claw_version"
"""The table in which Alembic stores the version of the schema."""

VERSION = "0007"
"""The newest migration, which makes these tables."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

OPEN_OR_DONE = text("key IS NOT NULL AND state NOT IN ('failed', 'canceled', 'rejected')")
"""The tasks that block their key: a new call with the same key joins such a task."""

NOT_TOLD = text("told IS NULL")
"""The announcements that still have to reach their session."""

GIVEN_UP = text("told IS NOT NULL AND told <> 'yes'")
"""The announcements that did not reach their session. The index serves only queries with the same condition."""

OPEN = text("fingerprint IS NOT NULL AND state NOT IN ('completed', 'failed', 'canceled', 'rejected')")
"""The tasks that block their fingerprint: the same work joins such a task."""

WOKEN = text("handled < woken")
"""The tasks with an execution to come or in progress."""

UNSHOWN = text("shown < version")
"""The tasks whose present state is not on Discord yet."""

UNFINISHED = text("deadline_at IS NOT NULL AND state NOT IN ('completed', 'failed', 'canceled', 'rejected')")
"""The tasks that a deadline can end."""

tasks = Table(
    "claw_tasks",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Words, nullable=False, unique=True),
    Column("title", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("agent", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("reason", Words),
    Column("chosen_because", Words, nullable=False),
    Column("key", Words),
    Column("origin", Words, nullable=False, unique=True),
    Column("parent_id", Words, ForeignKey("claw_tasks.id")),
    Column("root_id", Words, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("handoff_id", Words),
    Column("packet", Document),
    Column("review", Boolean, nullable=False),
    Column("private", Boolean, nullable=False),
    Column("wanted", Document, nullable=False),
    Column("asked_from", Document, nullable=False),
    Column("timeout_s", Float, nullable=False),
    Column("deadline_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Column("channel", Words, nullable=False),
    Column("channel_id", Words),
    Column("message_id", Words),
    Column("thread_id", Words),
    Column("thread_url", Words),
    Column("result", Document),
    Column("usage", Document),
    Column("discord_requests", Integer, nullable=False),
    Column("cancel_requested", Words),
    Column("fence", Integer, nullable=False),
    # Counters: `woken` of requests for an execution, `handled` the last finished one, `version` of visible changes,
    # `shown` the last one on Discord.
    Column("woken", Integer, nullable=False, server_default="0"),
    Column("handled", Integer, nullable=False, server_default="0"),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("shown", Integer, nullable=False, server_default="0"),
    # Title, text and result in folded case: searching is then the same on every database and in every language.
    # `search.py` keeps an index of it.
    Column("searchable", Words, nullable=False),
    Column("fingerprint", Words),
    # The session that asked, out of `asked_from`: neither database has an index of JSON that the other has too.
    Column("session_key", Words),
    Index("ix_claw_tasks_due", "number", sqlite_where=WOKEN, postgresql_where=WOKEN),
    Index("ix_claw_tasks_unshown", "number", sqlite_where=UNSHOWN, postgresql_where=UNSHOWN),
    Index("ix_claw_tasks_deadline", "deadline_at", sqlite_where=UNFINISHED, postgresql_where=UNFINISHED),
    Index("ux_claw_tasks_fingerprint", "fingerprint", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    Index("ux_claw_tasks_key", "key", unique=True, sqlite_where=OPEN_OR_DONE, postgresql_where=OPEN_OR_DONE),
    # Lists are ordered by number, so each index of a filter ends with the number.
    Index(None, "agent", "number"),
    Index(None, "agent", "state", "number"),
    Index(None, "state", "number"),
    Index(None, "parent_id", "number"),
    Index(None, "root_id", "number"),
    Index(None, "session_key", "number"),
    Index(None, "session_key", "agent", "number"),
    Index(None, "session_key", "agent", "state", "number"),
    Index(None, "session_key", "state", "number"),
    Index(None, "thread_id"),
)

task_counts = Table(
    "claw_task_counts",
    metadata,
    Column("scope", Words, primary_key=True),
    Column("state", Words, primary_key=True),
    Column("tasks", Integer, nullable=False),
)
"""The number of tasks in each state: of all tasks (scope `all`), and of each session (`session:` and its key).

Triggers on `claw_tasks` keep the numbers in the transaction of each change.
"""

joins = Table(
    "claw_joins",
    metadata,
    Column("origin", Words, primary_key=True),
    Column("task_id", Words, ForeignKey("claw_tasks.id"), nullable=False),
)
"""The calls that joined a task by its fingerprint, so that a repeated run finds the same task after the task's end."""

runs = Table(
    "claw_runs",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Words, nullable=False, unique=True),
    Column("task_id", Words, ForeignKey("claw_tasks.id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("agent", Words, nullable=False),
    Column("runtime", Words, nullable=False),
    Column("state", Words, nullable=False),
    Column("token_sha256", Words, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("exit_code", Integer),
    Column("error", Words),
    Column("stderr", Words, nullable=False),
    Column("result", Document),
    Column("usage", Document),
    Column("session_id", Words),
    UniqueConstraint("task_id", "attempt"),
    Index(None, "state"),
    Index(None, "token_sha256"),
)

handoffs = Table(
    "claw_handoffs",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Words, nullable=False, unique=True),
    Column("from_task", Words, ForeignKey("claw_tasks.id"), nullable=False),
    Column("to_task", Words, ForeignKey("claw_tasks.id"), nullable=False, unique=True),
    Column("to_agent", Words, nullable=False),
    Column("summary", Words, nullable=False),
    Column("artifacts", Document, nullable=False),
    Column("state", Words, nullable=False),
    Column("deadline_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("answer", Words),
    Index(None, "from_task"),
)

deliveries = Table(
    "claw_deliveries",
    metadata,
    Column("number", Number, primary_key=True),
    Column("id", Words, nullable=False, unique=True),
    Column("key", Words, nullable=False, unique=True),
    Column("task_id", Words, ForeignKey("claw_tasks.id")),
    Column("destination", Words, nullable=False),
    Column("route", Words, nullable=False),
    Column("kind", Words),
    Column("title", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("about", Document, nullable=False, server_default="{}"),
    Column("artifacts", Document, nullable=False),
    Column("output", Document),
    Column("state", Words, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("earlier_attempts", Integer, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("error", Words),
    Column("receipt", Document),
    Column("created_at", Moment, nullable=False),
    Column("released_at", Moment),
    Column("decided", Words),
    Column("ended_at", Moment),
    Column("held_for", Words),
    # The time of the next execution; NULL when only a decision can bring one.
    Column("due_at", Moment),
    Index(None, "task_id"),
    Index(None, "state", "number"),
    Index(None, "due_at", "number"),
)

events = Table(
    "claw_events",
    metadata,
    Column("id", Number, primary_key=True),
    Column("task_id", Words, ForeignKey("claw_tasks.id")),
    Column("at", Moment, nullable=False),
    Column("type", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("data", Document, nullable=False),
    Index(None, "task_id", "id"),
    Index(None, "type", "at", "id"),
    sqlite_autoincrement=True,
)

thread_messages = Table(
    "claw_thread_messages",
    metadata,
    Column("number", Number, primary_key=True),
    Column("task_id", Words, ForeignKey("claw_tasks.id"), nullable=False),
    Column("event", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("deliveries", Document, nullable=False),
    UniqueConstraint("task_id", "event"),
)
"""The messages for tasks' threads that are not on Discord yet. `deliveries` are the ids of those with buttons."""

posts = Table(
    "claw_posts",
    metadata,
    Column("key", Words, primary_key=True),
    Column("channel_id", Words, nullable=False),
    Column("message_id", Words),
    Column("sha256", Words, nullable=False),
    Column("planned_at", Moment, nullable=False),
)

cursors = Table(
    "claw_cursors",
    metadata,
    Column("name", Words, primary_key=True),
    Column("value", Words, nullable=False),
)

calls = Table(
    "claw_calls",
    metadata,
    Column("request_id", Words, primary_key=True),
    Column("run_id", Words, ForeignKey("claw_runs.id"), nullable=False),
    Column("base", Words, nullable=False),
    Column("number", Integer, nullable=False),
    UniqueConstraint("run_id", "base", "number"),
)

announcements = Table(
    "claw_announcements",
    metadata,
    Column("number", Number, primary_key=True),
    Column("key", Words, nullable=False, unique=True),
    Column("session_key", Words, nullable=False),
    Column("chat", Document, nullable=False),
    Column("text", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("batch", Words),
    Column("attempts", Number, nullable=False),
    Column("told", Words),
    Index("ix_claw_announcements_open", "session_key", sqlite_where=NOT_TOLD, postgresql_where=NOT_TOLD),
    Index("ix_claw_announcements_given_up", "created_at", "number", sqlite_where=GIVEN_UP, postgresql_where=GIVEN_UP),
    sqlite_autoincrement=True,
)
