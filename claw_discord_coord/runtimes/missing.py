"""The stand-in for a runtime that cannot be built."""

from __future__ import annotations

from claw_discord_coord.errors import CoordError
from claw_discord_coord.models import RunOutcome, RunState
from claw_discord_coord.ports import Report, RunOrder


class MissingRuntime:
    """Fails every run with the error that kept the runtime from being built.

    Recorded runs outlive settings and packages: a run may name a runtime that skill.yaml, or this machine, no longer
    has.
    """

    ends_with_us = False
    messages = None
    sessions = None
    processes = None

    def __init__(self, error: CoordError) -> None:
        self._error = error

    async def start(self, order: RunOrder) -> None:
        """Raise the error."""
        # A fresh exception: an exception that is raised again and again collects tracebacks.
        raise type(self._error)(str(self._error), fix=self._error.fix)

    async def watch(self, run_id: str, report: Report) -> RunOutcome:
        """Return the error as the outcome of the run."""
        return RunOutcome(RunState.FAILED, error=self._error.sentence())

    async def stop(self, run_id: str) -> None:
        """Do nothing: without its runtime, no run can be reached."""

    async def forget(self, run_id: str) -> None:
        """Do nothing: without its runtime, no record can be found."""
