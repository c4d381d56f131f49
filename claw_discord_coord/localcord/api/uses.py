"""How a person begins an interaction, checked against the command or message it is about."""

from typing import cast

from ..access import require
from ..checks.command import CHANNEL, CHAT_INPUT, MENTIONABLE, MESSAGE_MENU, ROLE, USER
from ..checks.components import (
    BUTTON,
    CHANNEL_SELECT,
    CHECKBOX,
    CHECKBOX_GROUP,
    MENTIONABLE_SELECT,
    RADIO_GROUP,
    ROLE_SELECT,
    SELECTS,
    STRING_SELECT,
    TEXT_INPUT,
    USER_SELECT,
    walk,
)
from ..checks.draft import NewFile
from ..checks.form import Form
from ..checks.given_options import ids_in, read_options
from ..errors import (
    MISSING_PERMISSIONS,
    THREAD_ARCHIVED,
    UNKNOWN_APPLICATION_COMMAND,
    UNKNOWN_CHANNEL,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    DiscordError,
)
from ..interactions import begin
from ..messages import store_files
from ..permissions import Permission
from ..shapes import Json, JsonList
from ..wire.interaction import resolve
from ..wire.message import attachment_json
from ..world.channel import Channel
from ..world.command import Command
from ..world.interaction import Interaction, InteractionType, make_interaction_token
from ..world.message import Message
from .call import Call
from .routes.commands import may_use_by_default

_RESOLVED_AS = {USER_SELECT: USER, ROLE_SELECT: ROLE, MENTIONABLE_SELECT: MENTIONABLE, CHANNEL_SELECT: CHANNEL}


def _begin(call: Call, form: Form, kind: InteractionType, application_id: str, channel: Channel) -> Interaction:
    nonce = form.body.get("nonce")
    session = form.body.get("session_id")
    return Interaction(
        call.world.new_id(),
        application_id,
        kind,
        make_interaction_token(),
        call.user.id,
        channel.guild_id,
        channel.id,
        call.world.clock.now_s(),
        nonce=None if nonce is None else str(nonce),
        session_id=None if session is None else str(session),
    )


def _channel(call: Call, form: Form) -> Channel:
    channel_id = form.snowflake("channel_id", required=True)
    form.errors.raise_if_any()
    channel = call.world.channels.get(channel_id)
    if channel is None:
        raise DiscordError(UNKNOWN_CHANNEL)
    require(call.world, call.user, channel)
    return channel


def _data(form: Form) -> Form:
    return form.inner("data")


# -- commands ------------------------------------------------------------------------------------------------------


def use_command(call: Call, form: Form) -> None:
    """Use a slash command, or one from a user's or message's menu."""
    _command(call, form, InteractionType.COMMAND)


def autocomplete(call: Call, form: Form) -> None:
    """Ask for completions of the option that is being typed."""
    _command(call, form, InteractionType.AUTOCOMPLETE)


def _command(call: Call, form: Form, kind: InteractionType) -> None:
    channel, data = _channel(call, form), _data(form)
    require(call.world, call.user, channel, Permission.USE_APPLICATION_COMMANDS)
    if channel.archived:
        raise DiscordError(THREAD_ARCHIVED)
    command = _find(call, form, data, channel)
    interaction = _begin(call, form, kind, command.application_id, channel)
    interaction.command_name, interaction.command_type = command.name, command.type
    body: Json = {"id": command.id, "name": command.name, "type": command.type}
    typing = kind == InteractionType.AUTOCOMPLETE
    if command.type == CHAT_INPUT:
        options = read_options(data, command.options, typing=typing)
        form.errors.raise_if_any()
        body |= {"options": options} if options else {}
        named = ids_in(options)
        interaction.data = {"attachments": _attachments(call, channel, data)}
    else:
        named = [_target(call, data, channel, command)]
        body["target_id"] = named[0][1]
    if command.guild_id is not None:
        body["guild_id"] = command.guild_id
    resolved = resolve(call.world, interaction, named)
    if resolved:
        body["resolved"] = resolved
    interaction.data = body
    begin(call.parts, interaction)


def _find(call: Call, form: Form, data: Form, channel: Channel) -> Command:
    command_id = data.snowflake("id", required=True)
    form.errors.raise_if_any()
    command = call.world.commands.get(command_id)
    if command is None or command.guild_id not in (None, channel.guild_id):
        raise DiscordError(UNKNOWN_APPLICATION_COMMAND)
    version = data.body.get("version")
    if version is not None and str(version) != command.version:
        code = "INTERACTION_APPLICATION_COMMAND_INVALID_VERSION"
        data.fault(None, code, "This command is outdated, please try again in a few minutes")
        form.errors.raise_if_any()
    if channel.guild_id is not None and not may_use_by_default(call, command, channel.guild_id):
        raise DiscordError(MISSING_PERMISSIONS)
    return command


def _target(call: Call, data: Form, channel: Channel, command: Command) -> tuple[int, str]:
    target = data.snowflake("target_id", required=True)
    data.errors.raise_if_any()
    if command.type == MESSAGE_MENU:
        message = call.world.messages.get(target)
        if message is None or message.channel_id != channel.id:
            raise DiscordError(UNKNOWN_MESSAGE)
        return 0, message.id
    return USER, target or ""


def _attachments(call: Call, channel: Channel, data: Form) -> Json:
    found: Json = {}
    for item in data.objects("attachments", 10) or []:
        number = str(item.body.get("id"))
        upload = call.files.get(number)
        if upload is not None:
            stored = store_files(call.world, channel.id, [NewFile(upload.filename, upload.body, upload.content_type)])
            found[number] = attachment_json(call.world, channel.id, stored[0]) | {"ephemeral": True}
    return found


# -- components ----------------------------------------------------------------------------------------------------


def use_component(call: Call, form: Form) -> None:
    """Click a button or choose in a select."""
    channel, data = _channel(call, form), _data(form)
    message = _message(call, form, channel)
    custom_id = data.text("custom_id", 100, low=1, required=True)
    form.errors.raise_if_any()
    found = next((c for c in walk(message.components) if c.get("custom_id") == custom_id), None)
    if found is None or found.get("disabled"):
        data.fault("custom_id", "COMPONENT_VALIDATION_FAILED", "Component validation failed")
        raise form.errors.as_error()
    application_id = message.application_id
    if application_id is None:
        author = call.world.users.get(message.author_id)
        application_id = author.application_id if author else None
    if application_id is None:
        raise DiscordError(UNKNOWN_INTERACTION)
    interaction = _begin(call, form, InteractionType.COMPONENT, application_id, channel)
    interaction.message_id = message.id
    body: Json = {"component_type": found["type"], "custom_id": custom_id, "id": found["id"]}
    if found["type"] != BUTTON:
        body["values"] = _values(data, found)
        form.errors.raise_if_any()
        kind = _RESOLVED_AS.get(found["type"])
        if kind is not None:
            body["resolved"] = resolve(call.world, interaction, [(kind, value) for value in body["values"]])
    interaction.data = body
    begin(call.parts, interaction)


def _message(call: Call, form: Form, channel: Channel) -> Message:
    message_id = form.snowflake("message_id", required=True)
    form.errors.raise_if_any()
    message = call.world.messages.get(message_id)
    if message is None or not _is_shown(message, channel) or message.ephemeral_to not in (None, call.user.id):
        raise DiscordError(UNKNOWN_MESSAGE)
    return message


def _is_shown(message: Message, channel: Channel) -> bool:
    # A thread has the id of the message that started it, and shows that message as its first one.
    return message.channel_id == channel.id or (message.id == channel.id and message.channel_id == channel.parent_id)


def _values(data: Form, component: Json) -> list[str]:
    low, high = component.get("min_values", 1), component.get("max_values", 1)
    values = [str(value) for value in data.values("values", 25) or []]
    if not low <= len(values) <= high:
        data.fault("values", "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
    if component["type"] in (STRING_SELECT, RADIO_GROUP, CHECKBOX_GROUP):
        known = [option["value"] for option in component["options"]]
        if any(value not in known for value in values):
            data.fault("values", "COMPONENT_VALIDATION_FAILED", "Component validation failed")
    return values


# -- modals --------------------------------------------------------------------------------------------------------


def submit_modal(call: Call, form: Form) -> None:
    """Submit a modal that an application opened."""
    channel, data = _channel(call, form), _data(form)
    opener = call.world.interactions.get(data.snowflake("id", required=True))
    form.errors.raise_if_any()
    if opener is None or opener.modal is None or opener.user_id != call.user.id:
        raise DiscordError(UNKNOWN_INTERACTION)
    interaction = _begin(call, form, InteractionType.MODAL_SUBMIT, opener.application_id, channel)
    interaction.message_id, interaction.opened_by = opener.message_id, opener.id
    named: list[tuple[int, str]] = []
    given = {
        item["custom_id"]: item
        for item in walk(cast(JsonList, data.body.get("components") or []))
        if "custom_id" in item
    }
    components = [_filled(form, part, given, named) for part in opener.modal["components"]]
    form.errors.raise_if_any()
    interaction.data = {"custom_id": opener.modal["custom_id"], "components": components}
    resolved = resolve(call.world, interaction, named)
    if resolved:
        interaction.data["resolved"] = resolved
    begin(call.parts, interaction)


def _filled(form: Form, part: Json, given: Json, named: list[tuple[int, str]]) -> Json:
    """One component of a modal as the application gets it back, with what the person filled in."""
    filled: Json = {"type": part["type"], "id": part["id"]}
    if "components" in part:
        return filled | {"components": [_filled(form, child, given, named) for child in part["components"]]}
    if "component" in part:
        return filled | {"component": _filled(form, part["component"], given, named)}
    if "custom_id" not in part:
        return filled
    filled["custom_id"] = part["custom_id"]
    item = Form(given.get(part["custom_id"], {}), form.errors, ("data", "components", part["custom_id"]))
    required = part.get("required", True)
    if part["type"] == TEXT_INPUT:
        text = item.text("value", part.get("max_length", 4000), required=required) or ""
        if len(text) < part.get("min_length", 0) and (required or text):
            item.fault("value", "BASE_TYPE_MIN_LENGTH", f"Must be {part['min_length']} or more in length.")
        return filled | {"value": text}
    if part["type"] == CHECKBOX:
        return filled | {"value": item.boolean("value")}
    if part["type"] == RADIO_GROUP:
        return filled | {"value": item.text("value", 100, required=required)}
    values = _values(item, part) if required or item.body.get("values") else []
    if part["type"] in SELECTS:
        kind = _RESOLVED_AS.get(part["type"])
        named += [(kind, value) for value in values] if kind is not None else []
    return filled | {"values": values}
