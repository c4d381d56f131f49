"""Members. Source: Discord documentation, resources/guild, "Get Guild Member"."""

from typing import Any

from ...access import guild_permissions, top_rank
from ...audit import changes_between, log
from ...checks.form import Form, form_of
from ...clock import from_iso
from ...errors import (
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NOT_IN_VOICE,
    UNKNOWN_MEMBER,
    UNKNOWN_ROLE,
    DiscordError,
    invalid,
)
from ...events import Event, Viewer
from ...intents import Intent
from ...permissions import Permission
from ...shapes import Json, JsonList
from ...threads import announce_thread
from ...wire.user import member_json, user_json
from ...world.audit import AuditEvent
from ...world.guild import Guild, Member, member_key
from ...world.world import World
from ..call import Call
from ..routing import Routes
from .roles import require_above, role_in_path

routes = Routes()

_LONGEST_TIMEOUT_S = 28 * 86_400
_VOICE = {
    "mute": Permission.MUTE_MEMBERS,
    "deaf": Permission.DEAFEN_MEMBERS,
    "channel_id": Permission.MOVE_MEMBERS,
}


def emit_member(world: World, name: str, member: Member) -> None:
    """Send GUILD_MEMBER_ADD or _UPDATE to those who asked for members, and always to the member."""
    body = member_json(world, member) | {"guild_id": member.guild_id}
    intents = int(Intent.GUILD_MEMBERS)

    def others(viewer: Viewer) -> Json | None:
        return None if viewer.user_id == member.user_id else body

    world.emit(Event(name, others, intents, guild_id=member.guild_id))
    world.emit(Event(name, body, 0, guild_id=member.guild_id, only=frozenset({member.user_id})))


def leave(world: World, guild: Guild, member: Member) -> None:
    """End a membership, with the threads that came of it, and say so to the others and to who is gone."""
    user = world.users[member.user_id]
    for thread in [world.channels[thread_id] for thread_id, joined in world.joined.items() if user.id in joined]:
        world.leave_thread(thread, user.id)
        announce_thread(world, thread, left=user.id)
    world.members.drop(member.key)
    body: Json = {"guild_id": guild.id, "user": user_json(user)}
    world.emit(Event("GUILD_MEMBER_REMOVE", body, int(Intent.GUILD_MEMBERS), guild_id=guild.id))
    world.emit(Event("GUILD_DELETE", {"id": guild.id}, int(Intent.GUILDS), only=frozenset({user.id})))


def require_outranked(call: Call, guild: Guild, member: Member) -> None:
    """Raise DiscordError 50013 unless the caller stands above a member, who may not be the owner."""
    world = call.world
    above = top_rank(world, guild, call.user.id) > top_rank(world, guild, member.user_id)
    if guild.owner_id == member.user_id or not above:
        raise DiscordError(MISSING_PERMISSIONS)


def _member(call: Call, guild: Guild) -> Member:
    user_id = call.user.id if call.params["user_id"] == "@me" else call.id("user_id")
    member = call.world.member(guild.id, user_id)
    if member is None:
        raise DiscordError(UNKNOWN_MEMBER)
    return member


@routes.on("GET", "/guilds/{guild_id}/members")
def get_members(call: Call) -> JsonList:
    """A page of members by user id; a bot needs the GUILD_MEMBERS intent switched on."""
    guild = call.guild()
    application = call.world.applications.get(call.user.application_id)
    if application is not None and "members" not in application.privileged:
        raise DiscordError(MISSING_ACCESS)
    limit = call.integer("limit", 1, 1, 1000)
    after = call.snowflake("after") or 0
    page = [member for member in call.world.members_of(guild.id) if int(member.user_id) > after][:limit]
    return [member_json(call.world, member) for member in page]


@routes.on("GET", "/guilds/{guild_id}/members/search")
def search_members(call: Call) -> JsonList:
    """Members whose name or nickname begins with the query."""
    guild = call.guild()
    limit = call.integer("limit", 1, 1, 1000)
    query = call.query.get("query", "").lower()
    if not query:
        raise invalid(("query",), "BASE_TYPE_REQUIRED", "This field is required")
    world = call.world
    found = [
        member
        for member in world.members_of(guild.id)
        if any(
            name.lower().startswith(query)
            for name in (member.nick, world.users[member.user_id].username, world.users[member.user_id].global_name)
            if name
        )
    ]
    return [member_json(world, member) for member in found[:limit]]


@routes.on("GET", "/guilds/{guild_id}/members/{user_id}")
def get_member(call: Call) -> Json:
    """One member."""
    return member_json(call.world, _member(call, call.guild()))


@routes.on("PATCH", "/guilds/{guild_id}/members/{user_id}")
def edit_member(call: Call) -> Json:
    """Change someone's nickname, roles or time-out."""
    guild = call.guild()
    member = _member(call, guild)
    form = form_of(call.body)
    before = member_json(call.world, member)
    # Every field is checked before the first one is changed: a refused request changes nothing.
    fields: dict[str, Any] = {}
    if form.has("nick"):
        fields["nick"] = _read_nick(call, guild, member, form)
    if form.body.get("roles") is not None:
        fields["roles"] = _read_roles(call, guild, member, form)
    _refuse_voice(call, form)
    if form.has("communication_disabled_until"):
        fields["communication_disabled_until"] = _read_timeout(call, guild, member, form)
    form.errors.raise_if_any()
    for name, value in fields.items():
        setattr(member, name, value)
    _changed(call, member, before)
    return member_json(call.world, member)


@routes.on("PATCH", "/guilds/{guild_id}/members/@me")
def edit_own_member(call: Call) -> Json:
    """Change one's own nickname."""
    guild = call.guild(Permission.CHANGE_NICKNAME)
    member = call.world.members[member_key(guild.id, call.user.id)]
    form = form_of(call.body)
    before = member_json(call.world, member)
    if form.has("nick"):
        nick = form.text("nick", 32) or None
        form.errors.raise_if_any()
        member.nick = nick
    _changed(call, member, before)
    return member_json(call.world, member)


def _read_nick(call: Call, guild: Guild, member: Member, form: Form) -> str | None:
    if member.user_id == call.user.id:
        call.guild(Permission.CHANGE_NICKNAME)
    else:
        call.guild(Permission.MANAGE_NICKNAMES)
        require_outranked(call, guild, member)
    return form.text("nick", 32) or None


def _refuse_voice(call: Call, form: Form) -> None:
    """Raise DiscordError 40032 for a field about voice: the local Discord has no voice, so nobody is connected.

    Raises DiscordError 50013 first when the caller may not mute, deafen or move members.
    """
    for name, needed in _VOICE.items():
        # `channel_id: null` disconnects a member, so null counts there.
        if form.body.get(name) is not None or (name == "channel_id" and form.has(name)):
            call.guild(needed)
            raise DiscordError(NOT_IN_VOICE)


def _read_roles(call: Call, guild: Guild, member: Member, form: Form) -> list[str]:
    call.guild(Permission.MANAGE_ROLES)
    wanted = form.snowflakes("roles", 250) or []
    form.errors.raise_if_any()
    for role_id in set(wanted) ^ set(member.roles):
        role = call.world.roles.get(role_id)
        if role is None:
            raise DiscordError(UNKNOWN_ROLE)
        require_above(call, guild, role)
    return list(dict.fromkeys(wanted))


def _read_timeout(call: Call, guild: Guild, member: Member, form: Form) -> str | None:
    call.guild(Permission.MODERATE_MEMBERS)
    until = form.text("communication_disabled_until", 64)
    if until is not None:
        try:
            too_long = from_iso(until) > call.world.clock.now_s() + _LONGEST_TIMEOUT_S + 60
        except ValueError:
            text = f"Could not parse {until}. Should be ISO8601."
            raise invalid(("communication_disabled_until",), "DATETIME_TYPE_PARSE", text) from None
        if too_long:
            text = "Users can't be timed out for more than 28 days"
            raise invalid(("communication_disabled_until",), "DATETIME_TYPE_MAX", text)
        if guild_permissions(call.world, guild, member.user_id) & Permission.ADMINISTRATOR:
            raise DiscordError(MISSING_PERMISSIONS)
    require_outranked(call, guild, member)
    return until


def _changed(call: Call, member: Member, before: Json) -> None:
    after = member_json(call.world, member)
    if before == after:
        return
    call.world.members.put(member)
    emit_member(call.world, "GUILD_MEMBER_UPDATE", member)
    if before["roles"] != after["roles"]:
        _log_roles(call, member, before["roles"], after["roles"])
    changes = changes_between(before, after, ("nick", "communication_disabled_until"))
    if changes:
        event = AuditEvent.MEMBER_UPDATE
        log(call.world, member.guild_id, call.user.id, event, member.user_id, changes=changes, reason=call.reason)


def _log_roles(call: Call, member: Member, old: list[str], new: list[str]) -> None:
    def named(ids: set[str]) -> JsonList:
        roles = (call.world.roles.get(role_id) for role_id in sorted(ids, key=int))
        return [{"id": role.id, "name": role.name} for role in roles if role]

    changes: JsonList = []
    if added := set(new) - set(old):
        changes.append({"key": "$add", "new_value": named(added)})
    if removed := set(old) - set(new):
        changes.append({"key": "$remove", "new_value": named(removed)})
    event = AuditEvent.MEMBER_ROLE_UPDATE
    log(call.world, member.guild_id, call.user.id, event, member.user_id, changes=changes, reason=call.reason)


@routes.on("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def add_role(call: Call) -> None:
    """Give a role below one's own."""
    _switch_role(call, given=True)


@routes.on("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def remove_role(call: Call) -> None:
    """Take a role below one's own."""
    _switch_role(call, given=False)


def _switch_role(call: Call, *, given: bool) -> None:
    guild = call.guild(Permission.MANAGE_ROLES)
    member, role = _member(call, guild), role_in_path(call, guild)
    require_above(call, guild, role)
    before = member_json(call.world, member)
    if given and role.id not in member.roles:
        member.roles.append(role.id)
    elif not given and role.id in member.roles:
        member.roles.remove(role.id)
    _changed(call, member, before)


@routes.on("DELETE", "/guilds/{guild_id}/members/{user_id}")
def kick(call: Call) -> None:
    """Remove someone below oneself from the guild."""
    guild = call.guild(Permission.KICK_MEMBERS)
    member = _member(call, guild)
    require_outranked(call, guild, member)
    leave(call.world, guild, member)
    log(call.world, guild.id, call.user.id, AuditEvent.MEMBER_KICK, member.user_id, reason=call.reason)
