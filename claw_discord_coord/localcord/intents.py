"""Gateway intents. Source: Discord documentation, events/gateway, "List of Intents"."""

from enum import IntFlag


class Intent(IntFlag):
    """Groups of events a bot asks for when it identifies."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


_UNDOCUMENTED = sum(1 << bit for bit in (17, 18, 19, 22, 23))
"""Bits of Discord's own clients, which libraries that ask for everything send too. Source: docs.discord.food."""

KNOWN = sum(intent.value for intent in Intent) | _UNDOCUMENTED
"""All bits that mean something; any other makes IDENTIFY fail with 4013."""

PRIVILEGED = {
    "members": int(Intent.GUILD_MEMBERS),
    "presences": int(Intent.GUILD_PRESENCES),
    "message_content": int(Intent.MESSAGE_CONTENT),
}
"""Intents that must be switched on for the application, else IDENTIFY fails with 4014."""
