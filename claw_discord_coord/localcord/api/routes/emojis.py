"""Custom emoji of the guild. Source: Discord documentation, resources/emoji."""

import base64
import binascii
import re

from ... import emojis
from ...access import guild_permissions
from ...audit import changes_between, log
from ...checks.form import Form, form_of
from ...errors import MISSING_PERMISSIONS, TOO_MANY_ANIMATED_EMOJIS, TOO_MANY_EMOJIS, UNKNOWN_EMOJI, DiscordError
from ...permissions import Permission
from ...shapes import Json, JsonList
from ...wire.user import emoji_json
from ...world.audit import AuditEvent
from ...world.guild import Emoji, Guild
from ..call import Call
from ..routing import Reply, Routes

routes = Routes()

_PICTURE_BYTES = 256 * 1024
_OF_EACH_KIND = 50
_DATA_URI = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,", re.IGNORECASE)
_NAME = re.compile(r"\w{2,32}", re.ASCII)
_LOGGED = ("name",)


@routes.on("GET", "/guilds/{guild_id}/emojis")
def get_emojis(call: Call) -> JsonList:
    """The guild's emoji."""
    return emojis.emojis_of(call.world, call.guild())


@routes.on("GET", "/guilds/{guild_id}/emojis/{emoji_id}")
def get_emoji(call: Call) -> Json:
    """One emoji."""
    return emoji_json(call.world, _emoji(call, call.guild()))


def _emoji(call: Call, guild: Guild) -> Emoji:
    emoji = call.world.emojis.get(call.id("emoji_id"))
    if emoji is None or emoji.guild_id != guild.id:
        raise DiscordError(UNKNOWN_EMOJI, status=404)
    return emoji


@routes.on("POST", "/guilds/{guild_id}/emojis")
def create_emoji(call: Call) -> Reply:
    """Create an emoji from a picture of 256 KiB at most; raises DiscordError 30008, 30018 above 50 of a kind."""
    guild = call.guild(Permission.CREATE_GUILD_EXPRESSIONS)
    form = form_of(call.body)
    name, picture, roles = _name(form, required=True), _picture(form), form.snowflakes("roles", 250) or []
    form.errors.raise_if_any()
    world = call.world
    animated = emojis.kind_of_image(picture) == emojis.GIF
    if sum(emoji.animated == animated and emoji.guild_id == guild.id for emoji in world.emojis) >= _OF_EACH_KIND:
        raise DiscordError(TOO_MANY_ANIMATED_EMOJIS if animated else TOO_MANY_EMOJIS)
    emoji = Emoji(world.new_id(), guild.id, name or "", call.user.id, animated=animated, roles=roles)
    emojis.add(world, guild, emoji, picture)
    _log(call, AuditEvent.EMOJI_CREATE, emoji, {}, emoji_json(world, emoji))
    return Reply(emoji_json(world, emoji), 201)


def _name(form: Form, *, required: bool = False) -> str | None:
    name = form.text("name", 32, low=2, required=required)
    if name is not None and not _NAME.fullmatch(name):
        form.fault("name", "STRING_TYPE_REGEX", "String value did not match validation regex.")
    return name


def _picture(form: Form) -> bytes:
    text = form.text("image", 4 * _PICTURE_BYTES, required=True)
    if text is None:
        return b""
    found = _DATA_URI.match(text)
    try:
        picture = base64.b64decode(text[found.end() :], validate=True) if found else b""
    except binascii.Error:
        picture = b""
    if emojis.kind_of_image(picture) is None:
        form.fault("image", "IMAGE_INVALID", "Invalid image data")
    elif len(picture) > _PICTURE_BYTES:
        form.fault("image", "BINARY_TYPE_MAX_SIZE", f"File cannot be larger than {_PICTURE_BYTES / 1024} kb.")
    return picture


@routes.on("PATCH", "/guilds/{guild_id}/emojis/{emoji_id}")
def edit_emoji(call: Call) -> Json:
    """Rename an emoji, or say which roles may use it (which is kept and shown, and not enforced)."""
    guild = call.guild()
    emoji = _own_or_managed(call, guild)
    form = form_of(call.body)
    name, roles = _name(form), form.snowflakes("roles", 250)
    form.errors.raise_if_any()
    before = emoji_json(call.world, emoji)
    emoji.name = name or emoji.name
    if form.has("roles"):
        emoji.roles = roles or []
    after = emoji_json(call.world, emoji)
    if after != before:
        call.world.emojis.put(emoji)
        emojis.announce(call.world, guild)
        _log(call, AuditEvent.EMOJI_UPDATE, emoji, before, after)
    return after


@routes.on("DELETE", "/guilds/{guild_id}/emojis/{emoji_id}")
def delete_emoji(call: Call) -> None:
    """Delete an emoji."""
    guild = call.guild()
    emoji = _own_or_managed(call, guild)
    emojis.remove(call.world, guild, emoji)
    _log(call, AuditEvent.EMOJI_DELETE, emoji, emoji_json(call.world, emoji), {})


def _own_or_managed(call: Call, guild: Guild) -> Emoji:
    emoji = _emoji(call, guild)
    enough = Permission.MANAGE_GUILD_EXPRESSIONS
    if emoji.creator_id == call.user.id:
        enough |= Permission.CREATE_GUILD_EXPRESSIONS
    if not guild_permissions(call.world, guild, call.user.id) & enough:
        raise DiscordError(MISSING_PERMISSIONS)
    return emoji


def _log(call: Call, event: AuditEvent, emoji: Emoji, before: Json, after: Json) -> None:
    changes = changes_between(before, after, _LOGGED)
    log(call.world, emoji.guild_id, call.user.id, event, emoji.id, changes=changes, reason=call.reason)
