"""Logs each hop of a task, so that `up --verbose` shows one task travel through the coordinator."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


def hop(task_id: str | None, event: str) -> None:
    """Log one hop as `task t-abcdefgh: EVENT`, with `-` for an output without a task.

    Args:
        task_id: The task.
        event: The hop, in words of this package. Texts of people and agents, and secrets, do not belong in the log.
    """
    log.info("task %s: %s", task_id or "-", event)
