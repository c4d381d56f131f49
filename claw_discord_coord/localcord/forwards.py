"""Forwarded messages: a picture of a message at one moment, which outlives the message.

Source: Discord documentation, resources/message, "Message Snapshot Object" and "Message Reference Types".
"""

import json
from typing import Any

from .shapes import Json, JsonList
from .world.channel import Channel
from .world.message import Message
from .world.world import World


def snapshots_of(world: World, message: Message, into: Channel) -> JsonList:
    """What a forward of a message into a channel keeps of it; of a forward, what that one had kept.

    Its uploads are copied to the channel, so that they stay when the message goes.
    """
    kept = message.snapshots or [_snapshot(message)]
    return [_with_own_uploads(world, snapshot, message.channel_id, into.id) for snapshot in kept]


def _snapshot(message: Message) -> Json:
    return {
        "type": message.type,
        "content": message.content,
        "embeds": message.embeds,
        "components": message.components,
        "attachments": message.attachments,
        "mentions": message.mentions,
        "mention_roles": message.mention_roles,
        "flags": message.flags,
        "timestamp": message.timestamp,
        "edited_timestamp": message.edited_timestamp,
    }


def _with_own_uploads(world: World, snapshot: Json, source_id: str, target_id: str) -> Json:
    text = json.dumps(snapshot)
    for attachment in snapshot["attachments"]:
        old, new = attachment["id"], world.new_id()
        upload = world.store.get_upload(f"{source_id}/{old}")
        if upload is not None:
            world.store.put_upload(f"{target_id}/{new}", *upload)
        # Embeds and components show uploads by their addresses, which name the channel and the id.
        text = text.replace(f"/attachments/{source_id}/{old}/", f"/attachments/{target_id}/{new}/")
        text = text.replace(json.dumps(old), json.dumps(new))
    copied: dict[str, Any] = json.loads(text)
    return copied
