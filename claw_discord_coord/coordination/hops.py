"""Logs each hop of a task. `up --verbose` shows the way of one task through the coordinator."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


def hop(task_id: str | None, event: str) -> None:
    """Log a hop as `task t-abcdefgh: EVENT`.

    Args:
        task_id: The task, or None for a call or an output without a task.
        event: The hop, in words of this package. Texts of people and agents, and secrets, do not belong in the log.
    """
    record_hop("task", task_id or "-", event)


def record_hop(noun: str, id: str, event: str) -> None:  # noqa: A002 - the word of the records
    """Log a hop of a task or a delivery as `NOUN ID: EVENT`, in the form of `hop`."""
    log.info("%s %s: %s", noun, id, event)
