"""The one door through which every surface calls the skills: checks the caller and the input, and nothing else."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from claw_discord_coord.coordination.caller import Caller
from claw_discord_coord.coordination.coordinator import Coordinator
from claw_discord_coord.coordination.hops import hop
from claw_discord_coord.errors import CoordError, UsageError
from claw_discord_coord.skills import SKILLS, Skill
from claw_discord_coord.skills.base.skill import SkillResult

OPENCLAW = "openclaw"
"""The surface of OpenClaw's plugin: there a call comes from whoever writes in a chat, not from the person at this
machine."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class UnverifiedCaller:
    """Who stands at the door, as the surface knows it; `task_token` when it is an agent at work."""

    request_id: str
    surface: str
    name: str
    task_token: str | None = None
    context: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def sender_id(self) -> str | None:
        """Who wrote in OpenClaw's chat what led to this call, by the chat's own id; None where nobody did."""
        sender_id = self.context.get("sender_id")
        return sender_id if isinstance(sender_id, str) and sender_id else None

    @property
    def chat(self) -> str | None:
        """The sort of chat the sender wrote in, by OpenClaw's name of the channel, such as `discord`. Where answers go,
        the context's `delivery`, may be another.
        """
        channel = self.context.get("message_channel")
        return channel if isinstance(channel, str) and channel else None


class Dispatcher:
    """Calls skills of a running coordinator."""

    def __init__(self, coordinator: Coordinator) -> None:
        self._coordinator = coordinator

    async def call(
        self, skill: str, arguments: Mapping[str, Any], visitor: UnverifiedCaller, *, form: str | None = None
    ) -> SkillResult:
        """The skill's answer. `form` is what to do about a wrong input; left out, it is a list of the skill's fields.

        Raises:
            CoordError: of any kind; what is not one is logged and raised as one, without its words, which may hold
            secrets.
        """
        known = self.find(skill)
        try:
            call = known.input.model_validate(dict(arguments))
        except ValidationError as error:
            fields = ", ".join(known.input.model_fields)
            raise UsageError(explain(error), fix=form or f"{skill} takes: {fields}.") from None
        hop(getattr(call, "task_id", None), f"call {visitor.request_id} received by {visitor.surface}: {skill}")
        try:
            return await known.run(self._coordinator, call, await self.caller(visitor, arguments.get("task_token")))
        except CoordError:
            raise
        except Exception as error:
            log.exception("skill %s failed", skill)
            raise CoordError(
                f"{skill} failed unexpectedly ({type(error).__name__}).", fix="The coordinator's log has the details."
            ) from error

    def find(self, name: str) -> Skill:
        """Return the skill of that name.

        Raises:
            UsageError: No such skill exists, or skill.yaml does not offer it.
        """
        offered = self._coordinator.config().skills
        if name not in SKILLS or name not in offered:
            raise UsageError(f"There is no skill {name!r}.", fix=f"Use one of: {', '.join(offered)}.")
        return SKILLS[name]

    async def caller(self, visitor: UnverifiedCaller, token_in_call: str | None = None) -> Caller:
        """Who calls: the agent whose task token was given, or else whoever stands at the door.

        Raises:
            NotAuthorized: the task token is of no run that is going on.
        """
        token = visitor.task_token or token_in_call
        if token is None:
            plain = Caller(
                visitor.request_id,
                visitor.surface,
                visitor.name,
                context=visitor.context,
                guest=visitor.surface == OPENCLAW and not self._commands(visitor),
            )
            if plain.session_key is None:
                return plain
            caller = await self._coordinator.session_caller(
                plain.session_key, request_id=visitor.request_id, surface=visitor.surface
            )
            return plain if caller is None else dataclasses.replace(caller, context=visitor.context)
        caller = await self._coordinator.agent_caller(token, request_id=visitor.request_id, surface=visitor.surface)
        return dataclasses.replace(caller, context=visitor.context)

    def _commands(self, visitor: UnverifiedCaller) -> bool:
        """Whether an owner of OpenClaw or an operator has said what OpenClaw passes on; OpenClaw vouches for both
        (its plugin SDK, `requesterSenderId`, `senderIsOwner`). A turn that began by itself, such as one in which our
        news are told, has no sender, but is an owner's where whoever began it has all of OpenClaw's scopes.
        """
        if visitor.sender_id is None:
            return False
        if visitor.context.get("sender_is_owner") is True:
            return True
        return visitor.chat == "discord" and visitor.sender_id in self._coordinator.config().operators.users


def explain(error: ValidationError) -> str:
    """Pydantic's complaints about a call as sentences for a person."""
    return " ".join(
        f"{_complaint(item)}." for item in error.errors(include_url=False, include_input=False, include_context=False)
    )


def _complaint(item: ErrorDetails) -> str:
    where = ".".join(str(part) for part in item["loc"])
    if item["type"] == "missing":
        return f"{where} is missing"
    if item["type"] == "extra_forbidden":
        return f"There is no field {where}"
    said = item["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{where}: {said}" if where else said[:1].upper() + said[1:]
