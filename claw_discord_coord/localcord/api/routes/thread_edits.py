"""Changing and deleting threads, which share their paths with channels."""

from typing import Any

from ...access import viewers
from ...audit import changes_between, log
from ...checks.channel import ARCHIVE_MINUTES, SLOWMODE_S, read_name
from ...checks.form import Form, form_of
from ...errors import MISSING_PERMISSIONS, THREAD_ARCHIVED, TOO_MANY_PINNED_THREADS, DiscordError
from ...events import Event
from ...intents import Intent
from ...messages import post_system
from ...permissions import Permission
from ...shapes import Json
from ...thread_start import LOGGED, thread_log
from ...threads import emit_thread, set_archived, touch
from ...wire.channel import channel_json
from ...world.audit import AuditEvent
from ...world.channel import PINNED, Channel, ChannelType
from ...world.message import MessageType
from ..call import Call
from .threads import read_applied_tags


def edit_thread(call: Call, thread: Channel) -> Json:
    """Change a thread. Its owner may, except lock it or change slow mode; anyone who may write may unarchive it."""
    form = form_of(call.body)
    fields = _read(form, call, thread)
    form.errors.raise_if_any()
    permissions = call.permissions(thread)
    manages = bool(permissions & Permission.MANAGE_THREADS)
    owns = thread.owner_id == call.user.id
    if set(fields) == {"archived"} and not fields["archived"] and not thread.locked:
        allowed = manages or bool(permissions & Permission.SEND_MESSAGES_IN_THREADS)
    else:
        allowed = manages or (
            owns and not set(fields) & {"locked", "rate_limit_per_user", "flags"} and not thread.locked
        )
    if not allowed:
        raise DiscordError(MISSING_PERMISSIONS)
    if thread.archived and fields.get("archived") is not False and set(fields) - {"archived", "locked"}:
        raise DiscordError(THREAD_ARCHIVED)
    before = thread_log(call.world, thread)
    _apply(call, thread, fields)
    after = thread_log(call.world, thread)
    if before != after:
        emit_thread(call.world, "THREAD_UPDATE", thread)
        changes = changes_between(before, after, LOGGED)
        log(
            call.world,
            thread.guild_id or "",
            call.user.id,
            AuditEvent.THREAD_UPDATE,
            thread.id,
            changes=changes,
            reason=call.reason,
        )
    return channel_json(call.world, thread, call.user.id)


def _read(form: Form, call: Call, thread: Channel) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if form.has("name"):
        fields["name"] = read_name(form) or ""
    for name in ("archived", "locked"):
        if form.body.get(name) is not None:
            fields[name] = form.boolean(name)
    if form.body.get("invitable") is not None and thread.type == ChannelType.PRIVATE_THREAD:
        fields["invitable"] = form.boolean("invitable")
    if form.body.get("auto_archive_duration") is not None:
        fields["auto_archive_duration"] = form.choice("auto_archive_duration", ARCHIVE_MINUTES)
    if form.body.get("rate_limit_per_user") is not None:
        fields["rate_limit_per_user"] = form.integer("rate_limit_per_user", low=0, high=SLOWMODE_S)
    parent = call.world.channels[thread.parent_id or ""]
    if parent.is_forum and form.has("applied_tags"):
        fields["applied_tags"] = read_applied_tags(form, parent, call.permissions(thread))
    if parent.is_forum and form.has("flags"):
        fields["flags"] = (form.integer("flags", low=0, default=0) or 0) & PINNED
    return fields


def _apply(call: Call, thread: Channel, fields: dict[str, Any]) -> None:
    if fields.get("flags"):
        siblings = call.world.threads(thread.parent_id or "")
        if any(other.flags & PINNED and other is not thread for other in siblings):
            raise DiscordError(TOO_MANY_PINNED_THREADS)
    archived = fields.pop("archived", None)
    renamed = fields.get("name", thread.name) != thread.name
    if archived is False and thread.archived:
        set_archived(call.world, thread, archived=False)
    for name, value in fields.items():
        setattr(thread, name, value)
    if renamed:
        # Before the thread is archived: a message would take an archived thread out of its archive.
        kind = MessageType.CHANNEL_NAME_CHANGE
        post_system(call.world, call.parts.limits, thread, kind, call.user.id, thread.name or "")
    if archived is not None and archived != thread.archived:
        set_archived(call.world, thread, archived=archived)
    elif "auto_archive_duration" in fields:
        touch(call.world, thread)
    call.world.channels.put(thread)


def delete_thread(call: Call, thread: Channel) -> Json:
    """Delete a thread with its messages; answers how it looked."""
    world = call.world
    body = channel_json(world, thread)
    before = thread_log(world, thread)
    where = {name: body[name] for name in ("id", "guild_id", "parent_id", "type")}
    event = Event("THREAD_DELETE", where, int(Intent.GUILDS), only=viewers(world, thread))
    world.drop_channel(thread)
    world.emit(event)
    log(
        world,
        thread.guild_id or "",
        call.user.id,
        AuditEvent.THREAD_DELETE,
        thread.id,
        changes=changes_between(before, {}, LOGGED),
        reason=call.reason,
    )
    return body
