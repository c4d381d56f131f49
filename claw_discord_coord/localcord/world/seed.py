"""The world at the start: one guild, two people, two bots, one channel."""

import secrets
from collections.abc import Sequence

from ..permissions import BOT, EVERYONE
from .audit import AuditEntry, AuditEvent
from .channel import Channel, ChannelType
from .guild import Guild, Member, Role
from .user import Application, User, make_token
from .world import World


def seed(world: World, bots: Sequence[str], people: Sequence[str]) -> Guild:
    """Make the guild with its people (the first owns it) and bots; answers the guild."""
    guild_id = world.new_id()
    owner = add_person(world, people[0])
    guild = world.guilds.put(Guild(guild_id, "Local guild", owner.id))
    world.roles.put(Role(guild.id, guild.id, "@everyone", EVERYONE))
    category = Channel(world.new_id(), ChannelType.CATEGORY, guild.id, "Text channels")
    general = Channel(world.new_id(), ChannelType.TEXT, guild.id, "general", parent_id=category.id)
    world.add_channel(category)
    world.add_channel(general)
    guild.system_channel_id = guild.rules_channel_id = guild.public_updates_channel_id = general.id
    join(world, guild, owner)
    for name in people[1:]:
        join(world, guild, add_person(world, name))
    for name in bots:
        add_bot(world, guild, name)
    return guild


def add_person(world: World, name: str) -> User:
    """Make an account for a person."""
    user_id = world.new_id()
    return world.add_user(User(user_id, name, make_token(user_id), global_name=name.capitalize()))


def join(world: World, guild: Guild, user: User) -> Member:
    """Make a user a member of the guild."""
    return world.members.put(Member(guild.id, user.id, world.clock.now_iso()))


def add_bot(world: World, guild: Guild, name: str, permissions: int = BOT) -> User:
    """Make an application with its bot and add the bot to the guild with a role of its own."""
    bot_id = world.new_id()
    user = world.add_user(User(bot_id, name, make_token(bot_id), bot=True, application_id=bot_id))
    world.applications.put(Application(bot_id, name, bot_id, guild.owner_id, secrets.token_hex(32)))
    role = Role(
        world.new_id(),
        guild.id,
        name,
        permissions,
        position=len(world.roles_of(guild.id)),
        managed=True,
        tags={"bot_id": bot_id},
    )
    world.roles.put(role)
    member = join(world, guild, user)
    member.roles.append(role.id)
    world.log(AuditEntry(world.new_id(), guild.id, guild.owner_id, AuditEvent.BOT_ADD, bot_id))
    return user
