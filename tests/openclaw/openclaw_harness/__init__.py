"""The real OpenClaw in a private folder, with a model that says what a test tells it to say."""

from openclaw_harness.install import Installed, OpenClawMissing, install
from openclaw_harness.model import Call, Fail, Hold, Say, ScriptedModel
from openclaw_harness.openclaw import OpenClaw

__all__ = ["Call", "Fail", "Hold", "Installed", "OpenClaw", "OpenClawMissing", "Say", "ScriptedModel", "install"]
