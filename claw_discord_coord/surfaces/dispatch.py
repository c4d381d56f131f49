"""Calls skills for every surface: identifies the caller and validates the input."""

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
"""The surface of OpenClaw's plugin. There a call comes from a person in a chat, not from the person at this machine."""

SURFACES = ("cli", "doctor", "http", "mcp", OPENCLAW)
"""All surfaces. OpenClaw's plugin has sent `openclaw` in every version."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class UnverifiedCaller:
    """The sender of a call, as the surface reports the sender.

    Attributes:
        request_id: The same on every retry of one call.
        surface: The surface.
        name: The sender's name, for people.
        agent: The agent at work that the surface has identified, by the process or the task token; None for others.
        context: The origin of the call, as the sender says.
    """

    request_id: str
    surface: str
    name: str
    agent: Caller | None = None
    context: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def sender_id(self) -> str | None:
        """The id of the person in OpenClaw's chat whose message led to the call; None for a turn without a person."""
        sender_id = self.context.get("sender_id")
        return sender_id if isinstance(sender_id, str) and sender_id else None

    @property
    def chat(self) -> str | None:
        """The channel in which the person wrote, by OpenClaw's name, such as `discord`. Replies may go to another
        channel, the context's `delivery`.
        """
        channel = self.context.get("message_channel")
        return channel if isinstance(channel, str) and channel else None


class Dispatcher:
    """Calls skills of a running coordinator."""

    def __init__(self, coordinator: Coordinator) -> None:
        self._coordinator = coordinator

    async def call(
        self, skill: str, arguments: Mapping[str, Any], sender: UnverifiedCaller, *, form: str | None = None
    ) -> SkillResult:
        """Validate the arguments, call the skill and return the result.

        Args:
            skill: The skill's name.
            arguments: The input as JSON.
            sender: The sender of the call.
            form: The advice for an invalid input. Default: the list of the skill's fields.

        Raises:
            CoordError: Any error of the skill. Other exceptions are logged and re-raised as CoordError without
                their message, since the message may contain secrets.
        """
        known = self.find(skill)
        try:
            call = known.input.model_validate(dict(arguments))
        except ValidationError as error:
            raise UsageError(explain(error), fix=form or known.how_to_call()) from None
        hop(getattr(call, "task_id", None), f"call {sender.request_id} received by {sender.surface}: {skill}")
        try:
            return await known.run(
                self._coordinator, call, await self.caller(sender, getattr(call, "task_token", None))
            )
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

    async def caller(self, sender: UnverifiedCaller, token_in_call: str | None = None) -> Caller:
        """Identify the caller: the agent of the surface, task token or OpenClaw session, else the sender.

        Raises:
            NotAuthorized: The task token or session belongs to no run that goes on.
        """
        if sender.agent is not None:
            return dataclasses.replace(sender.agent, request_id=sender.request_id, surface=sender.surface)
        if token_in_call is None:
            plain = Caller(
                sender.request_id,
                sender.surface,
                sender.name,
                context=sender.context,
                guest=sender.surface == OPENCLAW and not self._commands(sender),
                in_chat=sender.surface == OPENCLAW,
            )
            # A session of OpenClaw may belong to one of our own runs: then the agent at work calls, not a person.
            if plain.session_key is None:
                return plain
            caller = await self._coordinator.session_caller(
                plain.session_key, request_id=sender.request_id, surface=sender.surface
            )
            return plain if caller is None else dataclasses.replace(caller, context=sender.context)
        caller = await self._coordinator.agent_caller(
            token_in_call, request_id=sender.request_id, surface=sender.surface
        )
        return dataclasses.replace(caller, context=sender.context)

    def _commands(self, sender: UnverifiedCaller) -> bool:
        """Return whether an owner of OpenClaw or an operator sent the call.

        OpenClaw vouches for both (plugin SDK, `requesterSenderId`, `senderIsOwner`). A turn that started by itself,
        such as a turn with an announcement, has no sender. OpenClaw still calls that turn an owner's turn when the
        starter has all scopes, so a call without a sender never has an owner's rights.
        """
        # Without a person the call has no requester; text in a result could otherwise command as the owner.
        if sender.sender_id is None:
            return False
        if sender.context.get("sender_is_owner") is True:
            return True
        # User ids of other chats may equal a Discord user id by accident.
        return sender.chat == "discord" and sender.sender_id in self._coordinator.config().operators.users


_PLAIN: dict[str, str] = {
    "missing": "`{field}` is missing",
    "extra_forbidden": "There is no field `{field}`",
    "string_type": "`{field}` must be text",
    "string_too_long": "`{field}` has more than {max_length} characters",
    "too_long": "`{field}` has more than {max_length} entries",
    "tuple_type": "`{field}` must be a list",
    "int_parsing": "`{field}` must be a whole number",
    "int_from_float": "`{field}` must be a whole number",
    "int_type": "`{field}` must be a whole number",
    "float_parsing": "`{field}` must be a number",
    "float_type": "`{field}` must be a number",
    "finite_number": "`{field}` must be a finite number",
    "bool_parsing": "`{field}` must be true or false",
    "bool_type": "`{field}` must be true or false",
    "enum": "`{field}` must be {expected}",
    "literal_error": "`{field}` must be {expected}",
    "greater_than": "`{field}` must be greater than {gt:.15g}",
    "greater_than_equal": "`{field}` must be at least {ge:.15g}",
    "less_than_equal": "`{field}` must be at most {le:.15g}",
}
"""The sentence for each of pydantic's error types; pydantic's own texts name types of Python."""


def explain(error: ValidationError) -> str:
    """Return pydantic's errors about a call as sentences for a person."""
    return " ".join(f"{_sentence(item)}." for item in error.errors(include_url=False, include_input=False))


def _sentence(item: ErrorDetails) -> str:
    field = ".".join(str(part) for part in item["loc"])
    if item["type"] in _PLAIN:
        context = {name: value for name, value in item.get("ctx", {}).items() if name != "field"}
        return _PLAIN[item["type"]].format(field=field, **context)
    message = item["msg"].removeprefix("Value error, ").rstrip(".")
    return f"`{field}`: {message}" if field else message[:1].upper() + message[1:]
