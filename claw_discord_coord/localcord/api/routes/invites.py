"""Invites, which nobody can use here: people come by the admin interface.

Source: Discord documentation, resources/invite, and resources/channel, "Create Channel Invite".
"""

import secrets
import string

from ...access import channel_permissions, guild_permissions
from ...audit import changes_between, log
from ...checks.form import form_of
from ...errors import MISSING_PERMISSIONS, TOO_MANY_INVITES, UNKNOWN_INVITE, WRONG_CHANNEL_TYPE, DiscordError
from ...events import Event, Viewer
from ...intents import Intent
from ...permissions import Permission
from ...shapes import Json, JsonList
from ...wire.invite import invite_json, invite_terms_json
from ...world.audit import AuditEvent
from ...world.channel import ChannelType
from ...world.invite import Invite
from ...world.world import World
from ..call import Call
from ..routing import Routes

routes = Routes()

_CODE_LETTERS = string.ascii_letters + string.digits
_CODE_CHARS = 8
_DAY_S = 86_400
_OLDEST_S = 60 * _DAY_S
_MOST_USES = 100
_IN_GUILD = 1000
_LOGGED = ("code", "channel_id", "inviter_id", "max_age", "max_uses", "temporary", "uses")


@routes.on("POST", "/channels/{channel_id}/invites")
def create_invite(call: Call) -> Json:
    """Create an invite, or give one's own of the same terms again unless it is to be `unique`."""
    channel = call.channel(Permission.CREATE_INSTANT_INVITE)
    if channel.guild_id is None or channel.is_thread or channel.type == ChannelType.CATEGORY:
        raise DiscordError(WRONG_CHANNEL_TYPE)
    form = form_of(call.body)
    max_age = form.integer("max_age", low=0, high=_OLDEST_S, default=_DAY_S)
    max_uses = form.integer("max_uses", low=0, high=_MOST_USES, default=0)
    temporary, unique = form.boolean("temporary"), form.boolean("unique")
    form.errors.raise_if_any()
    world = call.world
    terms = (channel.id, call.user.id, max_age, max_uses, temporary)
    alive = _alive(world)
    same = (old for old in alive if (old.channel_id, old.inviter_id, old.max_age, old.max_uses, old.temporary) == terms)
    invite = None if unique else next(same, None)
    if invite is None:
        if len(alive) >= _IN_GUILD:
            raise DiscordError(TOO_MANY_INVITES)
        code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_CHARS))
        now_ms = world.clock.now_ms()
        invite = Invite(
            code, channel.guild_id, channel.id, call.user.id, now_ms, max_age or 0, max_uses or 0, temporary
        )
        world.invites.put(invite)
        inviter = {"inviter": invite_json(world, invite)["inviter"]}
        _emit(world, "INVITE_CREATE", invite, invite_terms_json(invite) | inviter)
        _log(call, AuditEvent.INVITE_CREATE, invite, {}, _logged(invite))
    return _with_terms(world, invite)


def _alive(world: World) -> list[Invite]:
    now_ms = world.clock.now_ms()
    for invite in world.invites:
        if invite.expires_ms is not None and invite.expires_ms <= now_ms:
            world.invites.drop(invite.key)
    return list(world.invites)


def _with_terms(world: World, invite: Invite) -> Json:
    return invite_json(world, invite) | invite_terms_json(invite)


@routes.on("GET", "/channels/{channel_id}/invites")
def get_channel_invites(call: Call) -> JsonList:
    """The invites to a channel."""
    channel = call.channel(Permission.MANAGE_CHANNELS)
    return [_with_terms(call.world, invite) for invite in _alive(call.world) if invite.channel_id == channel.id]


@routes.on("GET", "/guilds/{guild_id}/invites")
def get_guild_invites(call: Call) -> JsonList:
    """The invites to the guild."""
    guild = call.guild(Permission.MANAGE_GUILD)
    return [_with_terms(call.world, invite) for invite in _alive(call.world) if invite.guild_id == guild.id]


@routes.on("GET", "/invites/{code}", anonymous=True)
def get_invite(call: Call) -> Json:
    """What anyone may know of an invite."""
    invite = _invite(call)
    body = invite_json(call.world, invite)
    if call.flag("with_counts"):
        count = len(call.world.members_of(invite.guild_id))
        body |= {"approximate_member_count": count, "approximate_presence_count": count}
    return body


def _invite(call: Call) -> Invite:
    invite = next((invite for invite in _alive(call.world) if invite.code == call.params["code"]), None)
    if invite is None:
        raise DiscordError(UNKNOWN_INVITE)
    return invite


@routes.on("DELETE", "/invites/{code}")
def delete_invite(call: Call) -> Json:
    """Revoke an invite."""
    invite = _invite(call)
    if not _manages(call.world, invite, call.user.id):
        raise DiscordError(MISSING_PERMISSIONS)
    world = call.world
    body = invite_json(world, invite)
    world.invites.drop(invite.key)
    _emit(world, "INVITE_DELETE", invite, {})
    _log(call, AuditEvent.INVITE_DELETE, invite, _logged(invite), {})
    return body


def _manages(world: World, invite: Invite, user_id: str) -> bool:
    in_channel = channel_permissions(world, world.channels[invite.channel_id], user_id)
    in_guild = guild_permissions(world, world.guilds[invite.guild_id], user_id)
    return bool(in_channel & Permission.MANAGE_CHANNELS or in_guild & Permission.MANAGE_GUILD)


def _emit(world: World, name: str, invite: Invite, more: Json) -> None:
    """Tell those who manage the channel or the guild, as Discord does (docs of discord.py and discord.js)."""
    body: Json = {"guild_id": invite.guild_id, "channel_id": invite.channel_id, "code": invite.code} | more

    def told(viewer: Viewer) -> Json | None:
        return body if _manages(world, invite, viewer.user_id) else None

    world.emit(Event(name, told, int(Intent.GUILD_INVITES), guild_id=invite.guild_id))


def _logged(invite: Invite) -> Json:
    terms = invite_terms_json(invite)
    return terms | {"code": invite.code, "channel_id": invite.channel_id, "inviter_id": invite.inviter_id}


def _log(call: Call, event: AuditEvent, invite: Invite, before: Json, after: Json) -> None:
    changes = changes_between(before, after, _LOGGED)
    log(call.world, invite.guild_id, call.user.id, event, None, changes=changes, reason=call.reason)
