"""Which state may follow which, for every record that has one: the one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from claw_discord_coord.models import DeliveryState, HandoffState, RunState, TaskState

S = TaskState
State = TypeVar("State", TaskState, RunState, HandoffState, DeliveryState)

ALLOWED: dict[TaskState, frozenset[TaskState]] = {
    S.SUBMITTED: frozenset({S.WORKING, S.FAILED, S.CANCELED, S.REJECTED}),
    S.WORKING: frozenset({S.INPUT_REQUIRED, S.COMPLETED, S.FAILED, S.CANCELED}),
    S.INPUT_REQUIRED: frozenset({S.WORKING, S.COMPLETED, S.FAILED, S.CANCELED, S.REJECTED}),
    S.COMPLETED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELED: frozenset(),
    S.REJECTED: frozenset(),
}
"""Source of the states and of which of them are final: A2A specification, "TaskState"."""

FINAL: frozenset[TaskState] = frozenset(state for state, following in ALLOWED.items() if not following)

RUN_ALLOWED: dict[RunState, frozenset[RunState]] = {
    RunState.RUNNING: frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CANCELED, RunState.LOST}),
    RunState.COMPLETED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.CANCELED: frozenset(),
    RunState.LOST: frozenset(),
}

HANDOFF_ALLOWED: dict[HandoffState, frozenset[HandoffState]] = {
    HandoffState.OFFERED: frozenset(
        {HandoffState.ACCEPTED, HandoffState.COMPLETED, HandoffState.FAILED, HandoffState.EXPIRED}
    ),
    HandoffState.ACCEPTED: frozenset({HandoffState.COMPLETED, HandoffState.FAILED, HandoffState.EXPIRED}),
    HandoffState.COMPLETED: frozenset(),
    HandoffState.FAILED: frozenset(),
    HandoffState.EXPIRED: frozenset(),
}

DELIVERY_ALLOWED: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.HELD: frozenset({DeliveryState.PLANNED, DeliveryState.FAILED}),
    DeliveryState.PLANNED: frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED}),
    DeliveryState.DELIVERED: frozenset(),
    DeliveryState.FAILED: frozenset({DeliveryState.PLANNED, DeliveryState.HELD}),
}
"""A failed delivery may be planned again when a person asks for it, or held if nobody could approve its text before."""


def sources(target: TaskState) -> frozenset[TaskState]:
    """The states from which a task may go to `target`."""
    return before(ALLOWED, target)


def before(table: Mapping[State, frozenset[State]], target: State) -> frozenset[State]:
    """The states from which the table lets a record go to `target`."""
    return frozenset(state for state, following in table.items() if target in following)


def handoff_state(task: TaskState, *, expired: bool = False) -> HandoffState | None:
    """The state of the handoff by which a task came, now that the task is in `task`; None if that says nothing new."""
    if task is S.WORKING:
        return HandoffState.ACCEPTED
    if task is S.COMPLETED:
        return HandoffState.COMPLETED
    if task in FINAL:
        return HandoffState.EXPIRED if expired else HandoffState.FAILED
    return None
