"""Carries out the actions of `claw_discord_coord.actions`, from every surface the same way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar

from claw_discord_coord.actions import Action, Subject, require
from claw_discord_coord.coordination.deliveries import Deliveries
from claw_discord_coord.coordination.people.control import Control
from claw_discord_coord.coordination.people.order import Order, OrderTaken
from claw_discord_coord.registry.registry import Registry


class Orders:
    """Passes each order to the method for the action and the kind of record, without checking permissions."""

    def __init__(self, registry: Registry, control: Control, deliveries: Deliveries) -> None:
        self._registry = registry
        self._control = control
        self._deliveries = deliveries

    async def carry_out(self, order: Order) -> OrderTaken:
        """Carry out an order.

        Raises:
            UsageError: The action does not apply to this kind of record, or there is no such record.
            Conflict: The record's state does not allow the action, or has changed since.
            DeliveryFailed: The templates of the delivery to resend still cannot be filled in.
        """
        method = self.METHODS.get((order.action, order.subject))
        if method is None:
            require(order.action, order.subject)
            raise NotImplementedError(f"no method carries out {order.action} of a {order.subject}")
        return await method(self, order)

    async def _cancel_task(self, order: Order) -> OrderTaken:
        stopped = await self._control.cancel(order.subject_id, order.by_with_note)
        return await self._task_taken(order, tuple(task.id for task in stopped))

    async def _approve_task(self, order: Order) -> OrderTaken:
        return await self._review_task(order, approved=True)

    async def _reject_task(self, order: Order) -> OrderTaken:
        return await self._review_task(order, approved=False)

    async def _approve_delivery(self, order: Order) -> OrderTaken:
        return await self._review_delivery(order, approved=True)

    async def _reject_delivery(self, order: Order) -> OrderTaken:
        return await self._review_delivery(order, approved=False)

    async def _resend_delivery(self, order: Order) -> OrderTaken:
        delivery = await self._deliveries.resend(order.subject_id, order.by_with_note, call=order.request_id)
        return OrderTaken(delivery.state.value, (delivery.id,))

    METHODS: ClassVar[Mapping[tuple[Action, Subject], Callable[[Any, Order], Awaitable[OrderTaken]]]] = {
        (Action.CANCEL, Subject.TASK): _cancel_task,
        (Action.APPROVE, Subject.TASK): _approve_task,
        (Action.REJECT, Subject.TASK): _reject_task,
        (Action.APPROVE, Subject.DELIVERY): _approve_delivery,
        (Action.REJECT, Subject.DELIVERY): _reject_delivery,
        (Action.RESEND, Subject.DELIVERY): _resend_delivery,
    }
    """The method for each action and kind of record that the table of actions allows."""

    async def _review_task(self, order: Order, *, approved: bool) -> OrderTaken:
        await self._control.review(
            order.subject_id, order.by, approved=approved, note=order.note, call=order.request_id
        )
        return await self._task_taken(order, (order.subject_id,))

    async def _review_delivery(self, order: Order, *, approved: bool) -> OrderTaken:
        delivery = await self._deliveries.review(
            order.subject_id, order.by_with_note, approved=approved, call=order.request_id
        )
        return OrderTaken(delivery.state.value, (delivery.id,))

    async def _task_taken(self, order: Order, affected: tuple[str, ...]) -> OrderTaken:
        task = await self._registry.tasks.get(order.subject_id)
        return OrderTaken(task.state.value, affected)
