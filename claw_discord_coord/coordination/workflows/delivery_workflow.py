"""The workflow of a delivery: the attempts, and the report of what needs a person."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from claw_discord_coord.config.destinations import PluginDestinationConfig
from claw_discord_coord.coordination.deliveries import ALERT, Deliveries
from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.privacy import check_stays, reason_for_log
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.task_posts import how_to_decide
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.coordination.workflows.queues import Queue
from claw_discord_coord.coordination.workflows.steps import Steps
from claw_discord_coord.destinations.catalog import guarantee_of
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.errors import Conflict, CoordError, DeliveryFailed, DeliveryUnclear, Unavailable
from claw_discord_coord.models import Delivery, DeliveryState, Receipt, Task
from claw_discord_coord.ports import Destination
from claw_discord_coord.text.sanitize import outgoing

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
"""The longest pause between attempts when the destination does not ask for a cooldown."""
LONGEST_COOLDOWN_S = 6 * 3_600.0
"""The longest cooldown that a destination may ask for; GitHub's rate limits, for one, last an hour."""

log = logging.getLogger(__name__)


class DeliveryWorkflow:
    """Runs the workflows of deliveries.

    Args:
        services: The services of the coordinator.
        deliveries: Records and publishes the progress of deliveries.
        destinations: Returns the destinations of skill.yaml by name; called for each attempt, since the file may
            change.
    """

    def __init__(
        self, services: Services, deliveries: Deliveries, destinations: Callable[[], Mapping[str, Destination]]
    ) -> None:
        self._registry = services.registry
        self._engine = services.engine
        self._updates = services.updates
        self._now = services.now
        self._config = services.config
        self._deliveries = deliveries
        self._destinations = destinations
        self._queues: dict[str, tuple[object, Queue]] = {}

    async def run(self, delivery_id: str, steps: Steps) -> None:
        """Make the attempt that is due, or report what the delivery waits for."""
        delivery = await self._registry.deliveries.get(delivery_id)
        if delivery.due_at is None or delivery.due_at > self._now():
            return
        if delivery.state is DeliveryState.PLANNED:
            generation = delivery.generation
            pause_s = await steps.run("deliver", lambda: self._attempt(delivery_id, generation))
            if pause_s is not None:
                await self._registry.deliveries.postpone(delivery, self._now() + timedelta(seconds=pause_s))
                self._engine.due_changed()
                return
            delivery = await self._registry.deliveries.get(delivery_id)
        if delivery.due_at is not None and delivery.state in {DeliveryState.HELD, DeliveryState.FAILED}:
            await steps.run("told", lambda: self._report(delivery))
            await self._registry.deliveries.reported(delivery)

    async def _attempt(self, delivery_id: str, generation: int) -> float | None:
        """Make one attempt. Returns the seconds until the next one, or None when no other follows."""
        delivery = await self._registry.deliveries.get(delivery_id)
        # A person may have decided otherwise; an execution of its own follows the decision.
        if delivery.state is not DeliveryState.PLANNED or delivery.generation != generation:
            return None
        destination = self._destinations().get(delivery.destination)
        if destination is None:
            await self._give_up(
                delivery, f"skill.yaml no longer has the destination {delivery.destination}; put it back and send again"
            )
            return None
        async with self._queue(delivery.destination).turn():
            return await self._send(delivery, destination)

    async def _send(self, delivery: Delivery, destination: Destination) -> float | None:
        repeated = delivery.attempts > 0
        task = None if delivery.task_id is None else await self._registry.tasks.get(delivery.task_id)
        # The text of an alert is never private.
        private = task is not None and task.private and not delivery.key.startswith(ALERT)
        try:
            if private:
                check_stays(delivery, destination)
            await self._check_budget(delivery, task)
            # Counted before the request: after a crash, the next attempt then knows that it must look first.
            delivery = await self._registry.deliveries.attempt(delivery.id, delivery.generation)
        except Conflict as error:  # a person decided otherwise while the delivery waited for its turn
            log.info("delivery %s to %s is not attempted: %s", delivery.id, delivery.destination, error)
            return None
        except DeliveryFailed as error:
            await self._give_up(delivery, error.sentence())
            return None
        hop(delivery.task_id, f"delivery {delivery.id} to {delivery.destination}: attempt {delivery.attempts}")
        try:
            receipt = await self._reach(delivery, destination, repeated=repeated)
        except Unavailable as error:
            made = delivery.attempts - delivery.earlier_attempts
            if made < self._config().limits.delivery_attempts:
                reason = reason_for_log(error, private=private)
                log.warning("delivery %s to %s will be tried again: %s", delivery.id, delivery.destination, reason)
                pause_s = min(FIRST_PAUSE_S * 2 ** min(made - 1, 16), LONGEST_PAUSE_S)
                return max(pause_s, min(error.retry_after_s or 0.0, LONGEST_COOLDOWN_S))
            await self._give_up(delivery, f"gave up after {made} attempts: {error} Fix it, then send it again.")
        except CoordError as error:
            await self._give_up(delivery, error.sentence())
        except Exception as error:
            reason = reason_for_log(error, private=private)
            # A traceback ends with the message of the exception.
            traceback = None if private else error
            log.error("delivery %s to %s failed: %s", delivery.id, delivery.destination, reason, exc_info=traceback)  # noqa: TRY400
            details = str(error) if private else "the log has the details"
            await self._give_up(delivery, f"{type(error).__name__} inside the destination; {details}")
        else:
            await self._registry.deliveries.delivered(delivery.id, receipt)
            # A program as destination may return a receipt without a place.
            where = receipt.url or receipt.path or receipt.id
            place = f": {outgoing(where)}" if where else ""
            await self._deliveries.record(delivery, "delivery.delivered", f"delivered to {delivery.destination}{place}")
            hop(delivery.task_id, f"delivery {delivery.id} to {delivery.destination}: delivered")
        return None

    async def _reach(self, delivery: Delivery, destination: Destination, *, repeated: bool) -> Receipt:
        """Look for an earlier attempt, and deliver if none arrived.

        Raises:
            DeliveryUnclear: A plugin took too long, and sending twice would show twice.
            Unavailable: A plugin took too long, and may try again.
        """
        # The destinations of this package limit each of their requests; a plugin may never return.
        settings = self._config().destinations[delivery.destination]
        limit_s = settings.timeout_s if isinstance(settings, PluginDestinationConfig) else None
        limit = asyncio.timeout(limit_s)
        try:
            async with limit:
                found = await destination.find(delivery) if repeated else None
                return found or await destination.deliver(delivery)
        except TimeoutError:
            # A time-out inside the destination is an error of the destination.
            if not limit.expired():
                raise
        sentence = f"{delivery.destination} took longer than {limit_s:g} s."
        if guarantee_of(destination) is Guarantee.AT_LEAST_ONCE:
            raise DeliveryUnclear(sentence, fix="Look whether it arrived; send it again if not.")
        raise Unavailable(sentence)

    async def _check_budget(self, delivery: Delivery, task: Task | None) -> None:
        # A person's decision has its own budget, and an alert must arrive when the budget is used up.
        if delivery.generation > 0 or delivery.key.startswith(ALERT):
            return
        if task is None:
            return
        limit = self._config().limits.tree_delivery_attempts
        if await self._registry.deliveries.attempts_in_tree(task.root_id) >= limit:
            raise DeliveryFailed(
                f"The deliveries of this task and all it led to have used up their {limit} attempts.",
                fix="Raise limits.tree_delivery_attempts in skill.yaml, or fix the destination first.",
            )

    async def _give_up(self, delivery: Delivery, why: str) -> None:
        # A destination of another package may put anything into an error.
        why = outgoing(why)
        await self._registry.deliveries.failed(delivery.id, why)
        await self._deliveries.record_failure(delivery, why)

    async def _report(self, delivery: Delivery) -> None:
        """Ask a person for approval, or report a failure."""
        task = None if delivery.task_id is None else await self._registry.tasks.get(delivery.task_id)
        if delivery.state is DeliveryState.HELD:
            await self._ask(delivery, task)
        if delivery.state is DeliveryState.FAILED:
            await self._report_failure(delivery, task)

    async def _ask(self, delivery: Delivery, task: Task | None) -> None:
        text = f"✋ The delivery to **{delivery.destination}** is held for approval.\n{how_to_decide(delivery.id)}"
        await self._say(task, f"delivery/{delivery.id}/held", text, deliveries=(delivery.id,))

    async def _report_failure(self, delivery: Delivery, task: Task | None) -> None:
        resend = f"`claw-discord-coord control-task --delivery {delivery.id} --action resend`"
        # An alert about a failed alert would go the same way, and fail again.
        if not delivery.key.startswith(ALERT):
            await self._deliveries.alert(
                f"delivery/{delivery.id}/{delivery.generation}",
                f"Not delivered to {delivery.destination}: {delivery.title}",
                f"{delivery.error}\n\nSend it again with {resend}",
                task,
            )
        text = f"⚠️ **{delivery.destination}** did not get this: {delivery.error}\n-# Send it again with {resend}"
        await self._say(task, f"delivery/{delivery.id}/{delivery.attempts}", text)

    async def _say(self, task: Task | None, event: str, text: str, *, deliveries: Sequence[str] = ()) -> None:
        """Store a message for the task's thread."""
        if task is None or task.private:
            return
        await self._registry.showing.add_message(task.id, event, text, deliveries)
        self._updates.publish(Update(task.id, "message", event))

    def _queue(self, name: str) -> Queue:
        settings = self._config().destinations[name]
        known = self._queues.get(name)
        # New settings get a new queue; deliveries that wait in the old one keep their turn there.
        if known is None or known[0] is not settings:
            queue = Queue(at_once=settings.at_once, per_minute=settings.per_minute, clock_s=time.monotonic)
            known = self._queues[name] = (settings, queue)
        return known[1]
