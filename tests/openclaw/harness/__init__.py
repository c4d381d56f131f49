"""The real OpenClaw in a private folder, with a model that says what a test tells it to say."""

from tests.openclaw.harness.install import Installed, OpenClawMissing, install
from tests.openclaw.harness.model import Call, Fail, Hold, Say, ScriptedModel
from tests.openclaw.harness.openclaw import OpenClaw

__all__ = ["Call", "Fail", "Hold", "Installed", "OpenClaw", "OpenClawMissing", "Say", "ScriptedModel", "install"]
