"""Replaces the beginnings of stored paths, after files were moved."""

from __future__ import annotations

import json
from typing import Any, cast

from sqlalchemy import JSON, Column, Connection, String, Table, select, type_coerce, update
from sqlalchemy import cast as sql_cast

from claw_discord_coord.registry.storage.schema import metadata


def replace_path(connection: Connection, old: str, new: str) -> None:
    """Replace the path `old` at the beginning of every string in the JSON columns of all tables."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, JSON):
                _replace(connection, table, column, old, new)


def _replace(connection: Connection, table: Table, column: Column[Any], old: str, new: str) -> None:
    (key,) = table.primary_key.columns
    # As JSON writes the string, without the quotation marks.
    escaped = json.dumps(old)[1:-1]
    as_text = sql_cast(type_coerce(column, String), String)
    rows = connection.execute(select(key, column).where(as_text.contains(escaped, autoescape=True))).all()
    for number, value in rows:
        changed = {column.name: _replaced(value, old, new)}
        connection.execute(update(table).where(key == number).values(changed))


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return new + value[len(old) :] if value.startswith(old) else value
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: _replaced(item, old, new) for name, item in cast("dict[str, Any]", value).items()}
    return value
