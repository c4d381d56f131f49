"""What a person may do to a task from any door: stop it, approve its result, reject it."""

from __future__ import annotations

from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.journal import Engine
from claw_discord_coord.coordination.runs import Runs
from claw_discord_coord.errors import Conflict, NotAuthorized
from claw_discord_coord.models import Run, Task
from claw_discord_coord.registry.registry import Registry


class Control:
    """Writes down what a person wants, ends what must end at once, and wakes the lives that see to the rest."""

    def __init__(self, registry: Registry, engine: Engine, runs: Runs) -> None:
        self._registry = registry
        self._engine = engine
        self._runs = runs

    async def cancel(self, task_id: str, by: str) -> list[Task]:
        """Stop a task and all it led to; the tasks that were still going on. Nothing restarts them.

        Raises:
            UnknownTask: no such task.
            Conflict: nothing of it is going on, or its result has been judged.
        """
        stopped = await self._registry.cancellations.request(task_id, by)
        if not stopped:
            task = await self._registry.tasks.get(task_id)
            raise Conflict(f"Task {task.id} has already ended: {task.state.value}.")
        for task in stopped:
            await self._runs.stop(task.id)
            await self._engine.wake("task", task.id)
        return stopped

    async def message(self, task_id: str, text: str, caller: Caller) -> Run:
        """Tell the agent at work on a task something; it goes on record.

        Raises:
            UnknownTask: no such task, or a guest's session has not asked for it.
            NotAuthorized: an agent that did not start this task itself.
            Conflict: nothing runs for it.
            Refused, Unavailable: the run takes no messages, or none now.
        """
        task = await self._registry.tasks.get(task_id)
        caller.check_asked_for(task)
        if caller.task is not None and task.parent_id != caller.task.id:
            raise NotAuthorized("An agent may only tell those something that it started itself.")
        run = await self._runs.send_message(task, caller.request_id, text)
        await self._registry.events.add(task.id, "message", f"{caller.name} said: {text[:500]}", {"run": run.id})
        return run

    async def review(
        self, task_id: str, by: str, *, approved: bool, note: str | None = None, call: str | None = None
    ) -> Task:
        """Approve or reject a result that waits for it. The same call again is the same judgement.

        Raises:
            UnknownTask: no such task.
            Conflict: it has been judged already, has been told to stop, or does not wait for approval.
        """
        task = await self._registry.reviews.decide(task_id, by, approved=approved, note=note, call=call)
        await self._engine.wake("task", task.id)
        return task
