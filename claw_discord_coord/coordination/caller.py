"""Callers of skills: assistants and scripts of people, and agents at work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from claw_discord_coord.errors import NotAuthorized, UnknownTask
from claw_discord_coord.models import Run, Task


@dataclass(frozen=True)
class Caller:
    """The caller of a skill in one call.

    Attributes:
        request_id: The same on every retry of one call.
        surface: The surface through which the call came.
        name: The caller's name, for people.
        task: The task of an agent that calls with a task token; the agent may only act for this task.
        run: The run of such an agent.
        context: The origin of the call, as far as the surface knows.
        guest: True for a call through OpenClaw that neither an owner of OpenClaw nor an operator has ordered: by
            another member of a chat, or in a turn that began without a person. A guest may have work done, and may see,
            correct, pass on and stop the tasks of the same session. A guest reviews nothing, names no destination and
            hands over no files.
        in_chat: True for a call through OpenClaw, whose results go into a chat.
    """

    request_id: str
    surface: str
    name: str
    task: Task | None = None
    run: Run | None = None
    context: dict[str, Any] = field(default_factory=dict)
    guest: bool = False
    in_chat: bool = False

    def reads(self, task: Task) -> bool:
        """Return whether the caller reads a task's text: everybody does, unless the task is private.

        A private task's text goes to people and assistants at this machine, and to agents whose own task is private.
        It never goes into a chat.
        """
        return self.reads_private or not task.private

    @property
    def reads_private(self) -> bool:
        """Whether the caller reads the texts of private tasks."""
        return self.task.private if self.task is not None else not self.in_chat

    @property
    def session_key(self) -> str | None:
        """The key of the session of OpenClaw in which the call was made, or None."""
        key = self.context.get("session_key")
        return key if isinstance(key, str) else None

    def check_commands(self, what: str) -> None:
        """Check that the caller may command.

        Args:
            what: The order, in words such as `approve or reject`, for the message.

        Raises:
            NotAuthorized: The caller is a guest.
        """
        if self.guest:
            raise NotAuthorized(
                f"Only an owner of this OpenClaw or an operator may {what}, and this call comes from neither.",
                fix="Owners are named in OpenClaw's settings, under `commands.ownerAllowFrom`; operators, by their "
                "Discord user ids, in skill.yaml, under `operators`.",
            )

    def check_asked_for(self, task: Task) -> None:
        """Check that a guest's own session has asked for the task; other callers may name any task.

        Raises:
            UnknownTask: Another session has asked for the task.
        """
        # The same error as for a task that does not exist: a guest must not learn of other work.
        if self.guest and (self.session_key is None or task.asked_from.get("session_key") != self.session_key):
            raise UnknownTask(
                f"This chat has not requested a task {task.id!r}.",
                fix="registry_status lists the tasks of this chat; owners and operators see all tasks.",
            )
