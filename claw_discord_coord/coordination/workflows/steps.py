"""Runs the steps of an execution: each step is logged, repeated while its counterpart is away, and may fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from claw_discord_coord.coordination.hops import record_hop
from claw_discord_coord.coordination.workflows.retry import Waiting, retry_until_available
from claw_discord_coord.errors import CoordError

Boundary = Callable[[str, str], None]
"""Called at every step boundary with `before` or `after` and the step's name; tests end the process there."""

Do = Callable[[], Awaitable["T"]]
"""The effect of a step. A crash may repeat an effect, so every effect must be safe to repeat."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class Steps:
    """The steps of one execution of a workflow.

    Args:
        workflow: The workflow's name.
        id: The id of the workflow's record.
        boundary: Called at every step boundary.
        waiting: Called when a step waits for a counterpart.
        wake_up: Setting this event ends the pause of a step that waits.
    """

    def __init__(
        self,
        workflow: str,
        id: str,  # noqa: A002 - the word of the records
        *,
        boundary: Boundary | None = None,
        waiting: Waiting | None = None,
        wake_up: asyncio.Event | None = None,
    ) -> None:
        self._workflow = workflow
        self._id = id
        self._boundary = boundary or no_boundary
        self._waiting = waiting
        self._wake_up = wake_up

    async def run(self, name: str, do: Do[T]) -> T:
        """Return the result of `do`, which is repeated while `do` raises Unavailable.

        Raises:
            Fenced: A newer execution has claimed the task; this execution must end.
            CoordError: As `do`. An unexpected error becomes a CoordError without the error's own message, which may
                contain secrets.
        """
        self._boundary("before", name)
        record_hop(self._workflow, self._id, f"step {name} started")
        title = f"{self._workflow} {self._id}: step {name}"
        try:
            result = await retry_until_available(title, do, waiting=self._waiting, wake_up=self._wake_up)
        except CoordError as error:
            record_hop(self._workflow, self._id, f"step {name} failed: {error.type}")
            raise
        except Exception as error:
            log.exception("%s failed", title)
            raise CoordError(f"Something unexpected went wrong ({type(error).__name__}).") from error
        record_hop(self._workflow, self._id, f"step {name} ended")
        self._boundary("after", name)
        return result


def no_boundary(_when: str, _name: str) -> None:
    """Nothing happens at step boundaries outside of tests."""
