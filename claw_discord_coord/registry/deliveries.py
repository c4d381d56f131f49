"""The ledger of deliveries: what is to go where, what arrived, and what could not."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select, update

from claw_discord_coord.errors import Conflict, UsageError
from claw_discord_coord.models import Delivery, DeliveryState, Receipt
from claw_discord_coord.registry.book import Book
from claw_discord_coord.registry.rows import every, insert_new, only, values
from claw_discord_coord.registry.schema import deliveries, tasks
from claw_discord_coord.registry.tasks import require
from claw_discord_coord.registry.transitions import DELIVERY_ALLOWED, before


class Deliveries(Book):
    """The deliveries that there are."""

    async def plan(self, delivery: Delivery) -> Delivery:
        """Write a delivery down before anything is sent. One with the same key that is there already is the answer.

        Raises:
            UnknownTask: its task does not exist.
        """
        return await self._database.write(_plan, delivery)

    async def attempt(self, delivery_id: str) -> Delivery:
        """Count one more attempt, before it is made.

        Raises:
            UsageError: no delivery of that id.
            Conflict: it is no longer planned.
        """
        return await self._database.write(_attempt, delivery_id)

    async def delivered(self, delivery_id: str, receipt: Receipt) -> Delivery:
        """It arrived. One that is delivered already is answered as it is, with its first receipt.

        Raises:
            UsageError: no delivery of that id.
            Conflict: it has failed.
        """
        proof = receipt.model_dump(mode="json")
        ended: dict[str, Any] = {"receipt": proof, "error": None, "ended_at": self._clock()}
        return await self._database.write(_move, delivery_id, DeliveryState.DELIVERED, ended)

    async def failed(self, delivery_id: str, error: str) -> Delivery:
        """It will not arrive, unless a person asks for it again. One that has failed already is answered as it is.

        Raises:
            UsageError: no delivery of that id.
            Conflict: it was delivered.
        """
        return await self._database.write(
            _move, delivery_id, DeliveryState.FAILED, {"error": error, "ended_at": self._clock()}
        )

    async def replan(self, delivery_id: str) -> Delivery:
        """Let a held delivery go, or send a failed one again, whose attempts stay counted: one may have arrived after
        all.

        Raises:
            UsageError: no delivery of that id.
            Conflict: it was delivered.
        """
        anew: dict[str, Any] = {"error": None, "ended_at": None, "generation": deliveries.c.generation + 1}
        return await self._database.write(_move, delivery_id, DeliveryState.PLANNED, anew)

    async def attempts_in_tree(self, root_id: str) -> int:
        """How many attempts at deliveries the tasks of a tree have cost so far."""
        query = (
            select(func.coalesce(func.sum(deliveries.c.attempts), 0))
            .select_from(deliveries.join(tasks, deliveries.c.task_id == tasks.c.id))
            .where(tasks.c.root_id == root_id)
        )
        return await self._database.read(lambda connection: int(connection.execute(query).scalar_one()))

    async def get_delivery(self, delivery_id: str) -> Delivery:
        """The delivery of that id.

        Raises:
            UsageError: there is none.
        """
        return await self._database.read(_require, delivery_id)

    async def deliveries_of(self, task_id: str) -> list[Delivery]:
        """A task's deliveries, oldest first."""
        query = select(deliveries).where(deliveries.c.task_id == task_id).order_by(deliveries.c.number)
        return await self._database.read(every, Delivery, query)

    async def list_deliveries(self, state: DeliveryState | None = None, limit: int = 50) -> list[Delivery]:
        """The newest `limit` deliveries, of that state if one is given, newest first."""
        query = select(deliveries).order_by(deliveries.c.number.desc()).limit(limit)
        if state is not None:
            query = query.where(deliveries.c.state == state)
        return await self._database.read(every, Delivery, query)


def _plan(connection: Connection, delivery: Delivery) -> Delivery:
    if delivery.task_id is not None:
        require(connection, delivery.task_id)
    insert_new(connection, deliveries, values(delivery, deliveries))
    planned = only(connection, Delivery, select(deliveries).where(deliveries.c.key == delivery.key))
    if planned is None:
        raise Conflict(f"The id {delivery.id!r} belongs to another delivery.", fix="Try again.")
    return planned


def _attempt(connection: Connection, delivery_id: str) -> Delivery:
    change = (
        update(deliveries)
        .where(deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.PLANNED)
        .values(attempts=deliveries.c.attempts + 1)
        .returning(deliveries)
    )
    attempted = only(connection, Delivery, change)
    if attempted is None:
        raise _not_from(_require(connection, delivery_id), "be attempted", {DeliveryState.PLANNED})
    return attempted


def _move(connection: Connection, delivery_id: str, target: DeliveryState, change: dict[str, Any]) -> Delivery:
    allowed = before(DELIVERY_ALLOWED, target)
    guarded = update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state.in_(allowed))
    moved = only(connection, Delivery, guarded.values(change | {"state": target}).returning(deliveries))
    present = moved or _require(connection, delivery_id)
    if present.state is target:
        return present
    raise _not_from(present, f"become {target}", allowed)


def _require(connection: Connection, delivery_id: str) -> Delivery:
    delivery = only(connection, Delivery, select(deliveries).where(deliveries.c.id == delivery_id))
    if delivery is None:
        raise UsageError(f"There is no delivery {delivery_id!r}.", fix="Ask registry_status for the task.")
    return delivery


def _not_from(delivery: Delivery, step: str, allowed: frozenset[DeliveryState] | set[DeliveryState]) -> Conflict:
    expected = " or ".join(sorted(allowed))
    return Conflict(
        f"Delivery {delivery.id} cannot {step}: expected {expected}, got {delivery.state}.",
        fix="Look at the delivery's present state, then decide again.",
    )
