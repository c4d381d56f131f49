"""The real OpenClaw in a private folder, with a model that says what a test tells it to say."""

from tests.openclaw.harness.coordinator import CoordinatorProcess
from tests.openclaw.harness.install import Installed, OpenClawMissing, install
from tests.openclaw.harness.model import Call, Fail, Hold, Say, ScriptedModel
from tests.openclaw.harness.openclaw import OpenClaw
from tests.openclaw.harness.person import Person

__all__ = [
    "Call",
    "CoordinatorProcess",
    "Fail",
    "Hold",
    "Installed",
    "OpenClaw",
    "OpenClawMissing",
    "Person",
    "Say",
    "ScriptedModel",
    "install",
]
