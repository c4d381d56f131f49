"""Makes a Discord server the place where an assistant's delegated agents work."""
