"""The promise of a destination about a second attempt after an unclear attempt."""

from __future__ import annotations

from enum import StrEnum


class Guarantee(StrEnum):
    """How often a delivery may show, wherever the coordinator is killed in between."""

    ONCE_BY_KEY = "exactly once: the destination itself ignores a repeated key"
    ONCE_BY_LOOKING = "exactly once: earlier arrivals are looked for before sending again"
    AT_LEAST_ONCE = "at least once: it can show twice if the coordinator is killed while sending"
