"""Gives the free slots of an agent to the agent's waiting tasks, oldest first."""

from __future__ import annotations

from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.coordination.workflows.steps import Steps
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
        # A task of an agent that skill.yaml no longer has begins, and fails with the reason.
        concurrency = settings.concurrency if settings else 1
        begin = self._registry.executions.begin_waiting
        for task in await steps.run(BEGIN, lambda: begin(agent, concurrency=concurrency)):
            hop(task.id, "took a slot")
            self._engine.wake("task", task.id)
        # A card that says `working` from the start needs no edit, so the tasks that still wait are shown only now.
        self._updates.publish(Update("", "state", TaskState.SUBMITTED.value))
