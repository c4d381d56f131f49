"""Keeps the database's own index of the searchable texts, and searches with it.

The index depends on the build of the database. SQLite needs FTS5 (sqlite.org/fts5.html), PostgreSQL the extension
pg_trgm. Without them, and for texts of fewer than three characters, a search reads the tasks one after another, newest
first, and finds the same.
"""

from __future__ import annotations

import logging
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Select, column, func, inspect, literal, table, text
from sqlalchemy.exc import DatabaseError, ProgrammingError
from sqlalchemy.sql.elements import ColumnElement

from claw_discord_coord.registry.storage.columns import Words
from claw_discord_coord.registry.storage.schema import tasks

INDEX = "claw_tasks_search"
"""SQLite's virtual table, whose own tables have names that begin with it; PostgreSQL's index."""

SHORTEST_CHARS = 3
"""Both indexes hold all sequences of three characters (sqlite.org/fts5.html, "The Trigram Tokenizer"; PostgreSQL
documentation, "pg_trgm")."""

MOST_SEQUENCES = 64
"""The number of sequences that SQLite's index is asked for. The whole text is compared afterwards in any case."""

_FTS5 = table(INDEX, column("rowid"), column(INDEX))

# Without the positions of the sequences, which triple the size of the index. The text is in the table of tasks.
_TABLE = """
CREATE VIRTUAL TABLE claw_tasks_search USING fts5(
searchable, content='claw_tasks', content_rowid='number', tokenize='trigram case_sensitive 1', detail='none',
columnsize=0)
"""
_REBUILD = "INSERT INTO claw_tasks_search (claw_tasks_search) VALUES ('rebuild')"
_ADD = "INSERT INTO claw_tasks_search (rowid, searchable) VALUES (NEW.number, NEW.searchable);"
_TAKE_AWAY = """
INSERT INTO claw_tasks_search (claw_tasks_search, rowid, searchable) VALUES ('delete', OLD.number, OLD.searchable);
"""
_TRIGGERS = {
    f"{INDEX}_added": f"AFTER INSERT ON claw_tasks BEGIN {_ADD} END",
    f"{INDEX}_changed": f"AFTER UPDATE OF number, searchable ON claw_tasks BEGIN {_TAKE_AWAY} {_ADD} END",
    f"{INDEX}_removed": f"AFTER DELETE ON claw_tasks BEGIN {_TAKE_AWAY} END",
}
# fastupdate: a search would read the list of pending entries too, which grows to megabytes.
_GIN = f"CREATE INDEX {INDEX} ON claw_tasks USING gin (searchable gin_trgm_ops) WITH (fastupdate = off)"

log = logging.getLogger(__name__)


def prepare(connection: Connection) -> None:
    """Create the index and fill it, unless it is there and usable. Leave it out where the database has no such index.

    Not a migration: a registry may be opened with another build of SQLite, and pg_trgm may be installed later.
    """
    prepared = _prepare_postgresql if connection.dialect.name == "postgresql" else _prepare_sqlite
    if not prepared(connection):
        log.info("the database has no index for parts of texts: a search reads the tasks one after another")


def contains(connection: Connection, wanted: str) -> ColumnElement[bool]:
    """Return the condition that a task's searchable text contains the text, in any case and literally."""
    folded = literal(wanted.casefold(), Words)
    if connection.dialect.name == "postgresql":
        # PostgreSQL chooses the index by the text. A plan for any text would never use it.
        connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
        pattern = func.replace(func.replace(func.replace(folded, "\\", "\\\\"), "%", "\\%"), "_", "\\_")
        return tasks.c.searchable.like("%" + pattern + "%")
    # Not LIKE: SQLite bounds its patterns at 50,000 bytes (sqlite.org/limits.html), and nothing needs escaping here.
    return func.instr(tasks.c.searchable, folded) > 0


def is_indexed(connection: Connection, wanted: str) -> bool:
    """Return whether `from_index` finds the text. PostgreSQL uses its index by itself."""
    sqlite = connection.dialect.name == "sqlite"
    return sqlite and len(wanted.casefold()) >= SHORTEST_CHARS and _triggers(connection) == _TRIGGERS.keys()


def from_index(query: Select[Any], wanted: str) -> Select[Any]:
    """Return the query of tasks, newest first, over the tasks with the text's sequences of characters."""
    number = _FTS5.c.rowid
    found = query.join(_FTS5, number == tasks.c.number).where(_FTS5.c[INDEX].op("MATCH")(_sequences(wanted)))
    # Ordered by the index's own number, which the index can be read by.
    return found.order_by(None).order_by(number.desc())


def _sequences(wanted: str) -> str:
    folded = wanted.casefold().replace("\x00", "\ufffd")
    every = dict.fromkeys(folded[at : at + SHORTEST_CHARS] for at in range(len(folded) - SHORTEST_CHARS + 1))
    quoted = ('"' + sequence.replace('"', '""') + '"' for sequence in islice(every, MOST_SEQUENCES))
    return " AND ".join(quoted)


def _prepare_sqlite(connection: Connection) -> bool:
    present = _triggers(connection)
    usable = "SELECT rowid FROM claw_tasks_search LIMIT 1"
    if present == _TRIGGERS.keys() and _succeeds(connection, DatabaseError, usable):
        return True
    # With the triggers of a build that has FTS5, a build without it could store no task.
    for name in present:
        connection.execute(text(f"DROP TRIGGER {name}"))
    if not _succeeds(connection, DatabaseError, f"DROP TABLE IF EXISTS {INDEX}", _TABLE):
        return False
    connection.execute(text(_REBUILD))
    for name, body in _TRIGGERS.items():
        connection.execute(text(f"CREATE TRIGGER {name} {body}"))
    return True


def _triggers(connection: Connection) -> set[str]:
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars()
    return _TRIGGERS.keys() & set(names)


def _prepare_postgresql(connection: Connection) -> bool:
    if any(index["name"] == INDEX for index in inspect(connection).get_indexes("claw_tasks")):
        return True
    available = text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
    if connection.execute(available).one_or_none() is None:
        return False
    # Refused to a user who may not create extensions in this database. Another error, such as a lock, is raised.
    return _succeeds(connection, ProgrammingError, "CREATE EXTENSION IF NOT EXISTS pg_trgm", _GIN)


def _succeeds(connection: Connection, refusal: type[DatabaseError], *statements: str) -> bool:
    """Execute all statements and return True, or execute none and return False when the database refuses one."""
    try:
        with connection.begin_nested():
            for statement in statements:
                connection.execute(text(statement))
    except refusal as error:
        log.debug("%s", error)
        return False
    return True
