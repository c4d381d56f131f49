"""Roles. Source: Discord documentation, resources/guild, "Get Guild Roles"."""

from typing import Any

from ...access import guild_permissions, top_rank
from ...audit import changes_between, log
from ...checks.form import Form, form_of
from ...errors import INVALID_ROLE, MISSING_PERMISSIONS, UNKNOWN_ROLE, DiscordError, FormErrors
from ...events import Event
from ...intents import Intent
from ...permissions import ALL, Permission
from ...shapes import Json, JsonList
from ...wire.user import role_json
from ...world.audit import AuditEvent
from ...world.guild import Guild, Role
from ..call import Call
from ..routing import Routes

routes = Routes()

_LOGGED = ("name", "permissions", "color", "hoist", "mentionable", "position")


def role_in_path(call: Call, guild: Guild) -> Role:
    """The role in the path; raises DiscordError 10011."""
    role = call.world.roles.get(call.id("role_id"))
    if role is None or role.guild_id != guild.id:
        raise DiscordError(UNKNOWN_ROLE)
    return role


def require_above(call: Call, guild: Guild, role: Role) -> None:
    """Raise DiscordError 50013 unless the caller stands above a role."""
    if top_rank(call.world, guild, call.user.id) <= role.rank:
        raise DiscordError(MISSING_PERMISSIONS)


@routes.on("GET", "/guilds/{guild_id}/roles")
def get_roles(call: Call) -> JsonList:
    """All roles."""
    return [role_json(role) for role in call.world.roles_of(call.guild().id)]


@routes.on("GET", "/guilds/{guild_id}/roles/{role_id}")
def get_role(call: Call) -> Json:
    """One role."""
    return role_json(role_in_path(call, call.guild()))


def _read(form: Form, call: Call, guild: Guild) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if form.body.get("name") is not None:
        fields["name"] = form.text("name", 100) or "new role"
    if form.body.get("permissions") is not None:
        fields["permissions"] = (form.integer("permissions", low=0, default=0) or 0) & ALL
    if form.body.get("color") is not None:
        fields["color"] = form.integer("color", low=0, high=0xFFFFFF, default=0)
    colors = form.object("colors")
    if colors is not None:
        fields["color"] = colors.integer("primary_color", low=0, high=0xFFFFFF, default=0)
    for name in ("hoist", "mentionable"):
        if form.body.get(name) is not None:
            fields[name] = form.boolean(name)
    if form.has("unicode_emoji"):
        fields["unicode_emoji"] = form.text("unicode_emoji", 100)
    form.errors.raise_if_any()
    if fields.get("permissions", 0) & ~guild_permissions(call.world, guild, call.user.id):
        raise DiscordError(MISSING_PERMISSIONS)
    return fields


@routes.on("POST", "/guilds/{guild_id}/roles")
def create_role(call: Call) -> Json:
    """Create a role at position 1, where it stands below the older ones there; they keep their positions.

    Source: discord-api-docs#1778, discord.js#3175.
    """
    guild = call.guild(Permission.MANAGE_ROLES)
    fields = _read(form_of(call.body), call, guild)
    world = call.world
    everyone = world.roles[guild.id]
    role = Role(
        world.new_id(), guild.id, "new role", everyone.permissions & guild_permissions(world, guild, call.user.id)
    )
    role.position = 1
    _apply(call, role, fields)
    _emit(call, "GUILD_ROLE_CREATE", role)
    _log(call, AuditEvent.ROLE_CREATE, role, {}, role_json(role))
    return role_json(role)


def _apply(call: Call, role: Role, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(role, name, value)
    call.world.roles.put(role)


@routes.on("PATCH", "/guilds/{guild_id}/roles/{role_id}")
def edit_role(call: Call) -> Json:
    """Change a role below one's own."""
    guild = call.guild(Permission.MANAGE_ROLES)
    role = role_in_path(call, guild)
    require_above(call, guild, role)
    before = role_json(role)
    _apply(call, role, _read(form_of(call.body), call, guild))
    _emit(call, "GUILD_ROLE_UPDATE", role)
    _log(call, AuditEvent.ROLE_UPDATE, role, before, role_json(role))
    return role_json(role)


@routes.on("PATCH", "/guilds/{guild_id}/roles")
def move_roles(call: Call) -> JsonList:
    """Change the order of roles, all of it or nothing; positions are numbered from 1 without gaps.

    A client may name every role, as discord.js does; what counts is that the caller's top role and all above stay as
    they are. Raises DiscordError 50013 otherwise, 10011, 50028 for another place of @everyone.
    """
    guild = call.guild(Permission.MANAGE_ROLES)
    wanted = _read_positions(call, guild)
    old = [role for role in call.world.roles_of(guild.id) if role.id != guild.id]

    def place(role: Role) -> tuple[int, int, int]:
        # Where two claim a position, the one that moved there gets it: on its way up it passes the other, and down too.
        position = wanted.get(role.id, role.position)
        return position, (position > role.position) - (position < role.position), -int(role.id)

    new = sorted(old, key=place)
    top = top_rank(call.world, guild, call.user.id)
    below = sum(role.rank < top for role in old)
    if new[below:] != old[below:]:
        raise DiscordError(MISSING_PERMISSIONS)
    for position, role in enumerate(new, start=1):
        if role.position != position:
            role.position = position
            call.world.roles.put(role)
            _emit(call, "GUILD_ROLE_UPDATE", role)
    return [role_json(role) for role in call.world.roles_of(guild.id)]


def _read_positions(call: Call, guild: Guild) -> dict[str, int]:
    wrapped = Form({"roles": call.items}, FormErrors())
    wanted: dict[str, int] = {}
    for form in wrapped.objects("roles", 250) or []:
        role = call.world.roles.get(form.snowflake("id", required=True))
        position = form.integer("position", low=0)
        wrapped.errors.raise_if_any()
        if role is None or role.guild_id != guild.id:
            raise DiscordError(UNKNOWN_ROLE)
        if role.id == guild.id and position:
            raise DiscordError(INVALID_ROLE)
        if position is not None:
            wanted[role.id] = position
    return wanted


@routes.on("DELETE", "/guilds/{guild_id}/roles/{role_id}")
def delete_role(call: Call) -> None:
    """Delete a role and take it from its members."""
    guild = call.guild(Permission.MANAGE_ROLES)
    role = role_in_path(call, guild)
    require_above(call, guild, role)
    if role.managed or role.id == guild.id:
        raise DiscordError(INVALID_ROLE)
    for member in call.world.members_of(guild.id):
        if role.id in member.roles:
            member.roles.remove(role.id)
            call.world.members.put(member)
    call.world.roles.drop(role.id)
    body: Json = {"guild_id": guild.id, "role_id": role.id}
    call.world.emit(Event("GUILD_ROLE_DELETE", body, int(Intent.GUILDS), guild_id=guild.id))
    _log(call, AuditEvent.ROLE_DELETE, role, role_json(role), {})


def _emit(call: Call, name: str, role: Role) -> None:
    body: Json = {"guild_id": role.guild_id, "role": role_json(role)}
    call.world.emit(Event(name, body, int(Intent.GUILDS), guild_id=role.guild_id))


def _log(call: Call, event: AuditEvent, role: Role, before: Json, after: Json) -> None:
    changes = changes_between(before, after, _LOGGED)
    log(call.world, role.guild_id, call.user.id, event, role.id, changes=changes, reason=call.reason)
