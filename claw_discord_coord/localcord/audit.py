"""Writing the guild's audit log."""

from typing import Any

from .access import members_with
from .events import Event
from .intents import Intent
from .permissions import Permission
from .shapes import Json, JsonList
from .world.audit import AuditEntry, AuditEvent
from .world.world import World


def changes_between(old: Json, new: Json, names: tuple[str, ...]) -> JsonList:
    """The `changes` of an entry: the named fields that differ."""
    changes: JsonList = []
    for name in names:
        before, after = old.get(name), new.get(name)
        if before != after:
            change: Json = {"key": name}
            if before is not None:
                change["old_value"] = before
            if after is not None:
                change["new_value"] = after
            changes.append(change)
    return changes


def log(
    world: World,
    guild_id: str,
    user_id: str,
    event: AuditEvent,
    target_id: str | None,
    *,
    changes: JsonList | None = None,
    options: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add an entry and send GUILD_AUDIT_LOG_ENTRY_CREATE to those who may read the log."""
    entry = AuditEntry(
        world.new_id(),
        guild_id,
        user_id,
        int(event),
        target_id,
        changes or [],
        options,
        reason or None,
    )
    world.log(entry)
    readers = members_with(world, world.guilds[guild_id], Permission.VIEW_AUDIT_LOG)
    body = entry_json(entry) | {"guild_id": guild_id}
    world.emit(Event("GUILD_AUDIT_LOG_ENTRY_CREATE", body, int(Intent.GUILD_MODERATION), only=readers))


def entry_json(entry: AuditEntry) -> Json:
    """`AuditLogEntryResponse`."""
    body: Json = {
        "id": entry.id,
        "user_id": entry.user_id,
        "target_id": entry.target_id,
        "action_type": entry.action_type,
        "changes": entry.changes,
    }
    if entry.options is not None:
        body["options"] = entry.options
    if entry.reason is not None:
        body["reason"] = entry.reason
    return body
