"""What people write in a task's thread: an operator's word stops, approves, rejects, or reaches the agent at work."""

from __future__ import annotations

from collections.abc import Callable, Collection

from claw_discord_coord.actions import Subject, parse
from claw_discord_coord.config.model import OperatorsConfig
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.control import Control
from claw_discord_coord.coordination.orders import Order, Orders
from claw_discord_coord.errors import CoordError
from claw_discord_coord.models import Task
from claw_discord_coord.ports import Workspace
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.transitions import FINAL

HEARD = "heard"
"""The type of the event by which a message is known to have been dealt with."""


class Conversation:
    """Deals with each message once, and only with those of operators: a stranger is not answered, and never obeyed."""

    def __init__(
        self,
        registry: Registry,
        control: Control,
        orders: Orders,
        workspace: Workspace,
        operators: Callable[[], OperatorsConfig],
    ) -> None:
        self._registry = registry
        self._control = control
        self._orders = orders
        self._workspace = workspace
        self._operators = operators

    async def hear(
        self,
        thread_id: str,
        message_id: str,
        author_id: str,
        author_name: str,
        text: str,
        *,
        author_roles: Collection[str] = (),
    ) -> None:
        """Deal with one message; the ids are Discord's."""
        if not self._operators().allows(author_id, author_roles):
            return
        task = await self._registry.tasks.in_thread(thread_id)
        if task is None or task.state in FINAL or not text.strip():
            return
        if message_id in {
            event.data.get("message_id")
            for event in await self._registry.events.of_task(task.id, limit=10_000, types=[HEARD])
        }:
            return
        try:
            await self._obey(task, text, Caller(f"discord-{message_id}", "discord", author_name))
        except CoordError as error:
            await self._workspace.say(task, f"answer/{message_id}", error.sentence())
        await self._registry.events.add(task.id, HEARD, f"heard {author_name}", {"message_id": message_id})

    async def _obey(self, task: Task, text: str, caller: Caller) -> None:
        # Only an action of tasks is an order: `resend` in a thread is a message for the agent.
        action = parse(text, Subject.TASK)
        if action is None:
            await self._control.message(task.id, text, caller)
        else:
            await self._orders.carry_out(Order(action, task.id, caller.name, caller.request_id))
