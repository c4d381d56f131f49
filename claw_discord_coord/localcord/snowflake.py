"""Discord's ids: numbers that sort by the millisecond they were made in.

Source: Discord documentation, reference, "Snowflakes".
"""

from .clock import Clock

EPOCH_MS = 1_420_070_400_000
"""The first millisecond of 2015, where Discord's ids begin."""

_WORKER_AND_PROCESS = 1 << 17


class Snowflakes:
    """Makes ids, each larger than all before it."""

    def __init__(self, clock: Clock, last: int = 0) -> None:
        self._clock = clock
        self.last = last

    def make(self) -> str:
        """A new id."""
        fresh = first_of_ms(self._clock.now_ms()) | _WORKER_AND_PROCESS
        self.last = fresh if fresh > self.last else self.last + 1
        return str(self.last)


def first_of_ms(moment_ms: int) -> int:
    """The smallest id that belongs to a millisecond since 1970."""
    return (moment_ms - EPOCH_MS) << 22


def ms_of(snowflake: str | int) -> int:
    """The millisecond since 1970 in which an id was made."""
    return (int(snowflake) >> 22) + EPOCH_MS


def is_snowflake(value: object) -> bool:
    """Whether a value may stand for an id: 1 to 20 digits."""
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20
