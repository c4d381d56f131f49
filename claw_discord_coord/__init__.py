"""Makes a Discord server the place where an assistant's delegated agents work."""

__version__ = "0.1.0"
