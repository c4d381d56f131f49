"""Reading the guild's audit log. Source: Discord documentation, resources/audit-log."""

from ...audit import entry_json
from ...permissions import Permission
from ...shapes import Json
from ...wire.channel import channel_json
from ...wire.command import command_json
from ...wire.user import user_json
from ...wire.webhook import webhook_json
from ..call import Call
from ..routing import Routes

routes = Routes()


@routes.on("GET", "/guilds/{guild_id}/audit-logs")
def get_audit_log(call: Call) -> Json:
    """A page of the audit log, newest first (or oldest first with `after`), with what it refers to."""
    guild = call.guild(Permission.VIEW_AUDIT_LOG)
    limit = call.integer("limit", 50, 1, 100)
    kind = call.integer("action_type", 0, 0, 1000)
    before, after = call.snowflake("before"), call.snowflake("after")
    user_id, target_id = call.snowflake("user_id"), call.snowflake("target_id")
    world = call.world
    found = [
        entry
        for entry in world.audit
        if entry.guild_id == guild.id
        and (not kind or entry.action_type == kind)
        and (before is None or int(entry.id) < before)
        and (after is None or int(entry.id) > after)
        and (user_id is None or entry.user_id == str(user_id))
        and (target_id is None or entry.target_id == str(target_id))
    ]
    found.sort(key=lambda entry: int(entry.id), reverse=after is None)
    page = found[:limit]
    ids = {entry.user_id for entry in page} | {entry.target_id for entry in page}
    users = [user_json(user) for user in world.users if user.id in ids]
    return {
        "audit_log_entries": [entry_json(entry) for entry in page],
        "users": users,
        "integrations": [],
        "webhooks": [webhook_json(world, webhook) for webhook in world.webhooks if webhook.id in ids],
        "guild_scheduled_events": [],
        "threads": [channel_json(world, c) for c in world.channels if c.is_thread and c.id in ids],
        "application_commands": [command_json(command) for command in world.commands if command.id in ids],
        "auto_moderation_rules": [],
    }
