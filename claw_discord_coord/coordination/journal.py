"""What a durable life may do: take steps that are never repeated once they are done, and wait to be woken."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

LONG_WAIT_S = 86_400.0
"""How long a life waits at most before it looks around by itself; everything that matters wakes it."""

Step = Callable[[], Awaitable[Any]]
"""One effect. It may be executed again after a crash, so it must be safe to repeat; its answer must be JSON."""

Workflow = Callable[[str, "Journal"], Awaitable[None]]
"""A durable function of one id. After a crash it is executed again from the start, with the answers of its finished
steps; so between steps it may decide only by those answers."""


class Journal(Protocol):
    """The record of one life."""

    async def step(self, name: str, do: Step) -> Any:
        """Do it and note the answer, or return the answer noted before.

        What cannot be reached at the moment (Unavailable) is tried again until it can. Other errors of this package
        are noted and raised, now and on every replay.
        """
        ...

    async def wait(self, timeout_s: float) -> None:
        """Wait until somebody wakes this life, or the time is over; a wake-up sent while nobody waited counts."""
        ...


class Engine(Protocol):
    """Runs lives durably."""

    async def start(self, life: str, id: str) -> None:  # noqa: A002 - the word everyone uses
        """Begin the life named `life` for `id`; once for ever, however often it is asked."""
        ...

    async def wake(self, life: str, id: str) -> None:  # noqa: A002
        """Wake it; never lost, and harmless when it has ended."""
        ...
