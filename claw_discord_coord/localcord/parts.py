"""The parts that a request may need, joined once by the server."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .clock import Clock
from .faults import Faults
from .limits import Limits
from .rate_limits import RateLimits
from .world.world import World

if TYPE_CHECKING:
    from .gateway.hub import Hub


@dataclass(slots=True)
class Parts:
    """State, clock, limits, faults and the gateway's hub."""

    world: World
    clock: Clock
    limits: Limits
    rate_limits: RateLimits
    faults: Faults
    hub: "Hub"

    def flush(self) -> None:
        """Save what changed and send the events it caused."""
        self.hub.send(self.world.commit())
