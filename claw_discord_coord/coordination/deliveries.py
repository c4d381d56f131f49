"""Brings outputs to their destinations: planned in the registry first, sent with patience, proved by a receipt."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from claw_discord_coord.config.destinations import PluginDestinationConfig
from claw_discord_coord.config.model import Config
from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.journal import Engine, Journal
from claw_discord_coord.coordination.queues import Queue
from claw_discord_coord.coordination.updates import Update, Updates
from claw_discord_coord.destinations.catalog import guarantee_of, traits_of
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.errors import (
    Conflict,
    CoordError,
    DeliveryFailed,
    DeliveryUnclear,
    DiscordRefused,
    NotAuthorized,
    Unavailable,
)
from claw_discord_coord.models import Delivery, DeliveryState, Receipt, Task, TaskState
from claw_discord_coord.ports import Destination, Workspace
from claw_discord_coord.registry.deliveries import Rendered, decided
from claw_discord_coord.registry.registry import Registry
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.routing.explanation import Explanation, Planned
from claw_discord_coord.routing.output import Declared, Output, Source
from claw_discord_coord.routing.rules import check_kind, explain, plan_again, with_kind

ALERT = "alert/"
"""How the key of every warning by the coordinator itself begins."""

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
"""How far the pauses between attempts grow by themselves."""
LONGEST_REST_S = 6 * 3_600.0
"""How long a destination is left alone at most because it asks for it; GitHub's limits, for one, last an hour."""

_LIVELY = frozenset({DeliveryState.PLANNED, DeliveryState.HELD})
"""In these states a delivery has a life; that of a held one only asks. That of one failed from the start only tells."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeliveryRequest:
    """An output with its files, where the caller wants it, and the name by which it is known for ever."""

    output: Output
    origin: str
    artifacts: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


class Deliveries:
    """Plans and makes deliveries. `destinations` are those of skill.yaml by name, asked for anew each time since the
    file may change.
    """

    def __init__(
        self,
        registry: Registry,
        workspace: Workspace,
        updates: Updates,
        config: Callable[[], Config],
        destinations: Callable[[], Mapping[str, Destination]],
        now: Callable[[], datetime],
    ) -> None:
        self._registry = registry
        self._workspace = workspace
        self._updates = updates
        self._config = config
        self._destinations = destinations
        self._now = now
        self._queues: dict[str, tuple[object, Queue]] = {}
        self._engine: Engine | None = None

    def attach(self, engine: Engine) -> None:
        """Say who runs the lives of deliveries."""
        self._engine = engine

    # What is to be sent.

    def content(self, text: str, caller: Caller, *, kind: str | None) -> DeliveryRequest:
        """Content that a caller hands in as it is; an agent's belongs to its task.

        Raises:
            UnknownKind: the caller, or the content's front matter, names a kind that skill.yaml does not know.
        """
        output = Output.of_content(text, declared=Declared(kind=kind), source=Source.of_task(caller.task))
        check_kind(self._config(), output.kind)
        origin = "content/" + hashlib.sha256(caller.request_id.encode()).hexdigest()[:24]
        return DeliveryRequest(with_kind(self._config(), output), origin)

    async def result(
        self, task_id: str, caller: Caller, *, kind: str | None = None, ended: bool = True
    ) -> DeliveryRequest:
        """The result of a task. Of the same kind to the same place it is the same delivery, however often it is sent.

        Raises:
            UnknownKind: the caller names a kind that skill.yaml does not know.
            NotAuthorized: an agent names another task than its own.
            Conflict: the task has not ended yet, and it must have.
        """
        if caller.task is not None and caller.task.id != task_id:
            raise NotAuthorized("An agent may only send its own content.", fix="Give `content` instead of a task.")
        check_kind(self._config(), kind)
        task = await self._registry.tasks.get(task_id)
        if ended and task.state not in FINAL:
            raise Conflict(
                f"Task {task.id} has not ended yet: {task.state.value}.",
                fix="Its result is routed by itself when it ends.",
            )
        return self.parcel(task, kind=kind)

    def parcel(self, task: Task, *, kind: str | None = None) -> DeliveryRequest:
        """What a task has to send: of the kind that the caller, else the output itself, else its agent declares.

        Of a task that waits for a person it is the news that it does, and goes by the rules alone: neither its result
        nor the destinations that were named for that.
        """
        wanted = task.wanted
        declared = Declared(kind=kind or wanted.kind, labels=wanted.labels, priority=wanted.priority)
        output = Output.of_task(task, declared)
        output = with_kind(self._config(), output)
        if task.state is TaskState.INPUT_REQUIRED:
            return DeliveryRequest(output, f"task/{task.id}/{task.state}")
        origin = f"task/{task.id}" if kind is None else f"task/{task.id}/{kind}"
        return DeliveryRequest(output, origin, task.result.artifacts if task.result else (), wanted.to)

    # Where it goes.

    async def explain(self, output: Output, to: Sequence[str] = ()) -> Explanation:
        """What would be delivered where, and why each rule applies or not, without sending anything.

        Raises:
            UnknownDestination: a name in `to` that skill.yaml does not have.
            Refused: a private output, and a destination that others can see, named on purpose.
        """
        traits = traits_of(self._destinations())
        return await asyncio.to_thread(explain, self._config(), output, to=to, traits=traits)

    async def expected(self, output: Output, to: Sequence[str] = ()) -> tuple[str, ...]:
        """The destinations of an output that does not exist yet, as far as they can be told.

        Raises:
            UnknownDestination, Refused: as `explain`.
        """
        return tuple(plan.destination for plan in (await self.explain(output, to)).planned)

    async def plan(self, parcel: DeliveryRequest, to: Sequence[str] = ()) -> list[Delivery]:
        """Write down every delivery of this parcel before anything is sent, and start them. Where a route's template
        cannot be filled in, the delivery has failed from the start.

        Raises:
            UnknownDestination, Refused: as `explain`.
        """
        explanation = await self.explain(parcel.output, to or parcel.to)
        planned = [await self._planned(parcel, plan) for plan in explanation.planned]
        for sentence in explanation.left_out:
            await self._registry.events.add(parcel.output.task_id, "delivery.left_out", sentence)
        for delivery in planned:
            await self._start(delivery)
        return planned

    async def mention(self, parcel: DeliveryRequest) -> None:
        """Plan what only tells of a life, and must not decide it: where that fails, the log says so.

        Raises:
            Unavailable: something that is needed cannot be reached at the moment.
        """
        try:
            await self.plan(parcel)
        except Unavailable:
            raise
        except Exception:
            log.exception("%s (%s) is told nowhere", parcel.output.title, parcel.origin)

    async def alert(self, name: str, title: str, text: str, task: Task | None) -> None:
        """Send a warning of the coordinator itself where routes for the state `alert` say; once for each `name`.

        Raises:
            Unavailable: as `mention`.
        """
        await self.mention(DeliveryRequest(Output.of_alert(title, text, task), f"{ALERT}{name}"))

    async def review(self, delivery_id: str, by: str, *, approved: bool, call: str | None = None) -> Delivery:
        """Let a held delivery go, or refuse it. The same call again is the same judgement.

        Raises:
            UsageError: no such delivery.
            Conflict: it is not held.
        """
        decide = self._registry.deliveries.approve if approved else self._registry.deliveries.refuse
        delivery = await decide(delivery_id, by, call=call)
        self._publish(delivery, decided(delivery, "approved" if approved else "refused", by))
        await self._start(delivery)
        return delivery

    async def resend(self, delivery_id: str, by: str, *, call: str | None = None) -> Delivery:
        """Send a failed delivery again; if its templates could not be filled in, as skill.yaml has them now, and where
        the destination asks for approval, only once somebody has approved what nobody could see before. The same call
        again sends it no second time.

        Raises:
            UsageError: no such delivery.
            Conflict: it has not failed.
            DeliveryFailed: its templates still cannot be filled in.
        """
        delivery = await self._registry.deliveries.get(delivery_id)
        rendered = None if delivery.output is None else await self._rendered(delivery)
        held = rendered is not None and self._config().destinations[delivery.destination].approval
        delivery = await self._registry.deliveries.resend(delivery_id, by, rendered=rendered, held=held, call=call)
        self._publish(delivery, decided(delivery, "resent", by))
        await self._start(delivery)
        return delivery

    async def _rendered(self, delivery: Delivery) -> Rendered:
        output = Output.from_json(delivery.output)
        plan = await asyncio.to_thread(
            plan_again,
            self._config(),
            output,
            route=delivery.route,
            destination=delivery.destination,
            traits=traits_of(self._destinations()),
        )
        plan = plan.masked()
        return Rendered(plan.title, plan.text, plan.about)

    async def take_up(self) -> None:
        """Go on with every delivery that an earlier coordinator left planned or held."""
        for state in sorted(_LIVELY):
            for delivery in await self._registry.deliveries.find(state, limit=100_000):
                await self._start(delivery)

    # The life of one delivery.

    async def live(self, id: str, journal: Journal) -> None:  # noqa: A002 - the word everyone uses
        """Attempt, and pause, until it has arrived or cannot; then, or if it is held, say so where a person is needed.
        `id` is the delivery's and its generation.
        """
        delivery_id, _, generation = id.partition("/")
        mine = int(generation)
        pause_s = FIRST_PAUSE_S
        while (rest_s := await journal.step("deliver", lambda: self._attempt(delivery_id, mine))) is not None:
            await journal.wait(max(pause_s, min(rest_s, LONGEST_REST_S)))
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
        await journal.step("told", lambda: self._show(delivery_id, mine))

    async def _attempt(self, delivery_id: str, generation: int) -> float | None:
        """One attempt, as a step: None when it is over, or for how many seconds the destination wants to be left alone
        before the next (0 if it has not said).
        """
        delivery = await self._registry.deliveries.get(delivery_id)
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
        try:
            await self._check_budget(delivery)
            delivery = await self._registry.deliveries.attempt(delivery.id, delivery.generation)
        except Conflict as error:  # decided otherwise while it stood in line
            log.info("delivery %s to %s is not attempted: %s", delivery.id, delivery.destination, error)
            return None
        except DeliveryFailed as error:
            await self._give_up(delivery, error.sentence())
            return None
        try:
            receipt = await self._reached(delivery, destination, repeated=repeated)
        except Unavailable as error:
            made = delivery.attempts - delivery.earlier_attempts
            if made < self._config().limits.delivery_attempts:
                log.warning("delivery %s to %s will be tried again: %s", delivery.id, delivery.destination, error)
                return error.retry_after_s or 0.0
            await self._give_up(delivery, f"gave up after {made} attempts: {error} Cure it, then send it again.")
        except CoordError as error:
            await self._give_up(delivery, error.sentence())
        except Exception as error:
            log.exception("delivery %s to %s failed", delivery.id, delivery.destination)
            await self._give_up(delivery, f"{type(error).__name__} inside the destination; the log has the details")
        else:
            await self._registry.deliveries.delivered(delivery.id, receipt)
            where = receipt.url or receipt.path or receipt.id
            await self._tell(delivery, "delivery.delivered", f"delivered to {delivery.destination}: {where}")
        return None

    async def _reached(self, delivery: Delivery, destination: Destination, *, repeated: bool) -> Receipt:
        """Look, and deliver, within the time that skill.yaml allows. The package's own destinations see to it
        themselves, for each of their requests; those of other packages may not.
        """
        settings = self._config().destinations[delivery.destination]
        limit_s = settings.timeout_s if isinstance(settings, PluginDestinationConfig) else None
        limit = asyncio.timeout(limit_s)
        try:
            async with limit:
                found = await destination.find(delivery) if repeated else None
                return found or await destination.deliver(delivery)
        except TimeoutError:
            if not limit.expired():
                raise
        sentence = f"{delivery.destination} took longer than {limit_s:g} s."
        if guarantee_of(destination) is Guarantee.AT_LEAST_ONCE:
            raise DeliveryUnclear(sentence, fix="Look whether it arrived; send it again if not.")
        raise Unavailable(sentence)

    async def _check_budget(self, delivery: Delivery) -> None:
        if delivery.generation > 0 or delivery.key.startswith(ALERT):  # asked for by a person, or telling of this
            return
        if delivery.task_id is None:
            return
        limit = self._config().limits.tree_delivery_attempts
        task = await self._registry.tasks.get(delivery.task_id)
        if await self._registry.deliveries.attempts_in_tree(task.root_id) >= limit:
            raise DeliveryFailed(
                f"The deliveries of this task and all it led to have used up their {limit} attempts.",
                fix="Raise limits.tree_delivery_attempts in skill.yaml, or mend the destination first.",
            )

    async def _give_up(self, delivery: Delivery, why: str) -> None:
        await self._registry.deliveries.failed(delivery.id, why)
        await self._tell_failed(delivery, why)

    async def _tell_failed(self, delivery: Delivery, why: str) -> None:
        await self._tell(delivery, "delivery.failed", f"could not be delivered to {delivery.destination}: {why}")

    async def _show(self, delivery_id: str, generation: int) -> None:
        """Say that a person is needed, if one is: to approve, or because it failed. The latter is told by an alert,
        too, unless this was one.
        """
        delivery = await self._registry.deliveries.get(delivery_id)
        if delivery.generation != generation:
            return
        if delivery.state is DeliveryState.HELD:
            await self._ask(delivery)
        if delivery.state is DeliveryState.FAILED:
            await self._show_failed(delivery)

    async def _show_failed(self, delivery: Delivery) -> None:
        task = None if delivery.task_id is None else await self._registry.tasks.get(delivery.task_id)
        resend = f"`claw-discord-coord control-task --delivery {delivery.id} --action resend`"
        if not delivery.key.startswith(ALERT):
            await self.alert(
                f"delivery/{delivery.id}/{delivery.generation}",
                f"Not delivered to {delivery.destination}: {delivery.title}",
                f"{delivery.error}\n\nSend it again with {resend}",
                task,
            )
        if task is None or task.thread_id is None or task.private:
            return
        text = f"⚠️ **{delivery.destination}** did not get this: {delivery.error}\n-# Send it again with {resend}"
        await self._say(task, f"delivery/{delivery.id}/{delivery.attempts}", text)

    # What these share.

    async def _planned(self, parcel: DeliveryRequest, plan: Planned) -> Delivery:
        held = self._config().destinations[plan.destination].approval
        now, plan = self._now(), plan.masked()
        delivery = Delivery(
            id=f"d-{secrets.token_hex(5)}",
            key=f"{parcel.origin}/{plan.destination}",
            task_id=parcel.output.task_id,
            destination=plan.destination,
            route=plan.route,
            kind=parcel.output.kind,
            title=plan.title,
            text=plan.text,
            about=plan.about,
            artifacts=parcel.artifacts,
            state=DeliveryState.HELD if held else DeliveryState.PLANNED,
            created_at=now,
        )
        if plan.problem is not None:
            output = parcel.output.masked().to_json()
            failed = {"state": DeliveryState.FAILED, "error": plan.problem, "ended_at": now, "output": output}
            delivery = delivery.model_copy(update=failed)
        written = await self._registry.deliveries.plan(delivery)
        if written.id != delivery.id:
            return written
        if written.state is DeliveryState.HELD:
            await self._tell(delivery, "delivery.held", f"delivery to {delivery.destination} waits for approval")
        if written.state is DeliveryState.FAILED:
            await self._tell_failed(delivery, plan.problem or "")
        return written

    async def _ask(self, delivery: Delivery) -> None:
        task = None if delivery.task_id is None else await self._registry.tasks.get(delivery.task_id)
        if task is None or task.thread_id is None or task.private:
            return
        text = (
            f"✋ **{delivery.destination}** asks for approval before this is sent there.\n-# Approve or refuse with "
            f"`claw-discord-coord control-task --delivery {delivery.id} --action approve` (or `reject`)"
        )
        await self._say(task, f"delivery/{delivery.id}/held", text)

    async def _say(self, task: Task, event: str, text: str) -> None:
        """Say it in the task's thread, as far as Discord takes it: the board says so, too."""
        try:
            await self._workspace.say(task, event, text)
        except DiscordRefused as error:
            log.warning("the thread of %s could not be told: %s", task.id, error)

    async def _start(self, delivery: Delivery) -> None:
        assert self._engine is not None  # noqa: S101 - attached before any life begins
        if delivery.state in _LIVELY or delivery.output is not None:
            await self._engine.start("delivery", f"{delivery.id}/{delivery.generation}")

    async def _tell(self, delivery: Delivery, type_: str, text: str) -> None:
        await self._registry.events.add(delivery.task_id, type_, text, {"delivery": delivery.id})
        self._publish(delivery, text)

    def _publish(self, delivery: Delivery, text: str) -> None:
        self._updates.publish(Update(delivery.task_id or "", "delivery", text))

    def _queue(self, name: str) -> Queue:
        settings = self._config().destinations[name]
        known = self._queues.get(name)
        if known is None or known[0] is not settings:
            queue = Queue(at_once=settings.at_once, per_minute=settings.per_minute, clock_s=time.monotonic)
            known = self._queues[name] = (settings, queue)
        return known[1]
