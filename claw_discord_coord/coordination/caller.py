"""Who calls a skill: a person's assistant, script or button, or an agent at work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from claw_discord_coord.models import Run, Task


@dataclass(frozen=True)
class Caller:
    """One call of a skill.

    `request_id` is the same on every retry of the same call. `task` and `run` are set when an agent calls with its
    task token; such a caller may only act for its own task. `name` is for people. `context` is what the surface knows
    of where the call came from.
    """

    request_id: str
    surface: str
    name: str
    task: Task | None = None
    run: Run | None = None
    context: dict[str, Any] = field(default_factory=dict)
