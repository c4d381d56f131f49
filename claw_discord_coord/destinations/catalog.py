"""All kinds of destination, and the construction of the destinations in skill.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, cast

from pydantic import BaseModel

from claw_discord_coord.config.destinations import DESTINATIONS, PluginDestinationConfig
from claw_discord_coord.config.model import Config
from claw_discord_coord.destinations.apprise import Apprise
from claw_discord_coord.destinations.blog.blog import Blog
from claw_discord_coord.destinations.channel import Channel
from claw_discord_coord.destinations.command import Command
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.file import File
from claw_discord_coord.destinations.github.github import GitHub
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.openclaw import OpenClaw
from claw_discord_coord.destinations.prepares import preparing
from claw_discord_coord.destinations.webhook import Webhook
from claw_discord_coord.ports import Destination
from claw_discord_coord.routing.rules import DestinationTraits

BUILT_IN: dict[str, type[Destination]] = {
    "apprise": Apprise,
    "blog": Blog,
    "command": Command,
    "discord": Channel,
    "file": File,
    "github": GitHub,
    "openclaw": OpenClaw,
    "webhook": Webhook,
}
"""The kinds of this package; each class has a `Settings` model and is made of (name, settings, context)."""


class Make(Protocol):
    """The constructor of every class of destination."""

    def __call__(self, name: str, settings: BaseModel, context: DestinationContext) -> Destination:
        """Make the destination. Nothing is connected or written yet."""
        ...


def build(config: Config, context: DestinationContext) -> dict[str, Destination]:
    """Make all destinations of skill.yaml, by name. Nothing is connected or written yet."""
    destinations: dict[str, Destination] = {}
    for name, settings in config.destinations.items():
        if isinstance(settings, PluginDestinationConfig):
            make = cast("Make", DESTINATIONS.load_class(settings.kind))
            destinations[name] = make(name, settings.settings, context)
        else:
            destinations[name] = cast("Make", BUILT_IN[settings.kind])(name, settings, context)
    return destinations


def traits_of(destinations: Mapping[str, Destination]) -> DestinationTraits:
    """Return the facts about destinations for routing."""
    leaving = frozenset(name for name, destination in destinations.items() if destination.leaves_machine())
    return DestinationTraits(leaving, preparing(destinations))


def guarantee_of(destination: Destination) -> Guarantee:
    """Return the declared guarantee of a destination, or else the weakest guarantee."""
    # Not part of the protocol `Destination`: a plugin that forgets the attribute must not promise anything by accident.
    declared = getattr(type(destination), "guarantee", None)
    return declared if isinstance(declared, Guarantee) else Guarantee.AT_LEAST_ONCE
