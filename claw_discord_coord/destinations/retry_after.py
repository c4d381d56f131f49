"""Reads the pause before a server accepts requests again."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MOST_DIGITS = 9


def seconds(header: str, now: datetime) -> float | None:
    """Return the seconds in a `Retry-After` header, or None if the header is neither a number nor a date."""
    # RFC 9110, section 10.2.3: whole seconds or a date.
    header = header.strip()
    if header.isascii() and header.isdecimal():
        # Cut, because a number without end would become infinity; nine digits are 31 years.
        return float(header[:_MOST_DIGITS])
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
