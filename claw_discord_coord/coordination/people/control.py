"""Cancels tasks, reviews results, and sends messages to the agents at work."""

from __future__ import annotations

import asyncio

from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.runs import Runs
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.errors import Conflict, NotAuthorized
from claw_discord_coord.models import Run, Task
from claw_discord_coord.text.excerpts import beginning


class Control:
    """Records orders, and wakes the workflows that carry the orders out."""

    def __init__(self, services: Services, runs: Runs) -> None:
        self._registry = services.registry
        self._engine = services.engine
        self._runs = runs

    async def cancel(self, task_id: str, by: str) -> list[Task]:
        """Cancel a task and every task below, for good. Returns the tasks that had not ended.

        Raises:
            UnknownTask: There is no such task.
            Conflict: Everything has ended, or the result has been reviewed.
        """
        stopped = await self._registry.cancellations.request(task_id, by)
        if not stopped:
            task = await self._registry.tasks.get(task_id)
            raise Conflict(f"Task {task.id} has already ended: {task.state.value}.")
        for task in stopped:
            hop(task.id, "cancellation recorded")
        # All at the same time: a program may take seconds to end, and STOP must not wait for one after another.
        for problem in await asyncio.gather(*map(self._stop, stopped), return_exceptions=True):
            if problem is not None:
                raise problem
        return stopped

    async def _stop(self, task: Task) -> None:
        # The run ends here and now, not when the workflow wakes: STOP must not wait for a step in progress.
        await self._runs.stop(task.id)
        self._engine.wake("task", task.id)

    async def send_message(self, task_id: str, text: str, caller: Caller) -> Run:
        """Send a message to the agent at work on a task, and record the message.

        Raises:
            UnknownTask: There is no such task, or a guest's session has not asked for the task.
            NotAuthorized: The caller is an agent and did not start this task.
            Conflict: The task has no current run.
            Refused, Unavailable: The run takes no messages, or none now.
        """
        task = await self._registry.tasks.get(task_id)
        caller.check_asked_for(task)
        if caller.task is not None and task.parent_id != caller.task.id:
            raise NotAuthorized("An agent may only send messages to tasks that it started itself.")
        run = await self._runs.send_message(task, caller.request_id, text)
        await self._registry.events.add(
            task.id, "message", f"{caller.name} said: {beginning(text, 500)}", {"run": run.id}
        )
        return run

    async def review(
        self, task_id: str, by: str, *, approved: bool, note: str | None = None, call: str | None = None
    ) -> Task:
        """Approve or reject a result. A repeated call, known by `call`, changes nothing.

        Raises:
            UnknownTask: There is no such task.
            Conflict: The result has been reviewed, the task has been canceled, or does not wait for a review.
        """
        task = await self._registry.reviews.decide(task_id, by, approved=approved, note=note, call=call)
        hop(task.id, "review recorded")
        self._engine.wake("task", task.id)
        return task
