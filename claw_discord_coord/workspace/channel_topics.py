"""Words the topics of the channels that the coordinator creates."""

from __future__ import annotations

from claw_discord_coord.config.destinations import DiscordDestinationConfig
from claw_discord_coord.config.model import Config
from claw_discord_coord.models import BOARD_CHANNEL
from claw_discord_coord.text.sanitize import one_line

TOPIC_CHARS = 1024
"""Discord's limit for text channels; forums allow more (Discord documentation, resources/channel, `topic`)."""

BOARD_TOPIC = "The board: what all agents are doing, what they finished, and what waits for a person."
GENERAL_TOPIC = "Posts of the agents."
"""The topic of a channel that skill.yaml does not name, for example one of an older skill.yaml."""


def topic_of(config: Config, channel: str) -> str:
    """Return the topic of a channel: the agents that work there and the destinations that post there."""
    parts = [BOARD_TOPIC] if channel == BOARD_CHANNEL else []
    for name, agent in config.agents.items():
        if agent.channel == channel:
            parts.append(f"Tasks of {name}: {one_line(agent.purpose, 300)}")
    outputs = [
        name
        for name, destination in config.destinations.items()
        if isinstance(destination, DiscordDestinationConfig) and destination.channel == channel
    ]
    if outputs:
        parts.append(f"Results that agents deliver to {', '.join(outputs)}.")
    return one_line(" ".join(parts) or GENERAL_TOPIC, TOPIC_CHARS)
