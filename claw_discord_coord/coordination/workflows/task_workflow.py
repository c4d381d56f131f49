"""The workflow of a task, from card to archive, as steps that survive a crash."""

from __future__ import annotations

from typing import Literal

from claw_discord_coord.coordination.runs import Runs
from claw_discord_coord.coordination.workflows.journal import LONG_WAIT_S, Do, Journal, Step
from claw_discord_coord.coordination.workflows.retry import retry_until_available
from claw_discord_coord.coordination.workflows.task_effects import TaskEffects
from claw_discord_coord.coordination.workflows.task_steps import (
    ANNOUNCE,
    ASK,
    BEGIN,
    CLEAN,
    CLOSE,
    END,
    FAIL,
    OPEN,
    PLAN,
    REVIEW,
    RUN,
    SETTLE,
    Ending,
)
from claw_discord_coord.errors import CoordError
from claw_discord_coord.registry.registry import Registry


class TaskWorkflow:
    """Runs the workflows of tasks.

    Code between steps decides by the results of steps only, so that a replay takes the same way.
    """

    def __init__(self, registry: Registry, runs: Runs, effects: TaskEffects) -> None:
        self._registry = registry
        self._runs = runs
        self._effects = effects

    async def run(self, task_id: str, journal: Journal) -> None:
        """Run the whole workflow of one task."""
        # Not a step: every execution needs a fence of its own, so that one which froze and woke up late finds its
        # changes refused. DBOS itself does not fence a frozen executor.
        fence = await retry_until_available(f"task {task_id}: claim", lambda: self._registry.executions.claim(task_id))
        try:
            ending = await self._work(task_id, fence, journal)
            if ending is Ending.COMPLETED:
                ending = await self._review(task_id, fence, journal)
            await journal.step(END, lambda: self._effects.end(task_id, fence, ending))
        except CoordError as error:
            problem = error.sentence()
            await journal.step(FAIL, lambda: self._effects.fail(task_id, fence, problem))
        await self._follow_up(PLAN, lambda: self._effects.plan(task_id), task_id, journal)
        await self._follow_up(CLOSE, lambda: self._effects.close(task_id), task_id, journal)
        await self._follow_up(ANNOUNCE, lambda: self._effects.announce(task_id), task_id, journal)
        await self._follow_up(CLEAN, lambda: self._effects.clean(task_id), task_id, journal)

    async def _follow_up(self, step: Step[None], do: Do[None], task_id: str, journal: Journal) -> None:
        """Run a step after the ending. An error is recorded and does not change the ending."""
        try:
            await journal.step(step, do)
        except CoordError as error:
            problem = error.sentence()
            await journal.step(
                step.failed(), lambda: self._effects.record(task_id, f"task.{step.name}.failed", problem)
            )

    async def _work(self, task_id: str, fence: int, journal: Journal) -> Ending:
        """Wait for a slot and run the task until a run settles it."""
        # The slot is taken before the card is posted: a card that says `working` from the start needs no edit.
        begun = await journal.step(BEGIN, lambda: self._effects.begin(task_id, fence))
        if (early := await journal.step(OPEN, lambda: self._effects.open(task_id, fence))) is not None:
            return early
        while begun.state == "waiting":
            await journal.wait(begun.wait_s or 0.0)
            begun = await journal.step(BEGIN, lambda: self._effects.begin_late(task_id, fence))
        if begun.state != "working":
            return begun.state
        attempt = 0
        while True:
            attempt += 1
            ending = await self._attempt(task_id, attempt, fence, journal)
            if ending != "again":
                return ending

    async def _attempt(self, task_id: str, attempt: int, fence: int, journal: Journal) -> Ending | Literal["again"]:
        await journal.step(RUN, lambda: self._effects.run(task_id, attempt, fence))
        # Not a step: every execution must watch the run that an earlier one has started.
        await retry_until_available(f"task {task_id}: follow", lambda: self._runs.follow(task_id))
        while True:
            settled = await journal.step(SETTLE, lambda: self._effects.settle(task_id, attempt))
            if settled.state != "running":
                return settled.state
            await journal.wait(settled.wait_s or 0.0)

    async def _review(self, task_id: str, fence: int, journal: Journal) -> Ending:
        """Wait for an operator's review, perhaps for days, when the task asks for one."""
        reviewed = await journal.step(ASK, lambda: self._effects.ask(task_id, fence))
        while reviewed == "asked":
            await journal.wait(LONG_WAIT_S)
            reviewed = await journal.step(REVIEW, lambda: self._effects.review(task_id))
        return reviewed
