"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Words(TypeDecorator[str]):
    """Text of any length. U+0000, which PostgreSQL can't store, becomes U+FFFD on both."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it is stored; members of a StrEnum as their plain value."""
        return None if value is None else str(value).replace("\x00", "\ufffd")


class Moment(TypeDecorator[datetime]):
    """A point in time: aware on the way in, in UTC on the way out. In SQLite a text that sorts as the time does."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time in UTC; a naive one is a mistake in the calling code (ValueError)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("the registry keeps aware times only")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time as an aware one in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Document: JSON = JSON(none_as_null=True)
"""A JSON value; Python's None is SQL's NULL."""

Number: Any = BigInteger().with_variant(Integer, "sqlite")
"""A row's serial number. SQLite counts by itself only in a column declared INTEGER (sqlite.org/autoinc.html)."""
