"""Pinned messages. Source: Discord documentation, resources/message, "Get Channel Pins"."""

from ...audit import log
from ...clock import from_iso
from ...errors import SYSTEM_MESSAGE, THREAD_ARCHIVED, TOO_MANY_PINS, DiscordError, invalid
from ...events import Event
from ...intents import Intent
from ...messages import announce, post_system
from ...permissions import Permission
from ...shapes import Json, JsonList
from ...wire.message import message_json
from ...world.audit import AuditEvent
from ...world.channel import Channel
from ...world.message import USER_MADE, Message, MessageType
from ..call import Call
from ..routing import Routes

routes = Routes()


def _pinned(call: Call, channel: Channel) -> list[Message]:
    messages = [call.world.messages[number] for number in call.world.pins[channel.id]]
    return sorted(messages, key=lambda message: (message.pinned_at or "", int(message.id)), reverse=True)


@routes.on("GET", "/channels/{channel_id}/messages/pins")
def get_pins(call: Call) -> Json:
    """A page of pinned messages, the last pinned first."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    limit = call.integer("limit", 50, 1, 50)
    pinned = _pinned(call, channel)
    before = call.query.get("before")
    if before is not None:
        try:
            limit_s = from_iso(before)
        except ValueError:
            text = f"Could not parse {before}. Should be ISO8601."
            raise invalid(("before",), "DATETIME_TYPE_PARSE", text) from None
        pinned = [message for message in pinned if from_iso(message.pinned_at or "") < limit_s]
    items = [
        {"pinned_at": message.pinned_at, "message": message_json(call.world, message, call.viewer)}
        for message in pinned[:limit]
    ]
    return {"items": items, "has_more": len(pinned) > limit}


@routes.on("GET", "/channels/{channel_id}/pins")
def get_pins_old(call: Call) -> JsonList:
    """Pinned messages in the older form, at most 50."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    return [message_json(call.world, message, call.viewer) for message in _pinned(call, channel)[:50]]


def pin(call: Call) -> None:
    """Pin a message, which a system message announces; pinning it again changes nothing."""
    channel = _may_pin(call)
    message = call.message(channel)
    if message.type not in USER_MADE:
        raise DiscordError(SYSTEM_MESSAGE)
    if channel.archived:
        raise DiscordError(THREAD_ARCHIVED)
    if message.pinned_at is not None:
        return
    world = call.world
    if len(world.pins[channel.id]) >= call.parts.limits.pins:
        raise DiscordError(TOO_MANY_PINS)
    message.pinned_at = channel.last_pin_timestamp = world.clock.unique_iso()
    world.pins[channel.id].add(message.id)
    world.messages.put(message)
    world.channels.put(channel)
    announce(world, "MESSAGE_UPDATE", message)
    _emit(call, channel)
    reference: Json = {"type": 0, "channel_id": channel.id, "message_id": message.id}
    if channel.guild_id is not None:
        reference["guild_id"] = channel.guild_id
    kind = MessageType.CHANNEL_PINNED_MESSAGE
    post_system(world, call.parts.limits, channel, kind, call.user.id, "", reference)
    _log(call, channel, message, AuditEvent.MESSAGE_PIN)


def unpin(call: Call) -> None:
    """Unpin a message."""
    channel = _may_pin(call)
    message = call.message(channel)
    if channel.archived:
        raise DiscordError(THREAD_ARCHIVED)
    if message.pinned_at is None:
        return
    message.pinned_at = None
    call.world.pins[channel.id].discard(message.id)
    call.world.messages.put(message)
    announce(call.world, "MESSAGE_UPDATE", message)
    _emit(call, channel)
    _log(call, channel, message, AuditEvent.MESSAGE_UNPIN)


for _path in ("/channels/{channel_id}/messages/pins/{message_id}", "/channels/{channel_id}/pins/{message_id}"):
    routes.on("PUT", _path)(pin)
    routes.on("DELETE", _path)(unpin)


def _may_pin(call: Call) -> Channel:
    channel = call.channel()
    return channel if channel.guild_id is None else call.channel(Permission.PIN_MESSAGES)


def _emit(call: Call, channel: Channel) -> None:
    body: Json = {"channel_id": channel.id, "last_pin_timestamp": channel.last_pin_timestamp}
    if channel.guild_id is not None:
        body["guild_id"] = channel.guild_id
    intents = int(Intent.GUILDS if channel.guild_id else Intent.DIRECT_MESSAGES)
    call.world.emit(Event("CHANNEL_PINS_UPDATE", body, intents, guild_id=channel.guild_id, channel_id=channel.id))


def _log(call: Call, channel: Channel, message: Message, event: AuditEvent) -> None:
    if channel.guild_id is not None:
        log(
            call.world,
            channel.guild_id,
            call.user.id,
            event,
            message.author_id,
            options={"channel_id": channel.id, "message_id": message.id},
            reason=call.reason,
        )
