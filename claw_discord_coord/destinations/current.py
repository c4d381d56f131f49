"""Builds the destinations of the settings in force."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from claw_discord_coord.config.model import Config
from claw_discord_coord.destinations.catalog import build
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.ports import Destination


class CurrentDestinations:
    """The destinations of the settings in force, built once for each change of the settings."""

    def __init__(self, config: Callable[[], Config], context: DestinationContext) -> None:
        self._config = config
        self._context = context
        self._built_for: Config | None = None
        self._built: Mapping[str, Destination] = {}

    def __call__(self) -> Mapping[str, Destination]:
        """Return the destinations by name."""
        config = self._config()
        if self._built_for is not config:
            self._built = build(config, self._context)
            self._built_for = config
        return self._built
