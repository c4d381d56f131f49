"""Runs workflows when there is something to do. A record that waits costs nothing.

The registry says what is due: `handled < woken` of a task, `due_at` of a delivery, a deadline. A crash loses executions
only; the next start finds the same rows and runs them again. So every effect of a workflow must be safe to repeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from claw_discord_coord.coordination.workflows.retry import retry_until_available
from claw_discord_coord.coordination.workflows.steps import Boundary, Steps
from claw_discord_coord.errors import Fenced, Unavailable
from claw_discord_coord.registry.due import Due, DueWork

Workflow = Callable[[str, Steps], Awaitable[None]]
"""A function of a record's id. An execution does what is due by the registry, and returns when it has to wait."""

OnWait = Callable[[str, str, Unavailable, float], Awaitable[None]]
"""Called when a step waits: the workflow's name, the record's id, the reason, and the pause in seconds."""

AFTER_ERROR_S = 60.0
"""The pause before a workflow is run again after an unexpected error between its steps."""

LONGEST_SLEEP_S = 30.0
"""The longest sleep of the timer. The clock of the machine may be set while the timer sleeps."""

log = logging.getLogger(__name__)


@dataclass
class _Execution:
    """The execution of one record's workflow.

    Attributes:
        again: Asks for one more execution after this one.
        overlooked: The record became due during the execution, which may have looked before.
        wake_up: Ends a pause of the execution.
    """

    again: bool = True
    overlooked: bool = False
    wake_up: asyncio.Event = field(default_factory=asyncio.Event)


class Engine:
    """Runs the workflows of records, one execution per record at a time.

    The parts of a coordinator are built with the engine. Workflows need the parts, and start in `running`.

    Args:
        due: The registry's view of the work that is due.
        now: The clock of the registry.
        waited: Called when a step cannot reach a counterpart. Waking the workflow ends the pause.
        boundary: Called at every step boundary.
    """

    def __init__(
        self,
        due: DueWork,
        now: Callable[[], datetime],
        *,
        waited: OnWait | None = None,
        boundary: Boundary | None = None,
    ) -> None:
        self._due = due
        self._now = now
        self._waited = waited
        self._boundary = boundary
        self._workflows: Mapping[str, Workflow] = {}
        self._executions: dict[Due, _Execution] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._next_at_changed = asyncio.Event()
        self._running = False

    def wake(self, workflow: str, id: str) -> None:  # noqa: A002 - the word of the records
        """Run the workflow of this record now. An execution in progress is followed by one more.

        Nothing is lost when the process ends before: callers record first what the workflow is to find.
        """
        if not self._running:
            return
        execution = self._executions.get((workflow, id))
        if execution is None:
            self._start((workflow, id))
        else:
            execution.again = True
            execution.wake_up.set()

    def due_changed(self) -> None:
        """Look again when the next record is due, after a time was stored."""
        self._next_at_changed.set()

    @asynccontextmanager
    async def running(self, workflows: Mapping[str, Workflow]) -> AsyncGenerator[None]:
        """Run these workflows, and everything that is due already. Leaving ends all executions where they are."""
        self._workflows = workflows
        self._running = True
        timer = asyncio.create_task(self._watch_due(), name="due work")
        try:
            yield
        finally:
            self._running = False
            for task in (timer, *self._tasks):
                task.cancel()
            await asyncio.gather(timer, *self._tasks, return_exceptions=True)

    async def _watch_due(self) -> None:
        started = False
        while True:
            try:
                if not started:
                    for due in await retry_until_available("work after the start", self._due.after_start):
                        self._ensure(due)
                    started = True
                await self._sleep_until(await self._run_due())
            except Exception:  # without the timer, deadlines would pass unseen
                log.exception("looking for due work failed; it is tried again in %.0f s", AFTER_ERROR_S)
                await asyncio.sleep(AFTER_ERROR_S)

    async def _run_due(self) -> datetime | None:
        """Run what is due, and return the time at which more becomes due."""
        self._next_at_changed.clear()
        # One reading of the clock for both questions: a time that passes between them is in the second answer.
        at = self._now()
        for due in await retry_until_available("due work", partial(self._due.now, at)):
            self._ensure(due)
        return await retry_until_available("next due work", partial(self._due.next_at, at))

    async def _sleep_until(self, next_at: datetime | None) -> None:
        while not self._next_at_changed.is_set():
            left_s = None if next_at is None else (next_at - self._now()).total_seconds()
            if left_s is not None and left_s <= 0:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(None if left_s is None else min(left_s, LONGEST_SLEEP_S)):
                    await self._next_at_changed.wait()

    def _ensure(self, due: Due) -> None:
        """Run a workflow. An execution in progress probably sees what is due; the registry is asked after it."""
        if (execution := self._executions.get(due)) is not None:
            execution.overlooked = True
        else:
            self._start(due)

    def _start(self, due: Due) -> None:
        self._executions[due] = _Execution()
        task = asyncio.create_task(self._execute(due), name=f"{due[0]} {due[1]}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _execute(self, due: Due) -> None:
        execution = self._executions[due]
        name, id_ = due
        waiting = None if self._waited is None else partial(self._waited, name, id_)
        steps = Steps(name, id_, boundary=self._boundary, waiting=waiting, wake_up=execution.wake_up)
        try:
            while execution.again:
                execution.again = False
                await self._once(due, steps, execution)
        finally:
            del self._executions[due]
            if execution.overlooked:
                self.due_changed()

    async def _once(self, due: Due, steps: Steps, execution: _Execution) -> None:
        name, id_ = due
        try:
            # Outside of steps a workflow uses the registry only.
            await retry_until_available(f"{name} {id_}", lambda: self._workflows[name](id_, steps))
        except Fenced as error:
            log.warning("%s %s: %s This execution stops.", name, id_, error)
        except Exception:
            log.exception("%s %s: the workflow stopped; it runs again in %.0f s", name, id_, AFTER_ERROR_S)
            execution.wake_up.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(AFTER_ERROR_S):
                    await execution.wake_up.wait()
            execution.again = True
