"""What others see of a private task. Every way out of this machine passes its records through this module.

A private task stays on this machine: others see that it exists, its agent, state and times, and nothing that says what
it is about. Others are everybody on Discord, every chat of OpenClaw, every service that gets alerts, and agents whose
own task is not private.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.models import Delivery, Event, Handoff, Run, Task

if TYPE_CHECKING:  # every command of the command line loads this module, and the registry takes half a second
    from claw_discord_coord.ports import Destination
    from claw_discord_coord.registry.registry import Registry
    from claw_discord_coord.routing.explanation import Considered, Explanation, Planned

TITLE = "a private task"
WITHHELD = "withheld: the task is private"


def where_to_read(task_id: str) -> str:
    """Return the sentence that says where a person reads about a private task."""
    return f"The task is private: `claw-discord-coord registry-status --task {task_id}` on its machine shows it."


def not_started(draft: Task) -> tuple[str, str]:
    """Return title and text of the alert that a private task was not created, which others may read."""
    above = draft.parent_id or draft.root_id
    where = f"`claw-discord-coord registry-status --task {above}` shows the task above it."
    return f"Look at {TITLE}", f"A private task was not started: a limit of skill.yaml is reached. {where}"


def reason_for_log(error: BaseException, *, private: bool) -> str:
    """Return the text of an error for the log, which quotes nothing of a private task."""
    return f"{type(error).__name__} ({WITHHELD})" if private else str(error)


def check_stays(delivery: Delivery, destination: Destination) -> None:
    """Check that a private task's delivery stays on this machine.

    Raises:
        DeliveryFailed: The destination is visible to others.
    """
    # Planning leaves such a destination out; skill.yaml may have changed since.
    if destination.leaves_machine():
        raise DeliveryFailed(
            f"The output is private, and others can see {delivery.destination}.",
            fix=f"Make {delivery.destination} a destination on this machine and resend, or name another destination.",
        )


def task_for_others(task: Task) -> Task:
    """Return the task as others see it; a task that is not private comes back unchanged."""
    if not task.private:
        return task
    nothing = {"reason": None, "key": None, "fingerprint": None, "packet": None, "result": None}
    return task.model_copy(update={**nothing, "title": TITLE, "text": "", "chosen_because": WITHHELD})


def delivery_for_others(delivery: Delivery) -> Delivery:
    """Return a private task's delivery as others see it."""
    nothing = {"output": None, "receipt": None, "artifacts": ()}
    error = WITHHELD if delivery.error else None
    return delivery.model_copy(update={**nothing, "about": {}, "title": TITLE, "text": "", "error": error})


def explanation_for_others(explanation: Explanation) -> Explanation:
    """Return the explanation of a private output's routing as others see it: routes and destinations."""

    def route(rule: Considered) -> Considered:
        # A condition names what it found in the output.
        return replace(rule, conditions=(), why=WITHHELD)

    def plan(planned: Planned) -> Planned:
        problem = WITHHELD if planned.problem else None
        return replace(planned, title=TITLE, text="", about={}, why=WITHHELD, problem=problem)

    return replace(
        explanation,
        considered=tuple(route(rule) for rule in explanation.considered),
        planned=tuple(plan(planned) for planned in explanation.planned),
        why=WITHHELD,
    )


def run_for_others(run: Run) -> Run:
    """Return a private task's run as others see it."""
    return run.model_copy(update={"error": None, "stderr": "", "result": None, "session_id": None})


def handoff_for_others(handoff: Handoff) -> Handoff:
    """Return a private task's handoff as others see it."""
    return handoff.model_copy(update={"summary": TITLE, "artifacts": (), "answer": None})


def event_for_others(event: Event) -> Event:
    """Return an event of a private task as others see it."""
    return event.model_copy(update={"text": event.type, "data": {}})


async def deliveries_for_others(registry: Registry, deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return deliveries of any tasks as others see them."""
    private: dict[str, bool] = {}
    seen: list[Delivery] = []
    for delivery in deliveries:
        task_id = delivery.task_id
        if task_id is not None and task_id not in private:
            private[task_id] = (await registry.tasks.get(task_id)).private
        seen.append(delivery_for_others(delivery) if task_id is not None and private[task_id] else delivery)
    return seen
