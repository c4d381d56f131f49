"""Who may do what where. Source: Discord documentation, topics/permissions, "Permission Hierarchy"."""

from .clock import from_iso
from .errors import MISSING_ACCESS, MISSING_PERMISSIONS, DiscordError
from .permissions import ALL, TIMED_OUT, Permission
from .world.channel import Channel, ChannelType
from .world.guild import Guild
from .world.user import User
from .world.world import World

_DIRECT = ALL & ~int(Permission.MANAGE_MESSAGES | Permission.MANAGE_CHANNELS | Permission.MANAGE_WEBHOOKS)
_NOT_WITHOUT_SENDING = int(
    Permission.SEND_TTS_MESSAGES | Permission.MENTION_EVERYONE | Permission.ATTACH_FILES | Permission.EMBED_LINKS
)


def guild_permissions(world: World, guild: Guild, user_id: str) -> int:
    """What a member may do in the guild as a whole; 0 for a stranger."""
    member = world.member(guild.id, user_id)
    if member is None:
        return 0
    if guild.owner_id == user_id:
        return ALL
    permissions = world.roles[guild.id].permissions
    for role_id in member.roles:
        role = world.roles.get(role_id)
        permissions |= role.permissions if role else 0
    if permissions & Permission.ADMINISTRATOR:
        return ALL
    until = member.communication_disabled_until
    if until is not None and from_iso(until) > world.clock.now_s():
        permissions &= TIMED_OUT
    return permissions


def channel_permissions(world: World, channel: Channel, user_id: str) -> int:
    """What a user may do in a channel, thread or direct message; 0 when they may not even see it."""
    if channel.guild_id is None:
        return _DIRECT if user_id in channel.recipients else 0
    guild = world.guilds[channel.guild_id]
    base = guild_permissions(world, guild, user_id)
    if base == ALL or base == 0:
        return base
    place = channel
    if channel.is_thread:
        parent = world.channels.get(channel.parent_id)
        if parent is None:
            return 0
        place = parent
    permissions = _with_overwrites(world, place, user_id, base)
    if not permissions & Permission.VIEW_CHANNEL:
        return 0
    speaks = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    if not permissions & speaks:
        permissions &= ~_NOT_WITHOUT_SENDING
    hidden = channel.type == ChannelType.PRIVATE_THREAD and not permissions & Permission.MANAGE_THREADS
    if hidden and user_id not in world.joined[channel.id]:
        return 0
    return permissions


def _with_overwrites(world: World, channel: Channel, user_id: str, base: int) -> int:
    member = world.member(channel.guild_id, user_id)
    roles = set(member.roles) if member else set[str]()
    allow = deny = 0
    own_allow = own_deny = 0
    for overwrite in channel.overwrites:
        allowed, denied = int(overwrite["allow"]), int(overwrite["deny"])
        if overwrite["id"] == channel.guild_id:
            base = (base & ~denied) | allowed
        elif overwrite["id"] in roles:
            allow |= allowed
            deny |= denied
        elif overwrite["type"] == 1 and overwrite["id"] == user_id:
            own_allow, own_deny = allowed, denied
    base = (base & ~deny) | allow
    return (base & ~own_deny) | own_allow


def can_view(world: World, channel: Channel, user_id: str) -> bool:
    """Whether a user sees a channel."""
    return bool(channel_permissions(world, channel, user_id) & Permission.VIEW_CHANNEL)


def viewers(world: World, channel: Channel) -> frozenset[str]:
    """All who see a channel, for events about one that is about to go."""
    if channel.guild_id is None:
        return frozenset(channel.recipients)
    members = (member.user_id for member in world.members if member.guild_id == channel.guild_id)
    return frozenset(user_id for user_id in members if can_view(world, channel, user_id))


def require(world: World, user: User, channel: Channel, needed: int = 0) -> int:
    """What a user may do in a channel, having made sure they see it and have all bits of `needed`.

    Raises DiscordError 50001 when they don't see it, 50013 when a needed permission is missing.
    """
    permissions = channel_permissions(world, channel, user.id)
    if not permissions & Permission.VIEW_CHANNEL:
        raise DiscordError(MISSING_ACCESS)
    if permissions & needed != needed:
        raise DiscordError(MISSING_PERMISSIONS)
    return permissions


def require_in_guild(world: World, user: User, guild: Guild, needed: int = 0) -> int:
    """What a user may do in the guild; raises DiscordError 50001 for a stranger, 50013 when something is missing."""
    permissions = guild_permissions(world, guild, user.id)
    if world.member(guild.id, user.id) is None:
        raise DiscordError(MISSING_ACCESS)
    if permissions & needed != needed:
        raise DiscordError(MISSING_PERMISSIONS)
    return permissions


def members_with(world: World, guild: Guild, any_of: int) -> frozenset[str]:
    """The members that have any of these permissions in the guild as a whole."""
    ids = (member.user_id for member in world.members if member.guild_id == guild.id)
    return frozenset(user_id for user_id in ids if guild_permissions(world, guild, user_id) & any_of)


def top_rank(world: World, guild: Guild, user_id: str) -> tuple[int, int]:
    """How high a member's highest role stands (`Role.rank`); the owner stands above all."""
    if guild.owner_id == user_id:
        return 1 << 30, 0
    member = world.member(guild.id, user_id)
    roles = (world.roles.get(role_id) for role_id in (member.roles if member else ()))
    return max((role.rank for role in roles if role), default=world.roles[guild.id].rank)
