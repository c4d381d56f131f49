"""Users, and direct messages with them. Source: Discord documentation, resources/user."""

from ...checks.form import form_of
from ...errors import CANNOT_MESSAGE_USER, UNKNOWN_GUILD, UNKNOWN_USER, DiscordError
from ...events import Event, Viewer
from ...intents import Intent
from ...shapes import Json, JsonList
from ...wire.channel import channel_json, own_guild_json
from ...wire.user import member_json, own_user_json, user_json
from ...world.channel import Channel, ChannelType
from ..call import Call
from ..routing import Routes

routes = Routes()


@routes.on("GET", "/users/@me")
def get_me(call: Call) -> Json:
    """Who I am."""
    return own_user_json(call.user)


@routes.on("PATCH", "/users/@me")
def edit_me(call: Call) -> Json:
    """Change my name; a picture is accepted and not kept."""
    form = form_of(call.body)
    name = form.text("username", 32, low=2)
    form.errors.raise_if_any()
    if name is not None:
        call.user.username = name
        call.world.users.put(call.user)
        call.world.emit(Event("USER_UPDATE", own_user_json(call.user), only=frozenset({call.user.id})))
    return own_user_json(call.user)


@routes.on("GET", "/users/{user_id}")
def get_user(call: Call) -> Json:
    """Anyone."""
    user = call.world.users.get(call.id("user_id"))
    if user is None:
        raise DiscordError(UNKNOWN_USER)
    return user_json(user)


@routes.on("GET", "/users/@me/guilds")
def get_my_guilds(call: Call) -> JsonList:
    """The guilds I am in, by id."""
    before, after = call.snowflake("before"), call.snowflake("after")
    limit = call.integer("limit", 200, 1, 200)
    guilds = sorted(call.world.guilds_of(call.user.id), key=lambda guild: int(guild.id))
    if after is not None:
        guilds = [guild for guild in guilds if int(guild.id) > after]
    if before is not None:
        guilds = [guild for guild in guilds if int(guild.id) < before]
    counts: Json = {}
    if call.flag("with_counts"):
        count = len(call.world.members)
        counts = {"approximate_member_count": count, "approximate_presence_count": count}
    return [own_guild_json(call.world, guild, call.user.id) | counts for guild in guilds[:limit]]


@routes.on("GET", "/users/@me/guilds/{guild_id}/member")
def get_my_membership(call: Call) -> Json:
    """My membership of a guild."""
    member = call.world.member(call.id("guild_id"), call.user.id)
    if member is None:
        raise DiscordError(UNKNOWN_GUILD)
    return member_json(call.world, member)


@routes.on("POST", "/users/@me/channels")
def open_direct_channel(call: Call) -> Json:
    """Open the direct channel with someone, the same each time."""
    form = form_of(call.body)
    recipient = form.snowflake("recipient_id")
    if recipient is None:
        listed = form.snowflakes("recipients", 1)
        recipient = listed[0] if listed else form.snowflake("recipient_id", required=True)
    form.errors.raise_if_any()
    other = call.world.users.get(recipient)
    if other is None:
        raise DiscordError(UNKNOWN_USER)
    if other.id == call.user.id or (other.bot and call.user.bot):
        raise DiscordError(CANNOT_MESSAGE_USER)
    pair = {call.user.id, other.id}
    for channel in call.world.direct_channels_of(call.user.id):
        if set(channel.recipients) == pair:
            return channel_json(call.world, channel, call.user.id)
    world = call.world
    channel = Channel(world.new_id(), ChannelType.DM, None, None, recipients=[call.user.id, other.id])
    world.add_channel(channel)

    def body(viewer: Viewer) -> Json:
        return channel_json(world, channel, viewer.user_id)

    # Since API v8 bots learn of a direct channel by the first message in it (change log, "API and Gateway v8").
    people = frozenset(user.id for user in (call.user, other) if not user.bot)
    world.emit(Event("CHANNEL_CREATE", body, int(Intent.DIRECT_MESSAGES), only=people))
    return body(call.viewer)


@routes.on("GET", "/users/@me/channels")
def get_direct_channels(call: Call) -> JsonList:
    """The direct channels of a person."""
    call.people_only()
    return [channel_json(call.world, channel, call.user.id) for channel in call.world.direct_channels_of(call.user.id)]
