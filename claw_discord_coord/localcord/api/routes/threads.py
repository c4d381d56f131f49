"""Threads: starting, joining and listing them. Source: Discord documentation, resources/channel."""

from ... import messages, threads
from ...checks.channel import ARCHIVE_MINUTES, read_name
from ...checks.draft import Draft, read_draft, refuse_empty
from ...checks.form import Form, form_of
from ...clock import from_iso
from ...errors import (
    MISSING_PERMISSIONS,
    NO_TAGS_FOR_NON_MODERATORS,
    SYSTEM_MESSAGE,
    TAG_REQUIRED,
    THREAD_ALREADY_CREATED,
    THREAD_ARCHIVED,
    TOO_MANY_THREAD_MEMBERS,
    UNKNOWN_MEMBER,
    UNKNOWN_USER,
    WRONG_CHANNEL_TYPE,
    DiscordError,
    invalid,
)
from ...permissions import Permission
from ...shapes import Json, JsonList
from ...thread_start import NewThread, start_from_message, start_thread
from ...wire.channel import channel_json, needs_tag, thread_member_json
from ...wire.message import message_json
from ...world.channel import Channel, ChannelType
from ...world.message import HAS_THREAD, USER_MADE
from ..call import Call
from ..routing import Reply, Routes

routes = Routes()

_WITH_MESSAGE_THREADS = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT)
_TAGS_PER_POST = 5


def read_new_thread(form: Form, channel: Channel) -> NewThread:
    """The name and settings of a thread to start; faults are left in the form."""
    default = channel.default_auto_archive_duration or 4320
    return NewThread(
        name=read_name(form) or "",
        auto_archive_duration=form.choice("auto_archive_duration", ARCHIVE_MINUTES, default=default) or default,
        rate_limit_per_user=form.integer("rate_limit_per_user", low=0, high=21600)
        or channel.default_thread_rate_limit_per_user,
    )


@routes.on("POST", "/channels/{channel_id}/messages/{message_id}/threads")
def create_from_message(call: Call) -> Reply:
    """Start a thread from a message, whose id it gets; each message has one at most (160004)."""
    channel = call.channel(Permission.CREATE_PUBLIC_THREADS)
    if channel.type not in _WITH_MESSAGE_THREADS:
        raise DiscordError(WRONG_CHANNEL_TYPE)
    form = form_of(call.body)
    new = read_new_thread(form, channel)
    form.errors.raise_if_any()
    message = call.message(channel)
    again = call.parts.limits.thread_again_after_delete
    if message.id in call.world.channels or (message.flags & HAS_THREAD and not again):
        raise DiscordError(THREAD_ALREADY_CREATED)
    if message.type not in USER_MADE:
        raise DiscordError(SYSTEM_MESSAGE)
    thread = start_from_message(
        call.world, call.parts.limits, channel, message, new, by=call.user.id, reason=call.reason
    )
    return Reply(channel_json(call.world, thread, call.user.id), 201)


@routes.on("POST", "/channels/{channel_id}/threads")
def create_thread(call: Call) -> Reply:
    """Start a thread without a message, or a post of a forum."""
    channel = call.channel()
    if channel.is_forum:
        return _create_post(call, channel)
    if channel.type not in _WITH_MESSAGE_THREADS:
        raise DiscordError(WRONG_CHANNEL_TYPE)
    form = form_of(call.body)
    new = read_new_thread(form, channel)
    kinds = (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD, ChannelType.ANNOUNCEMENT_THREAD)
    new.type = form.choice("type", kinds, default=ChannelType.PRIVATE_THREAD) or ChannelType.PRIVATE_THREAD
    new.invitable = form.boolean("invitable", True)
    form.errors.raise_if_any()
    if (channel.type == ChannelType.ANNOUNCEMENT) != (new.type == ChannelType.ANNOUNCEMENT_THREAD):
        raise DiscordError(WRONG_CHANNEL_TYPE)
    private = new.type == ChannelType.PRIVATE_THREAD
    call.channel(Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS)
    thread = start_thread(call.world, call.parts.limits, channel, new, by=call.user.id, reason=call.reason)
    return Reply(channel_json(call.world, thread, call.user.id), 201)


def _create_post(call: Call, forum: Channel) -> Reply:
    permissions = call.permissions(forum)
    if not permissions & Permission.SEND_MESSAGES:
        raise DiscordError(MISSING_PERMISSIONS)
    form = form_of(call.body)
    new = read_new_thread(form, forum)
    new.type = ChannelType.PUBLIC_THREAD
    new.applied_tags = read_applied_tags(form, forum, permissions)
    draft = _first_message(call, form)
    thread = start_thread(call.world, call.parts.limits, forum, new, by=call.user.id, reason=call.reason, silent=True)
    message = messages.post(
        call.world,
        call.parts.limits,
        thread,
        draft,
        author_id=call.user.id,
        permissions=permissions,
        like=first_post(thread, call.user.id),
    )
    body = channel_json(call.world, thread, call.user.id)
    return Reply(body | {"message": message_json(call.world, message, call.viewer)}, 201)


def _first_message(call: Call, form: Form) -> Draft:
    nested = form.object("message")
    if nested is None and not call.flag("use_nested_fields") and (set(form.body) & {"content", "embeds"} or call.files):
        nested = form
    draft = read_draft(nested or form.inner("message"), call.files, call.parts.limits)
    refuse_empty(draft)
    return draft


def read_applied_tags(form: Form, forum: Channel, permissions: int) -> list[str]:
    """The tags of a post; raises DiscordError 50035, 40066, 40067."""
    applied = form.snowflakes("applied_tags", _TAGS_PER_POST) or []
    form.errors.raise_if_any()
    known = {tag["id"]: tag for tag in forum.tags}
    if any(tag not in known for tag in applied):
        raise invalid(("applied_tags",), "FORUM_TAG_INVALID", "Unknown tag")
    if not permissions & Permission.MANAGE_THREADS and any(known[tag]["moderated"] for tag in applied):
        raise DiscordError(NO_TAGS_FOR_NON_MODERATORS)
    if needs_tag(forum) and not applied:
        raise DiscordError(TAG_REQUIRED)
    return applied


def first_post(thread: Channel, author_id: str) -> messages.Message:
    """The first message of a forum post, which has the thread's own id."""
    return messages.Message(thread.id, thread.id, thread.guild_id, author_id, "", 0)


# -- members -------------------------------------------------------------------------------------------------------


def _thread(call: Call, needed: int = 0) -> Channel:
    thread = call.channel(needed)
    if not thread.is_thread:
        raise DiscordError(WRONG_CHANNEL_TYPE)
    return thread


@routes.on("GET", "/channels/{channel_id}/thread-members")
def get_thread_members(call: Call) -> JsonList:
    """Who is in a thread."""
    thread = _thread(call)
    with_member = call.flag("with_member")
    after = call.snowflake("after") or 0
    limit = call.integer("limit", 100, 1, 100)
    joined = sorted(call.world.joined[thread.id].values(), key=lambda member: int(member.user_id))
    if with_member:
        joined = [member for member in joined if int(member.user_id) > after][:limit]
    return [thread_member_json(call.world, member, with_member=with_member) for member in joined]


@routes.on("GET", "/channels/{channel_id}/thread-members/{user_id}")
def get_thread_member(call: Call) -> Json:
    """Whether someone is in a thread."""
    thread = _thread(call)
    user_id = call.user.id if call.params["user_id"] == "@me" else call.id("user_id")
    joined = call.world.joined[thread.id].get(user_id)
    if joined is None:
        raise DiscordError(UNKNOWN_MEMBER)
    return thread_member_json(call.world, joined, with_member=call.flag("with_member"))


@routes.on("PUT", "/channels/{channel_id}/thread-members/@me")
def join_thread(call: Call) -> None:
    """Join a thread."""
    _join(call, _thread(call), call.user.id)


@routes.on("PUT", "/channels/{channel_id}/thread-members/{user_id}")
def add_thread_member(call: Call) -> None:
    """Add someone to a thread."""
    thread = _thread(call, Permission.SEND_MESSAGES_IN_THREADS)
    user_id = call.id("user_id")
    if call.world.member(thread.guild_id, user_id) is None:
        raise DiscordError(UNKNOWN_USER)
    if thread.type == ChannelType.PRIVATE_THREAD and not thread.invitable and thread.owner_id != call.user.id:
        call.channel(Permission.MANAGE_THREADS)
    _join(call, thread, user_id)


def _join(call: Call, thread: Channel, user_id: str) -> None:
    if thread.archived:
        raise DiscordError(THREAD_ARCHIVED)
    joined = call.world.joined[thread.id]
    if user_id in joined:
        return
    if len(joined) >= call.parts.limits.thread_members:
        raise DiscordError(TOO_MANY_THREAD_MEMBERS)
    threads.join_thread(call.world, thread, user_id)


@routes.on("DELETE", "/channels/{channel_id}/thread-members/@me")
def leave_thread(call: Call) -> None:
    """Leave a thread."""
    thread = _thread(call)
    _leave(call, thread, call.user.id)


@routes.on("DELETE", "/channels/{channel_id}/thread-members/{user_id}")
def remove_thread_member(call: Call) -> None:
    """Remove someone from a thread; the owner of a private thread may too."""
    thread = _thread(call)
    if not (thread.type == ChannelType.PRIVATE_THREAD and thread.owner_id == call.user.id):
        call.channel(Permission.MANAGE_THREADS)
    _leave(call, thread, call.id("user_id"))


def _leave(call: Call, thread: Channel, user_id: str) -> None:
    if thread.archived:
        raise DiscordError(THREAD_ARCHIVED)
    if not call.world.leave_thread(thread, user_id):
        raise DiscordError(UNKNOWN_MEMBER)
    threads.announce_thread(call.world, thread, left=user_id)


# -- archives ------------------------------------------------------------------------------------------------------


@routes.on("GET", "/channels/{channel_id}/threads/archived/public")
def get_public_archive(call: Call) -> Json:
    """Archived public threads, the last archived first."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    kinds = (ChannelType.PUBLIC_THREAD, ChannelType.ANNOUNCEMENT_THREAD)
    return _archive_page(call, [t for t in call.world.threads(channel.id) if t.archived and t.type in kinds])


@routes.on("GET", "/channels/{channel_id}/threads/archived/private")
def get_private_archive(call: Call) -> Json:
    """Archived private threads, the last archived first."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY | Permission.MANAGE_THREADS)
    return _archive_page(
        call,
        [t for t in call.world.threads(channel.id) if t.archived and t.type == ChannelType.PRIVATE_THREAD],
    )


@routes.on("GET", "/channels/{channel_id}/users/@me/threads/archived/private")
def get_own_private_archive(call: Call) -> Json:
    """Archived private threads that the caller has joined, the newest first."""
    channel = call.channel(Permission.READ_MESSAGE_HISTORY)
    before = call.snowflake("before")
    limit = call.integer("limit", 50, 2, 100)
    found = [
        thread
        for thread in call.world.threads(channel.id)
        if thread.archived
        and thread.type == ChannelType.PRIVATE_THREAD
        and call.user.id in call.world.joined[thread.id]
        and (before is None or int(thread.id) < before)
    ]
    return _page(call, found[:limit], len(found) > limit)


def _archive_page(call: Call, found: list[Channel]) -> Json:
    limit = call.integer("limit", 50, 1, 100)
    before = call.query.get("before")
    if before is not None:
        try:
            before_s = from_iso(before)
        except ValueError:
            text = f"Could not parse {before}. Should be ISO8601."
            raise invalid(("before",), "DATETIME_TYPE_PARSE", text) from None
        found = [thread for thread in found if from_iso(thread.archive_timestamp or "") < before_s]
    found.sort(key=lambda thread: (thread.archive_timestamp or "", int(thread.id)), reverse=True)
    return _page(call, found[:limit], len(found) > limit)


def _page(call: Call, threads: list[Channel], has_more: bool) -> Json:
    joined = [call.world.joined[thread.id].get(call.user.id) for thread in threads]
    return {
        "threads": [channel_json(call.world, thread, call.user.id) for thread in threads],
        "members": [thread_member_json(call.world, member) for member in joined if member is not None],
        "has_more": has_more,
    }
