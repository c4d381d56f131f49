"""The topics of the channels that the coordinator creates."""

from __future__ import annotations

import claw_discord_coord.workspace  # noqa: F401 - before discord, whose import warns on Python 3.11
from claw_discord_coord.config.model import Config
from claw_discord_coord.workspace.channel_topics import BOARD_TOPIC, GENERAL_TOPIC, topic_of

RUNTIME = {"kind": "command", "command": ["true"]}
CONFIG = Config.model_validate(
    {
        "agents": {
            "research": {"purpose": "Surveys folders.", "channel": "research", "runtime": RUNTIME},
            "writing": {"purpose": "Writes @everyone\nreports.", "channel": "reports", "runtime": RUNTIME},
            "long": {"purpose": "x" * 5000, "channel": "long", "runtime": RUNTIME},
        },
        "destinations": {"report": {"kind": "discord", "channel": "reports"}},
    }
)


def test_each_channel_has_a_topic_that_fits_it() -> None:
    assert topic_of(CONFIG, "registry") == BOARD_TOPIC
    assert topic_of(CONFIG, "research") == "Tasks of research: Surveys folders."
    assert "Results that agents deliver to report." in topic_of(CONFIG, "reports")
    assert topic_of(CONFIG, "elsewhere") == GENERAL_TOPIC


def test_a_topic_is_one_line_within_discords_limit() -> None:
    assert len(topic_of(CONFIG, "long")) <= 1024
    assert "\n" not in topic_of(CONFIG, "reports")
