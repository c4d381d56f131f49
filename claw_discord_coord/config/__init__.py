"""The settings in skill.yaml: models, reading, checking."""

from claw_discord_coord.config.file import ConfigFile, load
from claw_discord_coord.config.model import AgentConfig, Config

__all__ = ["AgentConfig", "Config", "ConfigFile", "load"]
