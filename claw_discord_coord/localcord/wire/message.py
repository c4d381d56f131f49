"""Messages as JSON, with what the viewer may not read left out."""

from ..events import Viewer
from ..shapes import Json, JsonList
from ..world.message import HAS_THREAD, Message, MessageType
from ..world.world import World
from .channel import channel_json
from .user import partial_member_json, user_json

_CUSTOM_EMOJI_PARTS = 2


def message_json(world: World, message: Message, viewer: Viewer, *, with_reference: bool = True) -> Json:
    """`MessageResponse`; without the MESSAGE_CONTENT right the fields it governs are empty."""
    shown = shows_content(message, viewer)
    body: Json = {
        "id": message.id,
        "channel_id": message.channel_id,
        "type": message.type,
        "author": author_json(world, message),
        "content": message.content if shown else "",
        "timestamp": message.timestamp,
        "edited_timestamp": message.edited_timestamp,
        "tts": message.tts,
        "mention_everyone": message.mention_everyone,
        "mentions": [user_json(world.users[user]) for user in message.mentions if user in world.users],
        "mention_roles": list(message.mention_roles),
        "attachments": attachments_json(world, message) if shown else [],
        "embeds": message.embeds if shown else [],
        "components": message.components if shown else [],
        "flags": message.flags,
        "pinned": message.pinned_at is not None,
    }
    if message.nonce is not None:
        body["nonce"] = message.nonce
    if message.reactions:
        body["reactions"] = [reaction_json(emoji, users, viewer.user_id) for emoji, users in message.reactions.items()]
    _add_origin(body, message)
    if message.position is not None:
        body["position"] = message.position
    if message.flags & HAS_THREAD and (thread := world.channels.get(message.id)) is not None:
        body["thread"] = channel_json(world, thread)
    if message.snapshots:
        body["message_snapshots"] = [_snapshot_json(world, message, snapshot, shown) for snapshot in message.snapshots]
    if message.reference is not None:
        body["message_reference"] = message.reference
        if with_reference and message.type in (MessageType.REPLY, MessageType.THREAD_STARTER_MESSAGE):
            body["referenced_message"] = _referenced_json(world, message, viewer)
    return body


def _add_origin(body: Json, message: Message) -> None:
    if message.webhook_id is not None:
        body["webhook_id"] = message.webhook_id
    if message.application_id is not None:
        body["application_id"] = message.application_id
    if message.interaction_metadata is not None:
        body["interaction_metadata"] = message.interaction_metadata
    if message.interaction is not None:
        body["interaction"] = message.interaction


def _referenced_json(world: World, message: Message, viewer: Viewer) -> Json | None:
    referenced = world.messages.get((message.reference or {}).get("message_id"))
    if referenced is None:
        return None
    return message_json(world, referenced, viewer, with_reference=False)


def shows_content(message: Message, viewer: Viewer) -> bool:
    """Whether the viewer may read content, embeds, attachments and components.

    Source: Discord documentation, events/gateway, "Message Content Intent". A message made through an application's
    webhook or interaction counts as the application's own.
    """
    return (
        viewer.sees_content
        or message.author_id == viewer.user_id
        or message.guild_id is None
        or viewer.user_id in message.mentions
        or (message.application_id is not None and message.application_id == viewer.application_id)
    )


def author_json(world: World, message: Message) -> Json:
    """Who wrote a message; a webhook's message carries the name and picture it was sent with."""
    if message.author is not None:
        return message.author
    user = world.users.get(message.author_id)
    if user is None:
        return webhook_author_json(message.author_id, "Deleted User", None)
    return user_json(user)


def webhook_author_json(webhook_id: str, name: str, avatar: str | None) -> Json:
    """A webhook as the author of a message."""
    return {
        "id": webhook_id,
        "username": name,
        "avatar": avatar,
        "discriminator": "0000",
        "public_flags": 0,
        "flags": 0,
        "bot": True,
        "global_name": None,
        "primary_guild": None,
    }


def _snapshot_json(world: World, message: Message, snapshot: Json, shown: bool) -> Json:
    """`MessageSnapshotResponse`."""
    hidden: Json = {} if shown else {"content": "", "embeds": [], "components": [], "attachments": []}
    attachments = [attachment_json(world, message.channel_id, attachment) for attachment in snapshot["attachments"]]
    mentions = [user_json(world.users[user]) for user in snapshot["mentions"] if user in world.users]
    return {"message": snapshot | {"attachments": attachments, "mentions": mentions} | hidden}


def attachments_json(world: World, message: Message) -> JsonList:
    """The attachments with their addresses on this server."""
    return [attachment_json(world, message.channel_id, attachment) for attachment in message.attachments]


def attachment_json(world: World, channel_id: str, attachment: Json) -> Json:
    """`MessageAttachmentResponse` of a stored attachment."""
    address = world.url(f"/attachments/{channel_id}/{attachment['id']}/{attachment['filename']}")
    return attachment | {"url": address, "proxy_url": address}


def reaction_json(emoji: str, users: list[str], viewer_id: str) -> Json:
    """`MessageReactionResponse`."""
    return {
        "emoji": reaction_emoji_json(emoji),
        "count": len(users),
        "count_details": {"burst": 0, "normal": len(users)},
        "burst_colors": [],
        "me_burst": False,
        "burst_me": False,
        "burst_count": 0,
        "me": viewer_id in users,
    }


def reaction_emoji_json(emoji: str) -> Json:
    """An emoji as reactions carry it, from `✅` or `name:id`."""
    parts = emoji.rsplit(":", 1)
    if len(parts) == _CUSTOM_EMOJI_PARTS and parts[1].isdigit():
        return {"id": parts[1], "name": parts[0]}
    return {"id": None, "name": emoji}


def gateway_message_json(world: World, message: Message, viewer: Viewer) -> Json:
    """A message as MESSAGE_CREATE and MESSAGE_UPDATE carry it: with the guild and the author's membership."""
    body = message_json(world, message, viewer)
    channel = world.channels.get(message.channel_id)
    if channel is not None:
        body["channel_type"] = channel.type
    if message.guild_id is not None:
        body["guild_id"] = message.guild_id
        member = world.member(message.guild_id, message.author_id)
        if member is not None and message.webhook_id is None:
            body["member"] = partial_member_json(member)
        for user in body["mentions"]:
            mentioned = world.member(message.guild_id, user["id"])
            if mentioned is not None:
                user["member"] = partial_member_json(mentioned)
    return body
