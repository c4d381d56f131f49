"""Who calls a skill: a person's assistant, script or button, or an agent at work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from claw_discord_coord.errors import NotAuthorized, UnknownTask
from claw_discord_coord.models import Run, Task


@dataclass(frozen=True)
class Caller:
    """One call of a skill.

    `request_id` is the same on every retry of the same call. `task` and `run` are set when an agent calls with its
    task token; such a caller may only act for its own task. `name` is for people. `context` is what the surface knows
    of where the call came from.

    `guest`: it speaks through OpenClaw, and neither an owner of that OpenClaw nor an operator says so: some member of
    a chat, or nobody, in a turn that began by itself. A guest may have work done, and may see, correct, pass on and
    stop what its own session has asked for. It judges nothing, names no destination and hands over no files.
    """

    request_id: str
    surface: str
    name: str
    task: Task | None = None
    run: Run | None = None
    context: dict[str, Any] = field(default_factory=dict)
    guest: bool = False

    @property
    def session_key(self) -> str | None:
        """The session of OpenClaw in which the call was made."""
        key = self.context.get("session_key")
        return key if isinstance(key, str) else None

    def check_commands(self, what: str) -> None:
        """Let through whoever may command; `what` is what it takes an operator for, such as `approve or reject`.

        Raises:
            NotAuthorized: a guest.
        """
        if self.guest:
            raise NotAuthorized(
                f"Only an owner of this OpenClaw or an operator may {what}, and this call comes from neither.",
                fix="Owners are named in OpenClaw's settings, under `commands.ownerAllowFrom`; operators, by their "
                "Discord user ids, in skill.yaml, under `operators`.",
            )

    def check_asked_for(self, task: Task) -> None:
        """Let a guest through only to the tasks that its own session has asked for.

        Raises:
            UnknownTask: of the others it hears nothing.
        """
        if self.guest and (self.session_key is None or task.asked_from.get("session_key") != self.session_key):
            raise UnknownTask(
                f"This chat has asked for no task {task.id!r}.",
                fix="Ask registry_status for those it has asked for; owners and operators see them all.",
            )
