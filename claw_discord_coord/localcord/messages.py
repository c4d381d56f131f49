"""Posting, editing and deleting messages: what bots, people, webhooks and interactions have in common."""

import mimetypes

from .access import can_view, viewers
from .checks.components import TEXT_DISPLAY, walk
from .checks.draft import Draft, NewFile, refuse_empty
from .errors import THREAD_LOCKED, TOO_MANY_ATTACHMENTS, DiscordError
from .events import Event, Viewer
from .image_size import size_of_image
from .intents import Intent
from .limits import Limits
from .mentions import apply_mentions, read_allowed
from .permissions import ALL, Permission
from .shapes import Json, JsonList
from .threads import join_thread, revive, touch
from .wire.message import gateway_message_json
from .world.channel import Channel
from .world.message import COMPONENTS_V2, EPHEMERAL, LOADING, Message, MessageType, NonceUse
from .world.world import World


def post(
    world: World,
    limits: Limits,
    channel: Channel,
    draft: Draft,
    *,
    author_id: str,
    permissions: int = ALL,
    like: Message | None = None,
) -> Message:
    """Create a message in a channel; `like` gives what a draft can't: webhook, application, interaction, type.

    Wakes an archived thread unless it is locked. Raises DiscordError 50006 when it would be empty (unless it is a
    deferred answer or a forward), 160005.
    """
    message = like or Message("", channel.id, channel.guild_id, author_id, "", 0)
    if not (message.flags & LOADING or message.snapshots):
        refuse_empty(draft)
    if channel.is_thread and channel.locked and not permissions & Permission.MANAGE_THREADS:
        raise DiscordError(THREAD_LOCKED)
    allowed = read_allowed(draft.allowed_mentions)
    message.id = message.id or world.new_id()
    message.created_ms = world.clock.now_ms()
    message.timestamp = world.clock.now_iso()
    message.content = draft.content or ""
    message.embeds = draft.embeds or []
    message.tts = draft.tts
    message.flags |= draft.flags or 0
    message.nonce = draft.nonce
    message.attachments = store_files(world, channel.id, draft.files)
    message.components = place_media(world, message, draft.components or [])
    replied_to = None
    if message.reference is not None and message.type == MessageType.REPLY:
        referenced = world.messages.get(message.reference.get("message_id"))
        replied_to = referenced.author_id if referenced else None
    apply_mentions(world, message, allowed, permissions, shown_text(message), replied_to)
    if message.flags & EPHEMERAL and message.ephemeral_to is not None:
        world.messages.put(message)
    else:
        add(world, limits, channel, message)
    announce(world, "MESSAGE_CREATE", message)
    if draft.nonce is not None and draft.enforce_nonce:
        _forget_old_nonces(world, limits)
        world.nonces.put(NonceUse(author_id, channel.id, str(draft.nonce), message.id, message.created_ms))
    return message


def _forget_old_nonces(world: World, limits: Limits) -> None:
    oldest_ms = world.clock.now_ms() - limits.nonce_window_s * 1000
    while (use := world.nonces.oldest()) is not None and use.created_ms < oldest_ms:
        world.nonces.drop(use.key)


def add(world: World, limits: Limits, channel: Channel, message: Message) -> None:
    """Put a message into a channel's history and, in a thread, count it, wake the thread and join its author."""
    if channel.is_thread:
        revive(world, channel)
        message.position = channel.total_message_sent
        channel.message_count += 1
        channel.total_message_sent += 1
        touch(world, channel)
        if message.webhook_id is None and message.author_id not in world.joined[channel.id]:
            join_thread(world, channel, message.author_id)
        _join_mentioned(world, channel, message)
    channel.last_message_id = message.id
    world.add_message(message)
    world.channels.put(channel)


def _join_mentioned(world: World, thread: Channel, message: Message) -> None:
    """Being mentioned in a thread makes one a member of it. Source: topics/threads, "Thread Membership"."""
    parent = world.channels.get(thread.parent_id)
    for user_id in message.mentions:
        if parent and user_id not in world.joined[thread.id] and can_view(world, parent, user_id):
            join_thread(world, thread, user_id)


def announce(world: World, name: str, message: Message) -> None:
    """Send MESSAGE_CREATE or MESSAGE_UPDATE to all who may know of it."""
    direct = message.guild_id is None

    def body(viewer: Viewer) -> Json:
        return gateway_message_json(world, message, viewer)

    world.emit(
        Event(
            name,
            body,
            int(Intent.DIRECT_MESSAGES if direct else Intent.GUILD_MESSAGES),
            guild_id=message.guild_id,
            channel_id=message.channel_id,
            only=frozenset({message.ephemeral_to}) if message.ephemeral_to else None,
        )
    )


def post_system(
    world: World,
    limits: Limits,
    channel: Channel,
    kind: MessageType,
    author_id: str,
    content: str,
    reference: Json | None = None,
) -> Message:
    """Put a message of Discord's own into a channel."""
    message = Message(
        world.new_id(),
        channel.id,
        channel.guild_id,
        author_id,
        world.clock.now_iso(),
        world.clock.now_ms(),
        type=kind,
        content=content,
        reference=reference,
    )
    add(world, limits, channel, message)
    announce(world, "MESSAGE_CREATE", message)
    return message


def edit(world: World, message: Message, draft: Draft, *, permissions: int = ALL) -> Message:
    """Change what the draft names and leave the rest; raises DiscordError 50006 when nothing would be left."""
    attachments = message.attachments
    if draft.kept_attachments is not None:
        attachments = [kept for kept in attachments if kept["id"] in draft.kept_attachments]
    content = message.content if draft.content is None else draft.content
    embeds = message.embeds if draft.embeds is None else draft.embeds
    components = message.components if draft.components is None else draft.components
    if not (attachments or message.snapshots):
        refuse_empty(Draft(content, embeds, components, files=draft.files))
    if len(attachments) + len(draft.files) > 10:
        raise DiscordError(TOO_MANY_ATTACHMENTS)
    allowed = read_allowed(draft.allowed_mentions)
    message.content, message.embeds = content, embeds
    message.attachments = [*attachments, *store_files(world, message.channel_id, draft.files)]
    message.components = place_media(world, message, components)
    if draft.flags is not None:
        kept = message.flags & ~0b100
        message.flags = kept | (draft.flags & (0b100 | COMPONENTS_V2))
    was_loading = message.flags & LOADING
    message.flags &= ~LOADING
    if not was_loading:
        message.edited_timestamp = world.clock.now_iso()
    if draft.content is not None or draft.components is not None:
        apply_mentions(world, message, allowed, permissions, shown_text(message))
    world.messages.put(message)
    announce(world, "MESSAGE_UPDATE", message)
    return message


def delete(world: World, messages: list[Message]) -> None:
    """Remove messages of one channel and say so: MESSAGE_DELETE for one, MESSAGE_DELETE_BULK for more."""
    channel = world.channels[messages[0].channel_id]
    where: Json = {"channel_id": channel.id}
    if channel.guild_id is not None:
        where["guild_id"] = channel.guild_id
    for message in messages:
        world.drop_message(message)
        if channel.is_thread and message.ephemeral_to is None:
            channel.message_count = max(0, channel.message_count - 1)
            world.channels.put(channel)
    name, body = "MESSAGE_DELETE", where | {"id": messages[0].id}
    if len(messages) > 1:
        name, body = "MESSAGE_DELETE_BULK", where | {"ids": [message.id for message in messages]}
    hidden = messages[0].ephemeral_to
    world.emit(
        Event(
            name,
            body,
            int(Intent.GUILD_MESSAGES if channel.guild_id else Intent.DIRECT_MESSAGES),
            only=frozenset({hidden}) if hidden else viewers(world, channel),
        )
    )


def store_files(world: World, channel_id: str, files: list[NewFile]) -> JsonList:
    """Keep uploads and describe them as attachments."""
    attachments: JsonList = []
    for file in files:
        attachment_id = world.new_id()
        filename = file.stored_name
        kind = file.content_type
        if kind is None or kind == "application/octet-stream":
            kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        if kind.startswith("text/") and "charset" not in kind:
            kind += "; charset=utf-8"
        attachment: Json = {
            "id": attachment_id,
            "filename": filename,
            "size": len(file.body),
            "content_type": kind,
            "content_scan_version": 0,
        }
        size = size_of_image(file.body)
        if size is not None:
            attachment["width"], attachment["height"] = size
        if file.description is not None:
            attachment["description"] = file.description
        if file.title is not None or filename != file.filename:
            attachment["title"] = file.title or file.filename
        world.store.put_upload(f"{channel_id}/{attachment_id}", kind, file.body)
        attachments.append(attachment)
    return attachments


def place_media(world: World, message: Message, components: JsonList) -> JsonList:
    """Resolve `attachment://name` in components and embeds to the message's attachments; answers the components."""
    by_name = {attachment["filename"]: attachment for attachment in message.attachments}

    def address(url: str) -> str:
        name = url.removeprefix("attachment://")
        attachment = by_name.get(name) if name != url else None
        if attachment is None:
            return url
        return world.url(f"/attachments/{message.channel_id}/{attachment['id']}/{attachment['filename']}")

    for embed in message.embeds:
        for part in ("image", "thumbnail"):
            if part in embed:
                embed[part]["url"] = address(embed[part]["url"])
        for part in ("author", "footer"):
            if "icon_url" in embed.get(part, {}):
                embed[part]["icon_url"] = address(embed[part]["icon_url"])
    for component in walk(components):
        for item in (component, *component.get("items", [])):
            for field in ("media", "file"):
                media = item.get(field)
                if media is None or "id" in media:
                    continue
                attachment = by_name.get(media["url"].removeprefix("attachment://"))
                url = address(media["url"])
                item[field] = _unfurled(world, url, attachment)
                if field == "file" and attachment is not None:
                    item["name"], item["size"] = attachment["filename"], attachment["size"]
    return components


def _unfurled(world: World, url: str, attachment: Json | None) -> Json:
    media: Json = {
        "id": world.new_id(),
        "url": url,
        "proxy_url": url,
        "width": None,
        "height": None,
        "content_type": None,
        "loading_state": 2,
    }
    if attachment is not None:
        media |= {
            "attachment_id": attachment["id"],
            "width": attachment.get("width"),
            "height": attachment.get("height"),
            "content_type": attachment["content_type"],
        }
    return media


def shown_text(message: Message) -> str:
    """All the text of a message in which a mention counts."""
    texts = [part["content"] for part in walk(message.components) if part["type"] == TEXT_DISPLAY]
    return "\n".join([message.content, *texts])
