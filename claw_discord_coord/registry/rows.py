"""Between records and rows."""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

from sqlalchemy import JSON, Connection, Executable, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from claw_discord_coord.models import Record

R = TypeVar("R", bound=Record)


def every(connection: Connection, kind: type[R], statement: Executable) -> list[R]:
    """The records in all rows the statement answers; columns which are not their fields are left out."""
    names = kind.model_fields
    rows = connection.execute(statement).mappings()
    return [kind.model_validate({name: row[name] for name in names}) for row in rows]


def only(connection: Connection, kind: type[R], statement: Executable) -> R | None:
    """The record in the one row the statement answers, or None when there is no row."""
    found = every(connection, kind, statement)
    return found[0] if found else None


def values(record: Record, table: Table) -> dict[str, Any]:
    """What to store of a record: JSON columns hold its JSON form."""
    plain, as_json = record.model_dump(), record.model_dump(mode="json")
    return {
        column.name: (as_json if isinstance(column.type, JSON) else plain)[column.name]
        for column in table.columns
        if column.name in plain
    }


def insert_new(connection: Connection, table: Table, row: dict[str, Any]) -> bool:
    """Insert a row unless one is there with which it may not stand side by side; whether it was inserted."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
    return connection.execute(statement).one_or_none() is not None


def one_at_a_time(connection: Connection, *name: str) -> None:
    """Let no other transaction that says the same name proceed until this one has ended.

    On SQLite every writing transaction already has the database for itself. On PostgreSQL it is an advisory lock, which
    ends with the transaction (PostgreSQL's documentation, "Advisory Locks").
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(lock_number(*name))))


def lock_number(*name: str) -> int:
    """The number by which PostgreSQL knows a lock of ours: 64 bits, signed."""
    digest = hashlib.sha256("\x1f".join(("claw-discord-coord", *name)).encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
