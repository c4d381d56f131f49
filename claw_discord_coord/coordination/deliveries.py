"""Plans deliveries of outputs, and carries out decisions about deliveries."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.coordination.privacy import TITLE, task_for_others, where_to_read
from claw_discord_coord.coordination.services import Services
from claw_discord_coord.coordination.updates import Update
from claw_discord_coord.destinations.catalog import traits_of
from claw_discord_coord.errors import Conflict, NotAuthorized, Unavailable
from claw_discord_coord.models import Delivery, DeliveryState, Task, TaskState
from claw_discord_coord.ports import Destination
from claw_discord_coord.registry.deliveries import Rendered, decided
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.routing.explanation import Explanation, Planned
from claw_discord_coord.routing.output import Declared, Output, Source
from claw_discord_coord.routing.rules import check_kind, explain, plan_again, with_kind

ALERT = "alert/"
"""The prefix in the keys of the coordinator's own alerts."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeliveryRequest:
    """An output to deliver.

    Attributes:
        output: The output.
        origin: The lasting name of the output. One output has one delivery per destination.
        artifacts: Absolute paths of the files that belong to the output.
        to: The destinations of the call; empty when the routing rules decide.
    """

    output: Output
    origin: str
    artifacts: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


class Deliveries:
    """Plans deliveries and starts the workflows of deliveries.

    Args:
        services: The services of the coordinator.
        destinations: Returns the destinations of skill.yaml by name; called each time, since the file may change.
    """

    def __init__(self, services: Services, destinations: Callable[[], Mapping[str, Destination]]) -> None:
        self._registry = services.registry
        self._engine = services.engine
        self._updates = services.updates
        self._config = services.config
        self._now = services.now
        self._destinations = destinations

    def content_request(self, text: str, caller: Caller, *, kind: str | None) -> DeliveryRequest:
        """Return the request for content of a call; an agent's content belongs to the agent's task.

        Raises:
            UnknownKind: The caller, or the content's front matter, names a kind that skill.yaml does not list.
        """
        output = Output.of_content(text, declared=Declared(kind=kind), source=Source.of_task(caller.task))
        check_kind(self._config(), output.kind)
        origin = "content/" + hashlib.sha256(caller.request_id.encode()).hexdigest()[:24]
        return DeliveryRequest(with_kind(self._config(), output), origin)

    async def result_request(
        self, task_id: str, caller: Caller, *, kind: str | None = None, ended: bool = True
    ) -> DeliveryRequest:
        """Return the request for the result of a task.

        Raises:
            UnknownKind: The caller names a kind that skill.yaml does not list.
            NotAuthorized: An agent names another task than its own.
            Conflict: `ended` is true, and the task has not ended yet.
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
        return self.task_request(task, kind=kind)

    def task_request(self, task: Task, *, kind: str | None = None) -> DeliveryRequest:
        """Return the request for a task's output.

        The kind comes from the call, else the output, else the agent. The request of a task that waits for a review is
        a notice without the result, and follows the routing rules only.
        """
        wanted = task.wanted
        declared = Declared(kind=kind or wanted.kind, labels=wanted.labels, priority=wanted.priority)
        output = Output.of_task(task, declared)
        output = with_kind(self._config(), output)
        if task.state is TaskState.INPUT_REQUIRED:
            return DeliveryRequest(output, f"task/{task.id}/{task.state}")
        origin = f"task/{task.id}" if kind is None else f"task/{task.id}/{kind}"
        return DeliveryRequest(output, origin, task.result.artifacts if task.result else (), wanted.to)

    async def explain(self, output: Output, to: Sequence[str] = ()) -> Explanation:
        """Explain the routing of an output, rule by rule and delivery by delivery, without sending.

        Raises:
            UnknownDestination: `to` has a name that skill.yaml does not have.
            Refused: The output is private, and `to` names a destination in the sight of other people.
        """
        traits = traits_of(self._destinations())
        return await asyncio.to_thread(explain, self._config(), output, to=to, traits=traits)

    async def expected(self, output: Output, to: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the destinations of an output that does not exist yet, as far as the rules can tell.

        Raises:
            UnknownDestination, Refused: As `explain`.
        """
        return tuple(plan.destination for plan in (await self.explain(output, to)).planned)

    async def plan(self, request: DeliveryRequest, to: Sequence[str] = ()) -> list[Delivery]:
        """Store every delivery of a request, then start them. A delivery whose template fails has failed at once.

        Raises:
            UnknownDestination, Refused: As `explain`.
        """
        # Masked before templates are filled in: a template may cut the text.
        request = replace(request, output=request.output.masked())
        explanation = await self.explain(request.output, to or request.to)
        # All are stored before the first is sent: a crash between two destinations then loses neither.
        planned = [await self._store(request, plan) for plan in explanation.planned]
        for sentence in explanation.left_out:
            await self._registry.events.add(request.output.task_id, "delivery.left_out", sentence)
        for delivery in planned:
            self._wake(delivery)
        return planned

    async def notify(self, request: DeliveryRequest) -> None:
        """Plan a notice; other errors than Unavailable are logged only.

        Raises:
            Unavailable: A counterpart cannot be reached at the moment.
        """
        try:
            await self.plan(request)
        except Unavailable:
            raise
        except Exception:  # a notice must not decide how the task it is about ends
            log.exception("the notice %s was not planned", request.origin)

    async def alert(self, name: str, title: str, text: str, task: Task | None) -> None:
        """Send a warning of the coordinator by the routes for the state `alert`; once for each `name`.

        A warning about a private task says only that there is something to look at.

        Raises:
            Unavailable: As `notify`.
        """
        if task is not None and task.private:
            # A person must hear of it all the same, so the alert itself is not private, and says nothing.
            title, text = f"Look at {TITLE}", where_to_read(task.id)
            task = task_for_others(task).model_copy(update={"private": False})
        await self.notify(DeliveryRequest(Output.of_alert(title, text, task), f"{ALERT}{name}"))

    async def review(self, delivery_id: str, by: str, *, approved: bool, call: str | None = None) -> Delivery:
        """Approve or reject a held delivery. A repeated call, known by `call`, changes nothing.

        Raises:
            UsageError: There is no such delivery.
            Conflict: The delivery is not held.
        """
        decide = self._registry.deliveries.approve if approved else self._registry.deliveries.reject
        delivery = await decide(delivery_id, by, call=call)
        self._publish(delivery, decided(delivery, "approved" if approved else "refused", by))
        self._wake(delivery)
        return delivery

    async def resend(self, delivery_id: str, by: str, *, call: str | None = None) -> Delivery:
        """Send a failed delivery again. A repeated call, known by `call`, changes nothing.

        Raises:
            UsageError: There is no such delivery.
            Conflict: The delivery has not failed.
            DeliveryFailed: The templates of the delivery still cannot be filled in.
        """
        delivery = await self._registry.deliveries.get(delivery_id)
        # Stored with its output when a template failed: skill.yaml may have another template now.
        rendered = None if delivery.output is None else await self._rendered(delivery)
        # A text that did not exist could not be approved.
        held = rendered is not None and self._asks(delivery.destination)
        delivery = await self._registry.deliveries.resend(delivery_id, by, rendered=rendered, held=held, call=call)
        self._publish(delivery, decided(delivery, "resent", by))
        self._wake(delivery)
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

    async def release(self, task: Task) -> None:
        """Carry out the review of an ended task on the deliveries that waited for the review.

        A completed task's deliveries are released, or ask for an approval of their own. Those of other tasks are
        rejected.
        """
        for delivery in await self._registry.deliveries.held_for(task.id):
            if task.state is not TaskState.COMPLETED:
                await self._decide_with(task, delivery, approved=False)
            elif self._asks(delivery.destination):
                self._wake(await self._registry.deliveries.ask_for_approval(delivery.id))
            else:
                await self._decide_with(task, delivery, approved=True)

    async def _decide_with(self, task: Task, delivery: Delivery, *, approved: bool) -> None:
        by = f"the review of task {task.id}"
        # A person may have decided on this delivery alone, at the same moment; the first decision counts.
        with contextlib.suppress(Conflict):
            await self.review(delivery.id, by, approved=approved, call=f"review/{task.id}")

    async def _under_review(self, output: Output) -> Task | None:
        """Return the nearest task, from the output's own upwards, whose review is still to come."""
        # Alerts and failures are reports of the coordinator; a notice about the review itself must not wait for it.
        if self._config().review_holds == "result" or output.state != "completed" or output.task_id is None:
            return None
        task = await self._registry.tasks.get(output.task_id)
        while not task.review or task.state in FINAL:
            if task.parent_id is None:
                return None
            task = await self._registry.tasks.get(task.parent_id)
        return task

    def _asks(self, destination: str) -> bool:
        settings = self._config().destinations.get(destination)
        return settings is not None and settings.approval

    async def record(self, delivery: Delivery, type_: str, text: str) -> None:
        """Record an event of a delivery, and publish the text as an update of the task."""
        await self._registry.events.add(delivery.task_id, type_, text, {"delivery": delivery.id})
        self._publish(delivery, text)

    async def record_failure(self, delivery: Delivery, why: str) -> None:
        """Record that a delivery has failed."""
        await self.record(delivery, "delivery.failed", f"could not be delivered to {delivery.destination}: {why}")
        hop(delivery.task_id, f"delivery {delivery.id} to {delivery.destination}: failed")

    async def _store(self, request: DeliveryRequest, plan: Planned) -> Delivery:
        under_review = await self._under_review(request.output)
        held = under_review is not None or self._asks(plan.destination)
        now, plan = self._now(), plan.masked()
        delivery = Delivery(
            id=f"d-{secrets.token_hex(5)}",
            key=f"{request.origin}/{plan.destination}",
            task_id=request.output.task_id,
            destination=plan.destination,
            route=plan.route,
            kind=request.output.kind,
            title=plan.title,
            text=plan.text,
            about=plan.about,
            artifacts=request.artifacts,
            state=DeliveryState.HELD if held else DeliveryState.PLANNED,
            created_at=now,
            held_for=under_review.id if under_review is not None else None,
            # A delivery that waits for a review asks for no approval of its own.
            due_at=None if under_review is not None else now,
        )
        if plan.problem is not None:
            output = request.output.to_json()
            failed = {"state": DeliveryState.FAILED, "error": plan.problem, "output": output}
            delivery = delivery.model_copy(update={**failed, "ended_at": now, "due_at": now})
        stored = await self._registry.deliveries.plan(delivery)
        if stored.id != delivery.id:  # an earlier call has planned the same output for the same destination
            return stored
        hop(stored.task_id, f"delivery {stored.id} to {stored.destination}: {stored.state}")
        if stored.state is DeliveryState.HELD:
            held_for = "approval" if under_review is None else f"the review of task {under_review.id}"
            await self.record(delivery, "delivery.held", f"delivery to {delivery.destination} is held for {held_for}")
        if under_review is not None:
            # The review may have ended since the look above, and have released what waited then.
            ended = await self._registry.tasks.get(under_review.id)
            if ended.state in FINAL:
                await self.release(ended)
                stored = await self._registry.deliveries.get(stored.id)
        if stored.state is DeliveryState.FAILED:
            await self.record_failure(delivery, plan.problem or "")
        return stored

    def _wake(self, delivery: Delivery) -> None:
        if delivery.due_at is not None:
            self._engine.wake("delivery", delivery.id)

    def _publish(self, delivery: Delivery, text: str) -> None:
        self._updates.publish(Update(delivery.task_id or "", "delivery", text))
