"""Makes a Discord server the place where an assistant's delegated agents work."""

__version__ = "0.1.0"
"""The version of everything: the package, skill.yaml, and OpenClaw's plugin. `cli/generate.py` writes it there."""
