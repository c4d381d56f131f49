"""Stores deliveries: planned, attempted, delivered, failed, held for approval."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from claw_discord_coord.errors import Conflict, UsageError
from claw_discord_coord.models import Delivery, DeliveryState, Receipt
from claw_discord_coord.registry.events import tell
from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import every, insert_new, only, values
from claw_discord_coord.registry.storage.schema import deliveries, tasks
from claw_discord_coord.registry.tasks import next_version, require
from claw_discord_coord.registry.transitions import DELIVERY_ALLOWED


@dataclass(frozen=True)
class Rendered:
    """The content of a delivery after the route's templates were filled in."""

    title: str
    text: str
    about: dict[str, str | int | float | bool | list[str]]


class Deliveries(Part):
    """The deliveries. Each state change is one guarded update."""

    async def plan(self, delivery: Delivery) -> Delivery:
        """Store a delivery before anything is sent. Returns the existing delivery when the key is known.

        Raises:
            UnknownTask: The delivery's task does not exist.
        """
        return await self._database.write(_plan, delivery)

    async def attempt(self, delivery_id: str, generation: int) -> Delivery:
        """Count an attempt before the attempt is made.

        Raises:
            UsageError: There is no such delivery.
            Conflict: The delivery is no longer planned, or has a newer generation.
        """
        return await self._database.write(_attempt, delivery_id, generation)

    async def delivered(self, delivery_id: str, receipt: Receipt) -> Delivery:
        """Record the receipt. Returns a delivered delivery unchanged, with its first receipt.

        Raises:
            UsageError: There is no such delivery.
            Conflict: The delivery is held, or has failed.
        """
        proof = receipt.model_dump(mode="json")
        ended: dict[str, Any] = {"receipt": proof, "error": None, "ended_at": self._clock(), "due_at": None}
        return await self._database.write(_end, delivery_id, DeliveryState.DELIVERED, ended)

    async def failed(self, delivery_id: str, error: str) -> Delivery:
        """Record that no attempt is left. Returns a failed delivery unchanged. The report of the failure is then due.

        Raises:
            UsageError: There is no such delivery.
            Conflict: The delivery is held, or was delivered.
        """
        return await self._database.write(
            _end,
            delivery_id,
            DeliveryState.FAILED,
            {"error": error, "ended_at": self._clock(), "due_at": self._clock()},
        )

    async def postpone(self, delivery: Delivery, until: datetime) -> None:
        """Store the time of the next attempt, unless a person has decided since `delivery` was read."""
        await self._database.write(_due, delivery, until)

    async def reported(self, delivery: Delivery) -> None:
        """Record that nothing is due, unless a person has decided since `delivery` was read."""
        await self._database.write(_due, delivery, None)

    async def approve(self, delivery_id: str, by: str, *, call: str | None = None) -> Delivery:
        """Release a held delivery. The first decision counts; a repeated call is the same decision.

        Raises:
            UsageError: There is no such delivery.
            Conflict: The delivery is not held.
        """
        decision = _Decision("approved", DeliveryState.HELD, DeliveryState.PLANNED, by, call)
        return await self._database.write(_decide, delivery_id, decision, self._anew(), self._clock())

    async def reject(self, delivery_id: str, by: str, *, call: str | None = None) -> Delivery:
        """Let a held delivery fail without an attempt. The first decision counts, as for `approve`.

        Raises:
            UsageError: There is no such delivery.
            Conflict: The delivery is not held.
        """
        # Nothing is due: the person who refused needs no report of a failure.
        generation = deliveries.c.generation + 1
        change = {"error": f"rejected by {by}", "ended_at": self._clock(), "generation": generation, "due_at": None}
        # The word is stored in events, so it stays.
        decision = _Decision("refused", DeliveryState.HELD, DeliveryState.FAILED, by, call)
        return await self._database.write(_decide, delivery_id, decision, change, self._clock())

    async def resend(
        self,
        delivery_id: str,
        by: str,
        *,
        rendered: Rendered | None = None,
        held: bool = False,
        call: str | None = None,
    ) -> Delivery:
        """Plan a failed delivery again, or hold the delivery for approval. A repeated call changes nothing.

        Args:
            delivery_id: The failed delivery.
            by: The person who decided.
            rendered: The content, when the route's templates had failed before and could be filled in now.
            held: True when an operator must approve the new content first.
            call: The request id of the call.

        Raises:
            UsageError: There is no such delivery.
            Conflict: The delivery has not failed.
        """
        # Attempts stay counted: an attempt of an earlier generation may have arrived after all.
        change = self._anew()
        if rendered is not None:
            change |= {**dataclasses.asdict(rendered), "output": None}
        target = DeliveryState.HELD if held else DeliveryState.PLANNED
        decision = _Decision("resent", DeliveryState.FAILED, target, by, call)
        return await self._database.write(_decide, delivery_id, decision, change, self._clock())

    def _anew(self) -> dict[str, Any]:
        """Return the column values with which a new generation begins."""
        return {
            "error": None,
            "ended_at": None,
            "released_at": self._clock(),
            "generation": deliveries.c.generation + 1,
            "earlier_attempts": deliveries.c.attempts,
            "due_at": self._clock(),
        }

    async def attempts_in_tree(self, root_id: str) -> int:
        """Return the number of delivery attempts of all tasks of a tree."""
        query = (
            select(func.coalesce(func.sum(deliveries.c.attempts), 0))
            .select_from(deliveries.join(tasks, deliveries.c.task_id == tasks.c.id))
            .where(tasks.c.root_id == root_id)
        )
        return await self._database.read(lambda connection: int(connection.execute(query).scalar_one()))

    async def get(self, delivery_id: str) -> Delivery:
        """Return the delivery.

        Raises:
            UsageError: There is no such delivery.
        """
        return await self._database.read(_require, delivery_id)

    async def of_task(self, task_id: str) -> list[Delivery]:
        """Return a task's deliveries, oldest first."""
        query = select(deliveries).where(deliveries.c.task_id == task_id).order_by(deliveries.c.number)
        return await self._database.read(every, Delivery, query)

    async def held_for(self, task_id: str) -> list[Delivery]:
        """Return the deliveries that wait for the review of a task, oldest first."""
        query = select(deliveries).where(deliveries.c.held_for == task_id, deliveries.c.state == DeliveryState.HELD)
        return await self._database.read(every, Delivery, query.order_by(deliveries.c.number))

    async def ask_for_approval(self, delivery_id: str) -> Delivery:
        """Let a delivery that waited for a review wait for an approval of its own.

        Raises:
            UsageError: There is no such delivery.
        """
        return await self._database.write(_ask_for_approval, delivery_id, self._clock())

    async def find(self, state: DeliveryState | None = None, limit: int = 50) -> list[Delivery]:
        """Return the newest `limit` deliveries, optionally in one state, newest first."""
        query = select(deliveries).order_by(deliveries.c.number.desc()).limit(limit)
        if state is not None:
            query = query.where(deliveries.c.state == state)
        return await self._database.read(every, Delivery, query)


def _plan(connection: Connection, delivery: Delivery) -> Delivery:
    if delivery.task_id is not None:
        require(connection, delivery.task_id)
    # A replayed step plans the same key again; the first record stays as it was.
    insert_new(connection, deliveries, values(delivery, deliveries))
    planned = only(connection, Delivery, select(deliveries).where(deliveries.c.key == delivery.key))
    if planned is None:
        raise Conflict(f"The id {delivery.id!r} belongs to another delivery.", fix="Try again.")
    return planned


def _attempt(connection: Connection, delivery_id: str, generation: int) -> Delivery:
    guards = (deliveries.c.state == DeliveryState.PLANNED, deliveries.c.generation == generation)
    change = update(deliveries).where(deliveries.c.id == delivery_id, *guards)
    counted = change.values(attempts=deliveries.c.attempts + 1).returning(deliveries)
    attempted = only(connection, Delivery, counted)
    if attempted is not None:
        return attempted
    present = _require(connection, delivery_id)
    if present.state is not DeliveryState.PLANNED:
        raise _not_from(present, "be attempted", DeliveryState.PLANNED)
    raise Conflict(f"Delivery {present.id} belongs to a newer life, {present.generation}; this one is {generation}.")


def _due(connection: Connection, delivery: Delivery, due_at: datetime | None) -> None:
    guards = (deliveries.c.state == delivery.state, deliveries.c.generation == delivery.generation)
    connection.execute(update(deliveries).where(deliveries.c.id == delivery.id, *guards).values(due_at=due_at))


def _ask_for_approval(connection: Connection, delivery_id: str, at: datetime) -> Delivery:
    # A person may have decided on this delivery alone meanwhile.
    waits = (deliveries.c.state == DeliveryState.HELD) & deliveries.c.held_for.is_not(None)
    connection.execute(update(deliveries).where(deliveries.c.id == delivery_id, waits).values(held_for=None, due_at=at))
    return _require(connection, delivery_id)


def _end(connection: Connection, delivery_id: str, target: DeliveryState, change: dict[str, Any]) -> Delivery:
    moved = _moved(connection, delivery_id, DeliveryState.PLANNED, target, change)
    present = moved or _require(connection, delivery_id)
    if present.state is target:
        return present
    raise _not_from(present, f"become {target}", DeliveryState.PLANNED)


@dataclass(frozen=True)
class _Decision:
    """A person's decision. `word` names the decision in events; `call` is the id of a call that may be repeated."""

    word: str
    source: DeliveryState
    target: DeliveryState
    by: str
    call: str | None

    @property
    def said(self) -> str | None:
        """The decision with its request id, as the delivery stores them."""
        return None if self.call is None else f"{self.word} {self.call}"


def _decide(
    connection: Connection, delivery_id: str, decision: _Decision, change: dict[str, Any], at: datetime
) -> Delivery:
    guards = () if decision.said is None else (deliveries.c.decided.is_distinct_from(decision.said),)
    change = change | {"decided": decision.said}
    moved = _moved(connection, delivery_id, decision.source, decision.target, change, *guards)
    if moved is not None:
        connection.execute(update(tasks).where(tasks.c.id == moved.task_id).values(version=next_version()))
        data = {"delivery": moved.id, "by": decision.by, "call": decision.call}
        tell(
            connection,
            moved.task_id,
            f"delivery.{decision.word}",
            decided(moved, decision.word, decision.by),
            data,
            at=at,
        )
        return moved
    present = _require(connection, delivery_id)
    same = select(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.decided == decision.said)
    if decision.said is not None and only(connection, Delivery, same) is not None:
        return present
    missing = "is not held" if decision.source is DeliveryState.HELD else "has not failed"
    raise Conflict(f"Delivery {present.id} {missing}: it is {present.state}.", fix="Look how it stands, then decide.")


def decided(delivery: Delivery, word: str, by: str) -> str:
    """Return the text of a decision's event; `word` is approved, refused or resent."""
    done = {"resent": "sent again", "refused": "rejected"}.get(word, word)
    then = "; it is held for approval" if delivery.state is DeliveryState.HELD else ""
    return f"delivery to {delivery.destination} {done} by {by}{then}"


def _moved(
    connection: Connection,
    delivery_id: str,
    source: DeliveryState,
    target: DeliveryState,
    change: dict[str, Any],
    *guards: ColumnElement[bool],
) -> Delivery | None:
    """Change a delivery's state in one update. Returns None when the delivery is not in `source`, or a guard fails."""
    if target not in DELIVERY_ALLOWED[source]:
        raise ValueError(f"no delivery goes from {source} to {target}")
    guarded = update(deliveries).where(deliveries.c.id == delivery_id, deliveries.c.state == source, *guards)
    return only(connection, Delivery, guarded.values(change | {"state": target}).returning(deliveries))


def _require(connection: Connection, delivery_id: str) -> Delivery:
    delivery = only(connection, Delivery, select(deliveries).where(deliveries.c.id == delivery_id))
    if delivery is None:
        raise UsageError(f"There is no delivery {delivery_id!r}.", fix="Ask registry_status for the task.")
    return delivery


def _not_from(delivery: Delivery, step: str, expected: DeliveryState) -> Conflict:
    return Conflict(
        f"Delivery {delivery.id} cannot {step}: expected {expected}, got {delivery.state}.",
        fix="Look at the delivery's present state, then decide again.",
    )
