"""The state of the local Discord: users, guild, channels, messages and what else there is."""
