"""The workflow of a task that has a slot: the run, the review, the ending, and what follows the ending."""

from __future__ import annotations

from claw_discord_coord.coordination.workflows.steps import Do, Steps
from claw_discord_coord.coordination.workflows.task_effects import Ending, TaskEffects
from claw_discord_coord.errors import CoordError, Fenced
from claw_discord_coord.models import Task, TaskState
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.transitions import FINAL


class TaskWorkflow:
    """Runs the workflows of tasks.

    An execution begins where the registry says that the task is, and returns when the task waits: for a slot, the end
    of a run, a review, or nothing more.
    """

    def __init__(self, registry: Registry, effects: TaskEffects) -> None:
        self._registry = registry
        self._effects = effects

    async def run(self, task_id: str, steps: Steps) -> None:
        """Do everything that is due for the task."""
        # Every execution has a fence of its own, so that a process which froze and woke up late finds its changes
        # refused.
        task = await self._registry.executions.claim(task_id)
        if task is None:
            return
        ended = task if task.state in FINAL else await self._ended(task, steps)
        if ended is not None:
            await self._follow_up("plan", lambda: self._effects.plan(ended), ended, steps)
            await self._follow_up("announce", lambda: self._effects.announce(ended), ended, steps)
            await self._follow_up("clean", lambda: self._effects.clean(ended), ended, steps)
        self._effects.publish_state(await self._registry.executions.handled(task))

    async def _ended(self, task: Task, steps: Steps) -> Task | None:
        """Bring the task as far as possible. Returns the ended task, or None when the task has to wait."""
        try:
            ending = await self._ending(task, steps)
            if ending is None:
                return None
            return await steps.run("end", lambda: self._effects.end(task, ending))
        except Fenced:
            raise
        except CoordError as error:
            problem = error.sentence()
            return await steps.run("fail", lambda: self._effects.fail(task, problem))

    async def _ending(self, task: Task, steps: Steps) -> Ending | None:
        """Return the ending that is due, or None when the task has to wait."""
        match task.state:
            case TaskState.SUBMITTED:  # begun by the queue of the agent
                return self._effects.early_ending(task)
            case TaskState.INPUT_REQUIRED:
                ending = await steps.run("judge", lambda: self._effects.review(task))
            case _:
                ending = await self._work(task, steps)
                if ending is not Ending.COMPLETED or not task.review:
                    return ending
                ending = await steps.run("hold", lambda: self._effects.hold(task))
        if ending is None:
            await steps.run("ask", lambda: self._effects.ask(task.id))
        return ending

    async def _work(self, task: Task, steps: Steps) -> Ending | None:
        """Run the task until a run settles it. Returns None while a run goes on."""
        settled = await steps.run("settle", lambda: self._effects.settle(task))
        while settled == "again":
            settled = await steps.run("run", lambda: self._effects.run(task))
        return None if settled == "running" else settled

    async def _follow_up(self, name: str, do: Do[None], task: Task, steps: Steps) -> None:
        """Run a step after the ending. An error is recorded and does not change the ending."""
        try:
            await steps.run(name, do)
        except Fenced:
            raise
        except CoordError as error:
            problem = error.sentence()
            await steps.run(f"{name} failed", lambda: self._effects.record(task.id, f"task.{name}.failed", problem))
