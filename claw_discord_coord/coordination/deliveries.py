"""Brings outputs to their destinations: planned in the registry first, sent with patience, proved by a receipt."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.journal import Engine, Journal
from claw_discord_coord.destinations.output import Output
from claw_discord_coord.destinations.routing import Planned, check_kind, route
from claw_discord_coord.errors import Conflict, CoordError, NotAuthorized, Refused, Unavailable, UnknownDestination
from claw_discord_coord.ports import Destination
from claw_discord_coord.registry.models import Delivery, DeliveryState, Task
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.transitions import FINAL

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parcel:
    """An output with its files, and the name by which it is known for ever."""

    output: Output
    origin: str
    artifacts: tuple[str, ...] = ()


class Deliveries:
    """Plans and makes deliveries. `destinations` are those of skill.yaml by name, asked for anew each time since the
    file may change.
    """

    def __init__(
        self,
        registry: Registry,
        config: Callable[[], Config],
        destinations: Callable[[], Mapping[str, Destination]],
        now: Callable[[], datetime],
    ) -> None:
        self._registry = registry
        self._config = config
        self._destinations = destinations
        self._now = now
        self._engine: Engine | None = None

    def attach(self, engine: Engine) -> None:
        """Say who runs the lives of deliveries."""
        self._engine = engine

    def preview(self, output: Output, to: Sequence[str] = ()) -> tuple[Planned, ...]:
        """What would be delivered where, and why, without sending anything.

        Raises:
            UnknownDestination: a name in `to` that skill.yaml does not have.
            Refused: a private output, and a destination that others can see, named on purpose.
        """
        config = self._config()
        planned = route(config, output, to=to)
        if not output.private:
            return planned
        destinations = self._destinations()
        visible = [plan.destination for plan in planned if destinations[plan.destination].leaves_machine()]
        if visible and to:
            raise Refused(
                f"A private output may not leave this machine, and {', '.join(visible)} would show it.",
                fix="Name a local destination.",
            )
        return tuple(plan for plan in planned if plan.destination not in visible)

    def content(self, text: str, caller: Caller, *, kind: str | None) -> Parcel:
        """Content that a caller hands in as it is; an agent's belongs to its task.

        Raises:
            UnknownKind: a kind that skill.yaml does not know.
        """
        check_kind(self._config(), kind)
        task = caller.task
        output = Output.of_content(
            text,
            kind=kind,
            agent=task.agent if task else None,
            channel=task.channel if task else None,
            private=task.private if task else False,
            task=task,
        )
        return Parcel(output, "content/" + hashlib.sha256(caller.request_id.encode()).hexdigest()[:24])

    async def result(self, task_id: str, caller: Caller, *, kind: str | None = None) -> Parcel:
        """The result of a task that has ended. Of the same kind to the same place it is the same delivery, however
        often it is sent.

        Raises:
            UnknownKind: a kind that skill.yaml does not know.
            NotAuthorized: an agent names another task than its own.
            Conflict: the task has not ended yet.
        """
        check_kind(self._config(), kind)
        if caller.task is not None and caller.task.id != task_id:
            raise NotAuthorized("An agent may only send its own content.", fix="Give `content` instead of a task.")
        task = await self._registry.get_task(task_id)
        if task.state not in FINAL:
            raise Conflict(
                f"Task {task.id} has not ended yet: {task.state.value}.",
                fix="Its result is routed by itself when it ends.",
            )
        return parcel(task, kind=kind)

    async def plan(self, parcel: Parcel, to: Sequence[str] = ()) -> list[Delivery]:
        """Write down every delivery of this parcel before anything is sent, and start them.

        Raises:
            UnknownDestination, Refused: as `preview`.
            DeliveryFailed: a route's template cannot be rendered for this output.
        """
        deliveries: list[Delivery] = []
        for plan in self.preview(parcel.output, to):
            delivery = Delivery(
                id=f"d-{secrets.token_hex(5)}",
                key=f"{parcel.origin}/{plan.destination}",
                task_id=parcel.output.task_id,
                destination=plan.destination,
                route=plan.route,
                kind=parcel.output.kind,
                title=plan.title,
                text=plan.text,
                artifacts=parcel.artifacts,
                state=DeliveryState.PLANNED,
                created_at=self._now(),
            )
            deliveries.append(await self._registry.plan(delivery))
        assert self._engine is not None  # noqa: S101 - attached before any life begins
        for delivery in deliveries:
            await self._engine.start("delivery", delivery.id)
        return deliveries

    async def live(self, delivery_id: str, journal: Journal) -> None:
        """The life of one delivery: attempt, and pause, until it has arrived or cannot."""
        pause_s = FIRST_PAUSE_S
        while await journal.step("deliver", lambda: self._attempt(delivery_id)) == "again":
            await journal.wait(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _attempt(self, delivery_id: str) -> str:
        """One attempt, as a step: `done` or `again`."""
        delivery = await self._registry.get_delivery(delivery_id)
        if delivery.state is not DeliveryState.PLANNED:
            return "done"
        destination = self._destinations().get(delivery.destination)
        try:
            if destination is None:
                raise UnknownDestination(
                    f"skill.yaml no longer has the destination {delivery.destination}.",
                    fix="Put it back and send again.",
                )
            repeated = delivery.attempts > 0
            delivery = await self._registry.attempt(delivery.id)
            receipt = (await destination.find(delivery) if repeated else None) or await destination.deliver(delivery)
        except Unavailable as error:
            if delivery.attempts < self._config().limits.delivery_attempts:
                log.warning("delivery %s to %s will be tried again: %s", delivery.id, delivery.destination, error)
                return "again"
            await self._give_up(delivery, f"gave up after {delivery.attempts} attempts: {error.sentence()}")
        except CoordError as error:
            await self._give_up(delivery, error.sentence())
        else:
            await self._registry.delivered(delivery.id, receipt)
            await self._registry.add_event(
                delivery.task_id,
                "delivery.delivered",
                f"delivered to {delivery.destination}: {receipt.url or receipt.path or receipt.id}",
                {"delivery": delivery.id},
            )
        return "done"

    async def _give_up(self, delivery: Delivery, why: str) -> None:
        await self._registry.failed(delivery.id, why)
        await self._registry.add_event(
            delivery.task_id,
            "delivery.failed",
            f"could not be delivered to {delivery.destination}: {why}",
            {"delivery": delivery.id},
        )


def parcel(task: Task, *, kind: str | None = None) -> Parcel:
    """What a task that has ended has to send."""
    origin = f"task/{task.id}" if kind is None else f"task/{task.id}/{kind}"
    return Parcel(Output.of_task(task, kind=kind), origin, task.result.artifacts if task.result else ())
