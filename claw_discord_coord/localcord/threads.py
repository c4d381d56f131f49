"""Threads: starting, joining, waking and archiving them."""

from .events import Event, Viewer
from .intents import Intent
from .shapes import Json
from .wire.channel import channel_json, thread_member_json
from .world.channel import Channel, ChannelType, ThreadMember
from .world.world import World


def emit_thread(
    world: World, name: str, thread: Channel, *, newly_created: bool = False, only: str | None = None
) -> None:
    """Send THREAD_CREATE or THREAD_UPDATE to all who see the thread (or one), each with its own membership."""

    def body(viewer: Viewer) -> Json:
        shown = channel_json(world, thread, viewer.user_id)
        if newly_created:
            shown["newly_created"] = True
        return shown

    world.emit(
        Event(
            name,
            body,
            int(Intent.GUILDS),
            guild_id=thread.guild_id,
            channel_id=thread.id,
            only=frozenset({only}) if only else None,
        )
    )


def announce_thread(
    world: World, thread: Channel, *, joined: ThreadMember | None = None, left: str | None = None
) -> None:
    """Say that someone joined or left: THREAD_MEMBERS_UPDATE to those who may know, and the joiner's own view of it."""
    body: Json = {
        "id": thread.id,
        "guild_id": thread.guild_id,
        "member_count": min(50, len(world.joined[thread.id])),
    }
    who = left
    if joined is not None:
        who = joined.user_id
        body["added_members"] = [thread_member_json(world, joined, with_member=True) | {"presence": None}]
    if left is not None:
        body["removed_member_ids"] = [left]
    world.emit(
        Event(
            "THREAD_MEMBERS_UPDATE",
            lambda viewer: None if viewer.user_id == who else body,
            int(Intent.GUILD_MEMBERS),
            guild_id=thread.guild_id,
            channel_id=thread.id,
        )
    )
    if who is not None:
        own = frozenset({who})
        world.emit(Event("THREAD_MEMBERS_UPDATE", body, int(Intent.GUILDS), guild_id=thread.guild_id, only=own))


def join_thread(world: World, thread: Channel, user_id: str) -> None:
    """Make a user a member of a thread and say so; a private thread is new to them."""
    joined = world.join_thread(thread, user_id)
    if thread.type == ChannelType.PRIVATE_THREAD:
        emit_thread(world, "THREAD_CREATE", thread, only=user_id)
    announce_thread(world, thread, joined=joined)


def revive(world: World, thread: Channel) -> None:
    """Take a thread out of the archive because something was posted in it."""
    if thread.archived:
        set_archived(world, thread, archived=False)
        emit_thread(world, "THREAD_UPDATE", thread)


def set_archived(world: World, thread: Channel, *, archived: bool) -> None:
    """Archive a thread or take it out; says nothing about it."""
    thread.archived = archived
    thread.archive_timestamp = world.clock.unique_iso()
    touch(world, thread)


def touch(world: World, thread: Channel) -> None:
    """Note activity, from which the time to the archive is counted."""
    thread.last_activity_ms = world.clock.now_ms()
    world.channels.put(thread)
