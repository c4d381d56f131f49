"""The allowed transitions between the states of all records, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from claw_discord_coord.models import DeliveryState, HandoffState, RunState, TaskState

S = TaskState
State = TypeVar("State", TaskState, RunState, HandoffState, DeliveryState)

ALLOWED: dict[TaskState, frozenset[TaskState]] = {
    # A task can fail or be canceled before it works: the deadline passed, or the agent is gone.
    S.SUBMITTED: frozenset({S.WORKING, S.FAILED, S.CANCELED, S.REJECTED}),
    S.WORKING: frozenset({S.INPUT_REQUIRED, S.COMPLETED, S.FAILED, S.CANCELED}),
    S.INPUT_REQUIRED: frozenset({S.WORKING, S.COMPLETED, S.FAILED, S.CANCELED, S.REJECTED}),
    S.COMPLETED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELED: frozenset(),
    S.REJECTED: frozenset(),
}
"""The allowed transitions of a task. Source of the states and of the final states: A2A specification, "TaskState"."""

FINAL: frozenset[TaskState] = frozenset(state for state, following in ALLOWED.items() if not following)

RUN_ALLOWED: dict[RunState, frozenset[RunState]] = {
    RunState.RUNNING: frozenset({RunState.COMPLETED, RunState.FAILED, RunState.CANCELED, RunState.LOST}),
    RunState.COMPLETED: frozenset(),
    RunState.FAILED: frozenset(),
    RunState.CANCELED: frozenset(),
    RunState.LOST: frozenset(),
}

HANDOFF_ALLOWED: dict[HandoffState, frozenset[HandoffState]] = {
    # A receiver that ends before it started was never `accepted`, so every end may follow `offered`.
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
"""A person may plan a failed delivery again. The delivery is held instead, if its content was never approved."""


def sources(target: TaskState) -> frozenset[TaskState]:
    """Return the states from which a task may change to `target`."""
    return before(ALLOWED, target)


def before(table: Mapping[State, frozenset[State]], target: State) -> frozenset[State]:
    """Return the states from which the table allows a change to `target`."""
    return frozenset(state for state, following in table.items() if target in following)


def handoff_state(task: TaskState, *, expired: bool = False) -> HandoffState | None:
    """Return the handoff's new state for a new task state, or None when the handoff does not change."""
    if task is S.WORKING:
        return HandoffState.ACCEPTED
    if task is S.COMPLETED:
        return HandoffState.COMPLETED
    if task in FINAL:
        return HandoffState.EXPIRED if expired else HandoffState.FAILED
    return None
