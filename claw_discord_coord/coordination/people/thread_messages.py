"""Handles operators' messages in the threads of tasks: orders, and messages for the agent at work."""

from __future__ import annotations

from collections.abc import Callable

from claw_discord_coord.actions import Subject, parse
from claw_discord_coord.config.model import OperatorsConfig
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.people.control import Control
from claw_discord_coord.coordination.people.orders import Order, Orders
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.errors import CoordError
from claw_discord_coord.models import Task
from claw_discord_coord.ports import IncomingMessage
from claw_discord_coord.registry.transitions import FINAL

HANDLED = "heard"
"""The type of the event that records a handled message; stored, so the value stays."""


class ThreadMessages:
    """Handles each message of an operator once. Messages of other people are ignored without a reply."""

    def __init__(
        self,
        services: Services,
        control: Control,
        orders: Orders,
        operators: Callable[[], OperatorsConfig],
    ) -> None:
        self._registry = services.registry
        self._workspace = services.workspace
        self._control = control
        self._orders = orders
        self._operators = operators

    async def handle(self, message: IncomingMessage) -> None:
        """Carry out the order in a message, or pass the text to the agent. The thread shows a failure."""
        if not self._operators().allows(message.author_id, message.author_roles):
            return
        task = await self._registry.tasks.in_thread(message.thread_id)
        if task is None or task.state in FINAL or not message.text.strip():
            return
        if message.message_id in await self._handled(task):
            return
        hop(task.id, f"message {message.message_id} received in the thread")
        caller = Caller(f"discord-{message.message_id}", "discord", message.author_name)
        try:
            await self._obey(task, message.text, caller)
        except CoordError as error:
            await self._workspace.say(task, f"answer/{message.message_id}", error.sentence())
        # Recorded last: after a crash the message comes again, and its request id makes the order the same one.
        await self._registry.events.add(
            task.id, HANDLED, f"received a message of {message.author_name}", {"message_id": message.message_id}
        )

    async def _handled(self, task: Task) -> set[object]:
        events = await self._registry.events.of_task(task.id, limit=10_000, types=[HANDLED])
        return {event.data.get("message_id") for event in events}

    async def _obey(self, task: Task, text: str, caller: Caller) -> None:
        # Only an action of tasks is an order: `resend` in a thread is a message for the agent.
        action = parse(text, Subject.TASK)
        if action is None:
            await self._control.send_message(task.id, text, caller)
        else:
            await self._orders.carry_out(Order(action, task.id, caller.name, caller.request_id))
