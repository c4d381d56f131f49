"""Receives clicks and messages from Discord, and passes both on."""

from __future__ import annotations

import asyncio

from claw_discord_coord.actions import Subject
from claw_discord_coord.coordination.hops import record_hop
from claw_discord_coord.coordination.people.order import Order
from claw_discord_coord.coordination.people.orders import Orders
from claw_discord_coord.coordination.people.thread_messages import ThreadMessages
from claw_discord_coord.models import TaskLocation
from claw_discord_coord.ports import Click, IncomingMessage, IncomingReaction
from claw_discord_coord.registry.registry import Registry


class Inbox:
    """The callbacks of a workspace.

    Discord is connected before orders can be carried out, since the parts for orders need the connection. Clicks and
    messages that arrive before `open` wait.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._opened: asyncio.Future[tuple[Orders, ThreadMessages]] = asyncio.get_running_loop().create_future()

    def open(self, orders: Orders, thread_messages: ThreadMessages) -> None:
        """Carry out the orders that have arrived, and all later orders."""
        self._opened.set_result((orders, thread_messages))

    async def button_clicked(self, click: Click) -> None:
        """Carry out the order of an operator's click.

        Raises:
            UsageError: The action does not apply to this kind of record.
        """
        record_hop(Subject.of(click.subject_id), click.subject_id, f"click received: {click.action}")
        orders, _ = await self._opened
        await orders.carry_out(Order(click.action, click.subject_id, click.user_name))

    async def message_written(self, message: IncomingMessage) -> None:
        """Handle a person's message in the thread of a task."""
        _, thread_messages = await self._opened
        await thread_messages.handle(message)

    async def reaction_added(self, reaction: IncomingReaction) -> None:
        """Handle a person's reaction to a message about a task."""
        _, thread_messages = await self._opened
        await thread_messages.handle_reaction(reaction)

    async def task_moved(self, task_id: str, location: TaskLocation) -> None:
        """Record the new location of a task whose card or thread was deleted by a person."""
        await self._registry.executions.set_location(task_id, location)
