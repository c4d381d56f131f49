"""Gives the free slots of an agent to the agent's waiting tasks, oldest first."""

from __future__ import annotations

from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.coordination.workflows.steps import Steps
from claw_discord_coord.coordination.workflows.wait_notices import WAITING
from claw_discord_coord.models import TaskState

BEGIN = "begin"


class AgentQueue:
    """The workflow of an agent, which is named by the agent. Runs when a task arrives or a slot becomes free."""

    # Measured with the queues of DBOS 3.4: a freed slot is filled at the next poll only, one a second for each agent.

    def __init__(self, services: Services) -> None:
        self._registry = services.registry
        self._engine = services.engine
        self._updates = services.updates
        self._config = services.config

    async def run(self, agent: str, steps: Steps) -> None:
        """Begin as many waiting tasks as there are free slots."""
        settings = self._config().agents.get(agent)
        if settings is None:
            await self._report_missing(agent)
            return
        begin = self._registry.executions.begin_waiting
        for task in await steps.run(BEGIN, lambda: begin(agent, concurrency=settings.concurrency)):
            hop(task.id, "took a slot")
            self._engine.wake("task", task.id)
        # A card that says `working` from the start needs no edit, so the tasks that still wait are shown only now.
        self._updates.publish(Update("", "state", TaskState.SUBMITTED.value))

    async def _report_missing(self, agent: str) -> None:
        # A slip in skill.yaml must not end the queue: the tasks wait until the agent is back, or a person cancels.
        for task in await self._registry.tasks.find(agent=agent, state=TaskState.SUBMITTED, limit=1):
            sentence = f"waiting for the agent {agent}: skill.yaml no longer has it; put it back, or cancel its tasks"
            if not await self._registry.events.of_task(task.id, types=[WAITING]):
                await self._registry.events.add(task.id, WAITING, sentence)
            self._updates.publish(Update(task.id, "waiting", sentence))
