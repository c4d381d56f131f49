"""Column types with the same meaning on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Words(TypeDecorator[str]):
    """Text of any length. PostgreSQL cannot store U+0000, so U+FFFD replaces the character on both databases."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text to store; a StrEnum member becomes its plain value."""
        return None if value is None else str(value).replace("\x00", "\ufffd")


class Moment(TypeDecorator[datetime]):
    """A point in time with time zone, returned in UTC. SQLite stores text that sorts like the time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time in UTC.

        Raises:
            ValueError: The time has no time zone, which is a fault of the caller.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the registry keeps aware times only")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the time with time zone UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document: JSON = JSON(none_as_null=True)
"""A JSON value. Python's None is SQL's NULL."""

Number: Any = BigInteger().with_variant(Integer, "sqlite")
"""A row's serial number. SQLite assigns numbers only to columns declared INTEGER (sqlite.org/autoinc.html)."""
