"""How long a server wants to be left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds(said: str, now: datetime) -> float | None:
    """Read a `Retry-After` header: whole seconds or a date (RFC 9110, section 10.2.3); None if it says neither."""
    said = said.strip()
    if said.isascii() and said.isdecimal():
        return float(said[:9])
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
