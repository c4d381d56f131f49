"""The coordinator as skills use it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.delegation import Delegation
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.display import AT_ONCE
from claw_discord_coord.coordination.people.control import Control
from claw_discord_coord.coordination.people.orders import Orders
from claw_discord_coord.coordination.sessions import token_hash
from claw_discord_coord.coordination.task_posts import needing_attention
from claw_discord_coord.coordination.updates import Updates
from claw_discord_coord.errors import NotAuthorized, UnknownTask
from claw_discord_coord.models import Event, Run, RunState, Task
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.transitions import FINAL


@dataclass(frozen=True)
class Coordinator:
    """The parts of a running coordinator."""

    registry: Registry
    delegation: Delegation
    control: Control
    orders: Orders
    deliveries: Deliveries
    updates: Updates
    config: Callable[[], Config]
    run_of_session: Callable[[str], Awaitable[str | None]] | None = None
    run_of_process: Callable[[Sequence[str]], str | None] | None = None

    async def agent_caller(self, token: str, *, request_id: str, surface: str) -> Caller:
        """Return the agent with this task token.

        Raises:
            NotAuthorized: The token does not belong to a current run.
        """
        run = await self.registry.runs.by_token(token_hash(token))
        if run is None or run.state is not RunState.RUNNING:
            raise NotAuthorized(
                "This task token is not valid, or its run has ended.", fix="Use the token of a run that is going on."
            )
        return await self._at_work(run, request_id, surface)

    async def session_caller(self, session_key: str, *, request_id: str, surface: str) -> Caller | None:
        """Return the agent that works in this session of OpenClaw, or None for another owner's session.

        Raises:
            NotAuthorized: The session belongs to an agent without a current run, or to an unknown owner.
        """
        run_id = await self.run_of_session(session_key) if self.run_of_session else None
        if run_id is None:
            return None
        run = await self.registry.runs.get(run_id)
        if run.state is not RunState.RUNNING:
            raise NotAuthorized("The run of this session has ended.", fix="Call this from a session of your own.")
        return await self._at_work(run, request_id, surface)

    async def process_caller(self, marks: Sequence[str], *, request_id: str, surface: str) -> Caller:
        """Return the agent whose run a process with these marks belongs to.

        Raises:
            NotAuthorized: The run has ended, or belongs to another coordinator.
        """
        run_id = self.run_of_process(marks) if self.run_of_process else None
        if run_id is None:
            raise NotAuthorized(
                "This process belongs to an agent's run that this coordinator does not know.",
                fix="Call this from a process that no agent has started.",
            )
        run = await self.registry.runs.get(run_id)
        if run.state is not RunState.RUNNING:
            raise NotAuthorized(
                "The run of this process has ended.", fix="Call this from a process that no agent has started."
            )
        return await self._at_work(run, request_id, surface)

    async def _at_work(self, run: Run, request_id: str, surface: str) -> Caller:
        task = await self.registry.tasks.get(run.task_id)
        return Caller(request_id=request_id, surface=surface, name=f"{task.agent} (task {task.id})", task=task, run=run)

    async def visible_task(self, task_id: str, caller: Caller) -> Task:
        """Return a task that the caller may see: an agent's own tree, the tasks of a guest's session, else any task.

        Raises:
            UnknownTask: There is no such task, or the caller may not see the task.
        """
        task = await self.registry.tasks.get(task_id)
        caller.check_asked_for(task)
        if caller.task is not None and task.root_id != caller.task.root_id:
            raise UnknownTask(f"There is no task {task_id!r} in the tree of task {caller.task.id}.")
        return task

    async def needing_attention(self, *, limit: int) -> list[Event]:
        """Return the events about tasks that Discord refuses, or that wait for a counterpart, newest first."""
        return await needing_attention(self.registry, limit=limit)

    async def is_shown_soon(self, task: Task) -> bool:
        """Return whether Discord has the task's thread, or gets the thread before most other changes."""
        showing = self.registry.showing
        return task.thread_id is not None or await showing.comes_soon(task.id, AT_ONCE, queues=self.config().agents)

    async def wait_for(self, task_id: str, until: Callable[[Task], bool], *, timeout_s: float) -> Task:
        """Return the task once `until` holds, the task has ended, or the time is over."""
        # Subscribed before the first look: a change in between is then an update in the queue.
        async with self.updates.subscribe(task_id) as updates:
            task = await self.registry.tasks.get(task_id)
            try:
                async with asyncio.timeout(timeout_s):
                    while not until(task) and task.state not in FINAL:
                        await updates.get()
                        task = await self.registry.tasks.get(task_id)
            except TimeoutError:
                pass
            return task
