"""Reactions. Source: Discord documentation, resources/message, "Create Reaction"."""

from ...checks.emoji import is_unicode_emoji
from ...errors import (
    THREAD_ARCHIVED,
    TOO_MANY_REACTIONS,
    UNKNOWN_EMOJI,
    DiscordError,
)
from ...events import Event
from ...intents import Intent
from ...permissions import Permission
from ...shapes import Json, JsonList
from ...wire.message import reaction_emoji_json
from ...wire.user import member_json, user_json
from ...world.channel import Channel
from ...world.message import Message
from ..call import Call
from ..routing import Routes

routes = Routes()

_PATH = "/channels/{channel_id}/messages/{message_id}/reactions"


def read_emoji(call: Call) -> str:
    """The emoji in the path as it is stored; raises DiscordError 10014 for anything that isn't one."""
    text = call.params["emoji_name"]
    name, _, number = text.rpartition(":")
    if name:
        if not number.isdigit():
            raise DiscordError(UNKNOWN_EMOJI)
        known = call.world.emojis.get(number)
        if known is None:
            raise DiscordError(UNKNOWN_EMOJI)
        return f"{known.name}:{known.id}"
    if not is_unicode_emoji(text):
        raise DiscordError(UNKNOWN_EMOJI)
    return text


@routes.on("PUT", f"{_PATH}/{{emoji_name}}/@me")
def add_reaction(call: Call) -> None:
    """React; doing it again changes nothing. The first to use an emoji needs the right to add reactions."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    message, emoji = call.message(channel), read_emoji(call)
    if channel.archived:
        raise DiscordError(THREAD_ARCHIVED)
    if emoji not in message.reactions:
        call.channel(Permission.ADD_REACTIONS)
        if len(message.reactions) >= call.parts.limits.reactions:
            raise DiscordError(TOO_MANY_REACTIONS)
    users = message.reactions.setdefault(emoji, [])
    if call.user.id in users:
        return
    users.append(call.user.id)
    call.world.messages.put(message)
    body = _body(message, channel, emoji, call.user.id) | {"burst": False, "type": 0}
    if message.webhook_id is None:
        body["message_author_id"] = message.author_id
    member = call.world.member(channel.guild_id, call.user.id)
    if member is not None:
        body["member"] = member_json(call.world, member)
    _emit(call, "MESSAGE_REACTION_ADD", channel, body)


@routes.on("DELETE", f"{_PATH}/{{emoji_name}}/@me")
def remove_own_reaction(call: Call) -> None:
    """Take one's own reaction back."""
    channel = call.channel()
    _remove(call, channel, call.message(channel), read_emoji(call), call.user.id)


@routes.on("DELETE", f"{_PATH}/{{emoji_name}}/{{user_id}}")
def remove_reaction(call: Call) -> None:
    """Remove someone's reaction."""
    channel = call.channel(Permission.MANAGE_MESSAGES)
    _remove(call, channel, call.message(channel), read_emoji(call), call.id("user_id"))


def _remove(call: Call, channel: Channel, message: Message, emoji: str, user_id: str) -> None:
    if channel.archived:
        raise DiscordError(THREAD_ARCHIVED)
    users = message.reactions.get(emoji, [])
    if user_id not in users:
        raise DiscordError(UNKNOWN_EMOJI)
    users.remove(user_id)
    if not users:
        del message.reactions[emoji]
    call.world.messages.put(message)
    body = _body(message, channel, emoji, user_id) | {"burst": False, "type": 0}
    _emit(call, "MESSAGE_REACTION_REMOVE", channel, body)


@routes.on("GET", f"{_PATH}/{{emoji_name}}")
def get_reactions(call: Call) -> JsonList:
    """Who reacted with an emoji, by user id."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    limit = call.integer("limit", 25, 1, 100)
    after = call.snowflake("after") or 0
    burst = call.integer("type", 0, 0, 1)
    users = call.message(channel).reactions.get(read_emoji(call))
    if users is None:
        raise DiscordError(UNKNOWN_EMOJI)
    chosen = sorted(int(user) for user in users if int(user) > after and not burst)[:limit]
    return [user_json(call.world.users[str(user)]) for user in chosen]


@routes.on("DELETE", _PATH)
def remove_all_reactions(call: Call) -> None:
    """Remove all reactions of a message."""
    channel = call.channel(Permission.MANAGE_MESSAGES)
    message = call.message(channel)
    message.reactions.clear()
    call.world.messages.put(message)
    _emit(call, "MESSAGE_REACTION_REMOVE_ALL", channel, _where(message, channel))


@routes.on("DELETE", f"{_PATH}/{{emoji_name}}")
def remove_emoji(call: Call) -> None:
    """Remove all reactions with one emoji."""
    channel = call.channel(Permission.MANAGE_MESSAGES)
    message, emoji = call.message(channel), read_emoji(call)
    if message.reactions.pop(emoji, None) is None:
        return
    call.world.messages.put(message)
    body = _where(message, channel) | {"emoji": reaction_emoji_json(emoji)}
    _emit(call, "MESSAGE_REACTION_REMOVE_EMOJI", channel, body)


def _where(message: Message, channel: Channel) -> Json:
    body: Json = {"channel_id": channel.id, "message_id": message.id}
    if channel.guild_id is not None:
        body["guild_id"] = channel.guild_id
    return body


def _body(message: Message, channel: Channel, emoji: str, user_id: str) -> Json:
    return _where(message, channel) | {"user_id": user_id, "emoji": reaction_emoji_json(emoji)}


def _emit(call: Call, name: str, channel: Channel, body: Json) -> None:
    intent = Intent.GUILD_MESSAGE_REACTIONS if channel.guild_id else Intent.DIRECT_MESSAGE_REACTIONS
    call.world.emit(Event(name, body, int(intent), guild_id=channel.guild_id, channel_id=channel.id))
