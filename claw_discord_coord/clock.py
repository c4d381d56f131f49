"""The clock of the coordinator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present time with time zone; tests pass a clock that they move."""


def utc_now() -> datetime:
    """Return the present time in UTC."""
    return datetime.now(UTC)
