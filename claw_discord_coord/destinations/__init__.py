"""Where results go: one file per kind of destination, and the rules that decide between them.

`routing` decides, `catalog` makes the destinations that skill.yaml names. README.md says how to write another kind.
"""

from claw_discord_coord.destinations.catalog import build, guarantee_of
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.output import Output
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.destinations.surroundings import Surroundings

__all__ = ["Guarantee", "Output", "Surroundings", "build", "guarantee_of", "receipt"]
