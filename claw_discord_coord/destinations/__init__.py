"""Sends outputs to their destinations: one file or folder for each kind.

`catalog` makes the destinations of skill.yaml. README.md shows how to write another kind.
"""

from claw_discord_coord.destinations.catalog import build, guarantee_of
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.prepares import Prepares
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.routing.output import Output

__all__ = ["DestinationContext", "Guarantee", "Output", "Prepares", "build", "guarantee_of", "receipt"]
