"""Which state a task may go to from which: the one table."""

from __future__ import annotations

from claw_discord_coord.registry.models import TaskState

S = TaskState

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


def sources(target: TaskState) -> frozenset[TaskState]:
    """The states from which a task may go to `target`."""
    return frozenset(state for state, following in ALLOWED.items() if target in following)
