"""Bans. Source: Discord documentation, resources/guild, "Get Guild Bans" to "Bulk Guild Ban"."""

from collections import defaultdict

from ... import messages
from ...access import members_with
from ...audit import log
from ...checks.form import Form, form_of
from ...errors import FAILED_TO_BAN, UNKNOWN_BAN, UNKNOWN_USER, DiscordError
from ...events import Event
from ...intents import Intent
from ...permissions import Permission
from ...shapes import Json, JsonList
from ...wire.user import user_json
from ...world.audit import AuditEvent
from ...world.guild import Ban, Guild, member_key
from ...world.message import Message, MessageType
from ...world.user import User
from ...world.world import World
from ..call import Call
from ..routing import Routes
from .members import leave, require_outranked

routes = Routes()

_DAY_S = 86_400
_WEEK_S = 7 * _DAY_S
_AT_ONCE = 200


@routes.on("GET", "/guilds/{guild_id}/bans")
def get_bans(call: Call) -> JsonList:
    """A page of bans by user id; of `before` and `after` the first counts."""
    guild = call.guild(Permission.BAN_MEMBERS)
    limit = call.integer("limit", 1000, 1, 1000)
    before, after = call.snowflake("before"), call.snowflake("after")
    bans = sorted((ban for ban in call.world.bans if ban.guild_id == guild.id), key=lambda ban: int(ban.user_id))
    if before is not None:
        page = [ban for ban in bans if int(ban.user_id) < before][-limit:]
    else:
        page = [ban for ban in bans if int(ban.user_id) > (after or 0)][:limit]
    return [_ban_json(call.world, ban) for ban in page]


@routes.on("GET", "/guilds/{guild_id}/bans/{user_id}")
def get_ban(call: Call) -> Json:
    """One ban."""
    return _ban_json(call.world, _ban_in_path(call, call.guild(Permission.BAN_MEMBERS)))


def _ban_json(world: World, ban: Ban) -> Json:
    return {"user": user_json(world.users[ban.user_id]), "reason": ban.reason}


def _ban_in_path(call: Call, guild: Guild) -> Ban:
    ban = call.world.bans.get(member_key(guild.id, call.id("user_id")))
    if ban is None:
        raise DiscordError(UNKNOWN_BAN)
    return ban


@routes.on("PUT", "/guilds/{guild_id}/bans/{user_id}")
def ban_user(call: Call) -> None:
    """Ban anyone but those above oneself, and delete what they wrote lately; a second time changes nothing."""
    guild = call.guild(Permission.BAN_MEMBERS)
    form = form_of(call.body)
    days = form.integer("delete_message_days", low=0, high=7)
    seconds = _read_seconds(form, default=(days or 0) * _DAY_S)
    form.errors.raise_if_any()
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise DiscordError(UNKNOWN_USER)
    _require_bannable(call, guild, user)
    if member_key(guild.id, user.id) not in call.world.bans:
        _ban(call, guild, user, seconds)


def _read_seconds(form: Form, *, default: int) -> int:
    return form.integer("delete_message_seconds", low=0, high=_WEEK_S, default=default) or 0


def _require_bannable(call: Call, guild: Guild, user: User) -> None:
    member = call.world.member(guild.id, user.id)
    if member is not None:
        require_outranked(call, guild, member)


def _ban(call: Call, guild: Guild, user: User, seconds: int) -> None:
    world = call.world
    world.bans.put(Ban(guild.id, user.id, call.reason))
    _emit(world, "GUILD_BAN_ADD", guild, user)
    member = world.member(guild.id, user.id)
    if member is not None:
        leave(world, guild, member)
    _delete_messages(world, guild, user, seconds)
    log(world, guild.id, call.user.id, AuditEvent.MEMBER_BAN_ADD, user.id, reason=call.reason)


def _emit(world: World, name: str, guild: Guild, user: User) -> None:
    # Who may not ban or read the log is not told (discord-api-docs#7948).
    told = members_with(world, guild, Permission.BAN_MEMBERS | Permission.VIEW_AUDIT_LOG)
    body: Json = {"guild_id": guild.id, "user": user_json(user)}
    world.emit(Event(name, body, int(Intent.GUILD_MODERATION), guild_id=guild.id, only=told))


def _delete_messages(world: World, guild: Guild, user: User, seconds: int) -> None:
    oldest_ms = world.clock.now_ms() - seconds * 1000
    found: defaultdict[str, list[Message]] = defaultdict(list)
    for message in world.messages if seconds else ():
        theirs = message.author_id == user.id and message.guild_id == guild.id and message.ephemeral_to is None
        if theirs and message.created_ms >= oldest_ms and message.type != MessageType.THREAD_STARTER_MESSAGE:
            found[message.channel_id].append(message)
    for of_channel in found.values():
        messages.delete(world, of_channel)


@routes.on("DELETE", "/guilds/{guild_id}/bans/{user_id}")
def unban_user(call: Call) -> None:
    """Lift a ban; who was banned is no member by that."""
    guild = call.guild(Permission.BAN_MEMBERS)
    ban = _ban_in_path(call, guild)
    world = call.world
    world.bans.drop(ban.key)
    _emit(world, "GUILD_BAN_REMOVE", guild, world.users[ban.user_id])
    log(world, guild.id, call.user.id, AuditEvent.MEMBER_BAN_REMOVE, ban.user_id, reason=call.reason)


@routes.on("POST", "/guilds/{guild_id}/bulk-ban")
def ban_users(call: Call) -> Json:
    """Ban up to 200 users; those who can't be, or are already, are named. Raises DiscordError 500000 if all are."""
    guild = call.guild(Permission.BAN_MEMBERS | Permission.MANAGE_GUILD)
    form = form_of(call.body)
    ids = dict.fromkeys(form.snowflakes("user_ids", _AT_ONCE, required=True) or ())
    seconds = _read_seconds(form, default=0)
    form.errors.raise_if_any()
    banned = [user_id for user_id in ids if _ban_if_possible(call, guild, user_id, seconds)]
    if not banned:
        raise DiscordError(FAILED_TO_BAN)
    return {"banned_users": banned, "failed_users": [user_id for user_id in ids if user_id not in banned]}


def _ban_if_possible(call: Call, guild: Guild, user_id: str, seconds: int) -> bool:
    user = call.world.users.get(user_id)
    if user is None or member_key(guild.id, user_id) in call.world.bans:
        return False
    try:
        _require_bannable(call, guild, user)
    except DiscordError:
        return False
    _ban(call, guild, user, seconds)
    return True
