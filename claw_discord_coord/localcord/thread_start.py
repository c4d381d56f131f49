"""Starting threads of every kind."""

from dataclasses import dataclass, field

from .audit import changes_between, log
from .errors import TOO_MANY_ACTIVE_THREADS, DiscordError
from .limits import Limits
from .messages import announce, post_system
from .shapes import Json
from .threads import emit_thread, touch
from .wire.channel import channel_json
from .world.audit import AuditEvent
from .world.channel import Channel, ChannelType
from .world.message import HAS_THREAD, Message, MessageType
from .world.world import World

LOGGED = ("name", "type", "archived", "locked", "auto_archive_duration", "rate_limit_per_user", "flags", "applied_tags")


@dataclass(slots=True)
class NewThread:
    """What a thread is to be."""

    name: str
    type: int = ChannelType.PUBLIC_THREAD
    auto_archive_duration: int = 4320
    rate_limit_per_user: int = 0
    invitable: bool = True
    applied_tags: list[str] = field(default_factory=lambda: list[str]())


def start_thread(
    world: World,
    limits: Limits,
    parent: Channel,
    new: NewThread,
    *,
    by: str,
    reason: str | None,
    thread_id: str | None = None,
    silent: bool = False,
) -> Channel:
    """Start a thread; unless `silent`, a public one without a message is announced in its channel.

    Raises DiscordError 160006.
    """
    guild_id = parent.guild_id or ""
    if sum(1 for _ in world.active_threads(guild_id)) >= limits.active_threads:
        raise DiscordError(TOO_MANY_ACTIVE_THREADS)
    now = world.clock.now_iso()
    thread = Channel(
        thread_id or world.new_id(),
        new.type,
        parent.guild_id,
        new.name,
        parent_id=parent.id,
        rate_limit_per_user=new.rate_limit_per_user,
        owner_id=by,
        invitable=new.invitable,
        auto_archive_duration=new.auto_archive_duration,
        archive_timestamp=now,
        create_timestamp=now,
        applied_tags=new.applied_tags,
    )
    touch(world, thread)
    world.add_channel(thread)
    if by in world.users:
        world.join_thread(thread, by)
    emit_thread(world, "THREAD_CREATE", thread, newly_created=True)
    log(
        world,
        guild_id,
        by,
        AuditEvent.THREAD_CREATE,
        thread.id,
        changes=changes_between({}, thread_log(world, thread), LOGGED),
        reason=reason,
    )
    if parent.is_forum:
        parent.last_message_id = thread.id
        world.channels.put(parent)
    elif thread_id is None and not silent and new.type != ChannelType.PRIVATE_THREAD:
        reference: Json = {"type": 0, "channel_id": thread.id, "guild_id": thread.guild_id}
        post_system(world, limits, parent, MessageType.THREAD_CREATED, by, thread.name or "", reference)
    return thread


def start_from_message(
    world: World, limits: Limits, channel: Channel, message: Message, new: NewThread, *, by: str, reason: str | None
) -> Channel:
    """Start the one thread of a message; the message then says that it has one."""
    kind = ChannelType.PUBLIC_THREAD
    if channel.type == ChannelType.ANNOUNCEMENT:
        kind = ChannelType.ANNOUNCEMENT_THREAD
    new.type = kind
    thread = start_thread(world, limits, channel, new, by=by, reason=reason, thread_id=message.id)
    message.flags |= HAS_THREAD
    world.messages.put(message)
    announce(world, "MESSAGE_UPDATE", message)
    reference: Json = {
        "type": 0,
        "channel_id": channel.id,
        "guild_id": channel.guild_id,
        "message_id": message.id,
    }
    starter = Message(
        world.new_id(),
        thread.id,
        thread.guild_id,
        message.author_id,
        world.clock.now_iso(),
        world.clock.now_ms(),
        type=MessageType.THREAD_STARTER_MESSAGE,
        author=message.author,
        webhook_id=message.webhook_id,
        reference=reference,
        position=0,
    )
    world.add_message(starter)
    thread.last_message_id = starter.id
    world.channels.put(thread)
    announce(world, "MESSAGE_CREATE", starter)
    return thread


def thread_log(world: World, thread: Channel) -> Json:
    """A thread with its metadata flat, as the audit log compares it."""
    body = channel_json(world, thread)
    return body | body["thread_metadata"]
