"""Messages of a channel. Source: Discord documentation, resources/message."""

from ... import messages
from ...audit import log
from ...checks.draft import read_draft, refuse_empty
from ...checks.form import form_of
from ...errors import (
    ALREADY_CROSSPOSTED,
    CANNOT_EDIT_ANOTHER_USERS_MESSAGE,
    CANNOT_SEND_IN_NON_TEXT_CHANNEL,
    FORWARD_WITH_CONTENT,
    MESSAGE_TOO_OLD,
    MISSING_PERMISSIONS,
    SYSTEM_MESSAGE,
    THREAD_ARCHIVED,
    UNKNOWN_MESSAGE,
    WRONG_CHANNEL_TYPE,
    WRONG_NUMBER_OF_MESSAGES,
    DiscordError,
    invalid,
)
from ...permissions import Permission
from ...shapes import Json, JsonList
from ...snowflake import ms_of
from ...wire.message import message_json
from ...world.audit import AuditEvent
from ...world.channel import WITH_MESSAGES, Channel, ChannelType
from ...world.message import CROSSPOSTED, SUPPRESS_EMBEDS, USER_MADE, Message, MessageType, nonce_key
from .. import references
from ..call import Call
from ..routing import Routes
from .slowmode import check_slowmode

routes = Routes()

TWO_WEEKS_MS = 14 * 24 * 3600 * 1000


@routes.on("GET", "/channels/{channel_id}/messages")
def get_messages(call: Call) -> JsonList:
    """A page of a channel's history, newest first; without the right to read history it is empty."""
    channel = call.channel()
    limit = call.integer("limit", 50, 1, 100)
    before, after, around = (call.snowflake(name) for name in ("before", "after", "around"))
    if not call.permissions(channel) & Permission.READ_MESSAGE_HISTORY:
        return []
    if around is not None:
        ids = call.world.history.around(channel.id, limit, around)
    else:
        ids = call.world.history.page(channel.id, limit, before=before, after=after)
    return [message_json(call.world, call.world.messages[number], call.viewer) for number in ids]


@routes.on("GET", "/channels/{channel_id}/messages/{message_id}")
def get_message(call: Call) -> Json:
    """One message."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    return message_json(call.world, call.message(channel), call.viewer)


@routes.on("POST", "/channels/{channel_id}/messages")
def create_message(call: Call) -> Json:
    """Post a message; with `enforce_nonce` a nonce used by the author in this channel lately gives the first one."""
    channel = call.channel()
    if channel.type not in WITH_MESSAGES:
        raise DiscordError(CANNOT_SEND_IN_NON_TEXT_CHANNEL)
    speak = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    call.channel(speak)
    draft = read_draft(form_of(call.body), call.files, call.parts.limits)
    permissions = call.permissions(channel)
    forwards = references.is_forward(draft)
    if not forwards:
        refuse_empty(draft)
    if draft.files and not permissions & Permission.ATTACH_FILES:
        raise DiscordError(MISSING_PERMISSIONS)
    if draft.embeds and not permissions & Permission.EMBED_LINKS:
        draft.embeds = []
        refuse_empty(draft)
    if draft.tts and not permissions & Permission.SEND_TTS_MESSAGES:
        draft.tts = False
    if draft.flags is not None:
        draft.flags &= ~messages.EPHEMERAL
    if draft.nonce is not None and draft.enforce_nonce:
        earlier = _by_nonce(call, channel, draft.nonce)
        if earlier is not None:
            return message_json(call.world, earlier, call.viewer)
    check_slowmode(call, channel, permissions)
    like = Message("", channel.id, channel.guild_id, call.user.id, "", 0)
    if draft.reference is not None and forwards:
        references.forward(call, channel, draft.reference, like)
    elif draft.reference is not None:
        like.reference = references.reply_to(call, channel, draft.reference, permissions)
        like.type = MessageType.REPLY if like.reference else MessageType.DEFAULT
    message = messages.post(
        call.world, call.parts.limits, channel, draft, author_id=call.user.id, permissions=permissions, like=like
    )
    return message_json(call.world, message, call.viewer)


def _by_nonce(call: Call, channel: Channel, nonce: str | int) -> Message | None:
    use = call.world.nonces.get(nonce_key(call.user.id, channel.id, nonce))
    if use is None:
        return None
    if call.world.clock.now_ms() - use.created_ms > call.parts.limits.nonce_window_s * 1000:
        call.world.nonces.drop(use.key)
        return None
    message = call.world.messages.get(use.message_id)
    if message is None:
        raise DiscordError(UNKNOWN_MESSAGE)
    return message


@routes.on("PATCH", "/channels/{channel_id}/messages/{message_id}")
def edit_message(call: Call) -> Json:
    """Edit one's own message; of others' messages one may only hide the embeds."""
    channel = call.channel()
    message = call.message(channel)
    own = message.author_id == call.user.id
    draft = read_draft(form_of(call.body), call.files, call.parts.limits, edits=message)
    if not own:
        if set(call.body) - {"flags"}:
            raise DiscordError(CANNOT_EDIT_ANOTHER_USERS_MESSAGE)
        call.channel(Permission.MANAGE_MESSAGES)
        message.flags = (message.flags & ~SUPPRESS_EMBEDS) | ((draft.flags or 0) & SUPPRESS_EMBEDS)
        call.world.messages.put(message)
        messages.announce(call.world, "MESSAGE_UPDATE", message)
        return message_json(call.world, message, call.viewer)
    if message.type not in USER_MADE:
        raise DiscordError(SYSTEM_MESSAGE)
    if channel.archived:
        raise DiscordError(THREAD_ARCHIVED)
    if message.snapshots and (draft.content or draft.embeds or draft.components or draft.files):
        raise DiscordError(FORWARD_WITH_CONTENT)
    messages.edit(call.world, message, draft, permissions=call.permissions(channel))
    return message_json(call.world, message, call.viewer)


@routes.on("DELETE", "/channels/{channel_id}/messages/{message_id}")
def delete_message(call: Call) -> None:
    """Delete one's own message, or another's with the right to manage messages."""
    channel = call.channel()
    message = call.message(channel)
    if message.author_id != call.user.id:
        call.channel(Permission.MANAGE_MESSAGES)
        if channel.guild_id is None:
            raise DiscordError(MISSING_PERMISSIONS)
    if message.type == MessageType.THREAD_STARTER_MESSAGE:
        raise DiscordError(SYSTEM_MESSAGE)
    if channel.archived:
        raise DiscordError(THREAD_ARCHIVED)
    messages.delete(call.world, [message])
    if message.author_id != call.user.id and channel.guild_id is not None:
        log(
            call.world,
            channel.guild_id,
            call.user.id,
            AuditEvent.MESSAGE_DELETE,
            message.author_id,
            options={"channel_id": channel.id, "count": "1"},
            reason=call.reason,
        )


@routes.on("POST", "/channels/{channel_id}/messages/bulk-delete")
def delete_messages(call: Call) -> None:
    """Delete 2 to 100 messages younger than two weeks; ids that don't exist are passed over."""
    call.bots_only()
    channel = call.channel(Permission.MANAGE_MESSAGES)
    form = form_of(call.body)
    ids = form.snowflakes("messages", 10_000, required=True) or []
    form.errors.raise_if_any()
    if not 2 <= len(ids) <= 100:
        raise DiscordError(WRONG_NUMBER_OF_MESSAGES)
    if len(set(ids)) != len(ids):
        raise invalid(("messages",), "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
    oldest_ms = call.world.clock.now_ms() - TWO_WEEKS_MS
    if any(ms_of(number) < oldest_ms for number in ids):
        raise DiscordError(MESSAGE_TOO_OLD)
    found = [message for number in ids if (message := call.world.messages.get(number)) is not None]
    found = [message for message in found if message.channel_id == channel.id and message.ephemeral_to is None]
    if not found:
        return
    messages.delete(call.world, found)
    if channel.guild_id is not None:
        log(
            call.world,
            channel.guild_id,
            call.user.id,
            AuditEvent.MESSAGE_BULK_DELETE,
            channel.id,
            options={"count": str(len(found))},
            reason=call.reason,
        )


@routes.on("POST", "/channels/{channel_id}/messages/{message_id}/crosspost")
def crosspost(call: Call) -> Json:
    """Publish a message of an announcement channel, once."""
    channel = call.channel(Permission.SEND_MESSAGES)
    if channel.type != ChannelType.ANNOUNCEMENT:
        raise DiscordError(WRONG_CHANNEL_TYPE)
    message = call.message(channel)
    if message.author_id != call.user.id:
        call.channel(Permission.MANAGE_MESSAGES)
    if message.flags & CROSSPOSTED:
        raise DiscordError(ALREADY_CROSSPOSTED)
    message.flags |= CROSSPOSTED
    call.world.messages.put(message)
    messages.announce(call.world, "MESSAGE_UPDATE", message)
    return message_json(call.world, message, call.viewer)
