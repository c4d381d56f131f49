"""Converts between records and rows."""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

from sqlalchemy import JSON, Connection, Executable, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from claw_discord_coord.models import Record

R = TypeVar("R", bound=Record)


def every(connection: Connection, kind: type[R], statement: Executable) -> list[R]:
    """Return the records of all rows. Columns without a field in the record are left out."""
    names = kind.model_fields
    rows = connection.execute(statement).mappings()
    return [kind.model_validate({name: row[name] for name in names}) for row in rows]


def only(connection: Connection, kind: type[R], statement: Executable) -> R | None:
    """Return the record of the only row, or None without a row."""
    found = every(connection, kind, statement)
    return found[0] if found else None


def values(record: Record, table: Table) -> dict[str, Any]:
    """Return the columns of a record; JSON columns get the record's JSON form."""
    plain, as_json = record.model_dump(), record.model_dump(mode="json")
    return {
        column.name: (as_json if isinstance(column.type, JSON) else plain)[column.name]
        for column in table.columns
        if column.name in plain
    }


def insert_new(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row and return True, or return False when a unique column conflicts with an existing row."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement).one_or_none() is not None


def one_at_a_time(connection: Connection, *name: str) -> None:
    """Block other transactions with the same name until this transaction ends.

    On SQLite a writing transaction excludes all others anyway. On PostgreSQL this takes an advisory lock, which ends
    with the transaction (PostgreSQL documentation, "Advisory Locks").
    """
    # SQLite takes the write lock at the beginning of every writing transaction (database.py).
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(lock_number(*name))))


def lock_number(*name: str) -> int:
    """Return the signed 64-bit number of a PostgreSQL advisory lock."""
    # Another program in the same database may use advisory locks too, so the name includes the package.
    digest = hashlib.sha256("\x1f".join(("claw-discord-coord", *name)).encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
