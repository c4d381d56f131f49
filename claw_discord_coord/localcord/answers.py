"""An application's first answer to an interaction.

Source: Discord documentation, interactions/receiving-and-responding, "Interaction Callback Type".
"""

from typing import Any

from . import messages
from .checks.command import STRING, read_choices
from .checks.components import read_modal
from .checks.draft import Draft, read_draft
from .checks.form import Form
from .errors import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION, DiscordError
from .interactions import is_answerable, tell
from .parts import Parts
from .permissions import EVERYONE
from .shapes import Json, JsonList
from .wire.interaction import owners
from .wire.user import public_application_json, user_json
from .world.interaction import Interaction, InteractionType
from .world.message import EPHEMERAL, LOADING, Message, MessageType
from .world.world import World

MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9

_ALLOWED: dict[int, frozenset[int]] = {
    InteractionType.COMMAND: frozenset({MESSAGE, DEFERRED_MESSAGE, MODAL}),
    InteractionType.COMPONENT: frozenset({MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL}),
    InteractionType.AUTOCOMPLETE: frozenset({CHOICES}),
    InteractionType.MODAL_SUBMIT: frozenset({MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE}),
}


def answer(parts: Parts, interaction: Interaction, form: Form, files: dict[str, Any]) -> None:
    """Accept the first answer; raises DiscordError 40060 for a second, 10062 when late, 50035."""
    if interaction.answered is not None:
        raise DiscordError(ALREADY_ACKNOWLEDGED)
    if interaction.failed or not is_answerable(parts.clock, interaction):
        raise DiscordError(UNKNOWN_INTERACTION)
    kind = form.integer("type", required=True)
    form.errors.raise_if_any()
    allowed = _ALLOWED[interaction.type]
    if interaction.type == InteractionType.MODAL_SUBMIT and interaction.message_id is None:
        allowed = allowed - {DEFERRED_UPDATE, UPDATE}
    if kind not in allowed:
        numbers = ", ".join(str(number) for number in sorted(allowed))
        form.fault("type", "BASE_TYPE_CHOICES", f"Value must be one of {{{numbers}}}.")
        raise form.errors.as_error()
    data = form.object("data", required=kind in (MESSAGE, CHOICES, MODAL)) or Form({}, form.errors, ("data",))
    form.errors.raise_if_any()
    if kind in (MESSAGE, DEFERRED_MESSAGE):
        _send_message(parts, interaction, data, files, deferred=kind == DEFERRED_MESSAGE)
    elif kind in (DEFERRED_UPDATE, UPDATE):
        _update(parts, interaction, data, files, at_once=kind == UPDATE)
    elif kind == CHOICES:
        _send_choices(parts.world, interaction, data)
    else:
        _open_modal(parts.world, interaction, data)
    interaction.answered = kind
    parts.world.interactions.put(interaction)
    if kind not in (CHOICES, MODAL):
        tell(parts.world, interaction, "INTERACTION_SUCCESS", {})


def _send_message(parts: Parts, interaction: Interaction, data: Form, files: dict[str, Any], *, deferred: bool) -> None:
    draft = read_draft(data, files, parts.limits)
    if deferred:
        draft = Draft(flags=(draft.flags or 0) & EPHEMERAL)
    message = response_message(parts.world, interaction, draft, is_original=True)
    if deferred:
        message.flags |= LOADING
    post_response(parts, interaction, message, draft)
    interaction.original_id = message.id
    interaction.deferred = deferred


def _update(parts: Parts, interaction: Interaction, data: Form, files: dict[str, Any], *, at_once: bool) -> None:
    message = parts.world.messages.get(interaction.message_id)
    if message is None:
        raise DiscordError(UNKNOWN_INTERACTION)
    interaction.original_id = message.id
    if at_once:
        draft = read_draft(data, files, parts.limits, edits=message)
        messages.edit(parts.world, message, draft, permissions=EVERYONE)


def _send_choices(world: World, interaction: Interaction, data: Form) -> None:
    kind = focused_type(interaction.data.get("options", []))
    choices = read_choices(data, kind) or []
    data.errors.raise_if_any()
    tell(world, interaction, "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE", {"choices": choices})


def focused_type(options: JsonList) -> int:
    """The type of the option that is being typed."""
    for option in options:
        if option.get("focused"):
            return int(option["type"])
        if (deeper := focused_type(option.get("options", []))) != STRING:
            return deeper
    return STRING


def _open_modal(world: World, interaction: Interaction, data: Form) -> None:
    modal = read_modal(data)
    data.errors.raise_if_any()
    interaction.modal = modal
    application = world.applications[interaction.application_id]
    shown = public_application_json(application) | {"bot": user_json(world.users[application.bot_id])}
    body: Json = {"channel_id": interaction.channel_id, "application": shown} | modal
    tell(world, interaction, "INTERACTION_MODAL_CREATE", body)


def response_message(world: World, interaction: Interaction, draft: Draft, *, is_original: bool) -> Message:
    """The message an application sends through an interaction, before it has content."""
    channel = world.channels[interaction.channel_id]
    application = world.applications[interaction.application_id]
    user = world.users[interaction.user_id]
    message = Message(
        "",
        channel.id,
        channel.guild_id,
        application.bot_id,
        "",
        0,
        webhook_id=application.id,
        application_id=application.id,
        interaction_token=interaction.token,
        interaction_metadata=metadata(world, interaction),
    )
    referenced = interaction.message_id if is_original else interaction.original_id
    if is_original and interaction.type == InteractionType.COMMAND:
        message.type = (
            MessageType.CHAT_INPUT_COMMAND if interaction.command_type == 1 else MessageType.CONTEXT_MENU_COMMAND
        )
        message.interaction = {
            "id": interaction.id,
            "type": interaction.type,
            "name": interaction.command_name,
            "user": user_json(user),
        }
    elif referenced is not None:
        message.type = MessageType.REPLY
        # The message that started a thread is in the channel above the thread.
        origin = world.messages.get(referenced)
        channel_id = origin.channel_id if origin else channel.id
        message.reference = {"type": 0, "channel_id": channel_id, "message_id": referenced}
        if channel.guild_id is not None:
            message.reference["guild_id"] = channel.guild_id
    if (draft.flags or 0) & EPHEMERAL:
        message.flags |= EPHEMERAL
        message.ephemeral_to = interaction.user_id
    return message


def post_response(parts: Parts, interaction: Interaction, message: Message, draft: Draft) -> None:
    """Post a message through an interaction."""
    channel = parts.world.channels[interaction.channel_id]
    messages.post(
        parts.world, parts.limits, channel, draft, author_id=message.author_id, permissions=EVERYONE, like=message
    )
    if message.ephemeral_to is not None:
        interaction.hidden.append(message.id)
        parts.world.interactions.put(interaction)


def metadata(world: World, interaction: Interaction) -> Json:
    """`interaction_metadata` of a message."""
    body: Json = {
        "id": interaction.id,
        "type": interaction.type,
        "user": user_json(world.users[interaction.user_id]),
        "authorizing_integration_owners": owners(interaction),
    }
    if interaction.type == InteractionType.COMMAND:
        body |= {"name": interaction.command_name, "command_type": interaction.command_type}
    elif interaction.type == InteractionType.COMPONENT:
        body["interacted_message_id"] = interaction.message_id
    elif interaction.type == InteractionType.MODAL_SUBMIT:
        opener = world.interactions.get(interaction.opened_by)
        if opener is not None:
            body["triggering_interaction_metadata"] = metadata(world, opener)
    if interaction.original_id is not None:
        body["original_response_message_id"] = interaction.original_id
    return body
