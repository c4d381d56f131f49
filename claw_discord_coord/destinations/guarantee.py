"""What a destination promises about an output that is sent again after nobody knows whether it arrived."""

from __future__ import annotations

from enum import StrEnum


class Guarantee(StrEnum):
    """How often one delivery may show, whatever is killed in between."""

    ONCE_BY_KEY = "exactly once: the destination itself ignores a key it has seen"
    ONCE_BY_LOOKING = "exactly once: earlier arrivals are looked for before sending again"
    AT_LEAST_ONCE = "at least once: it can show twice if the coordinator is killed while sending"
