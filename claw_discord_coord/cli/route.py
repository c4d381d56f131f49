"""`route explain`: shows the destinations of an output and the reasons. Sends nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from claw_discord_coord.config.file import load
from claw_discord_coord.config.locate import locate
from claw_discord_coord.destinations.catalog import build, traits_of
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.errors import UnknownAgent
from claw_discord_coord.routing.output import Declared, Output, Source
from claw_discord_coord.routing.rules import check_kind, explain, with_kind
from claw_discord_coord.skills.route_output import explained, show_explanation
from claw_discord_coord.text.sanitize import printable


def hypothetical(config_path: Path | None, given: dict[str, Any]) -> dict[str, Any]:
    """Explain an output with the given properties from skill.yaml alone, without a coordinator.

    Raises:
        ConfigError, UnknownAgent, UnknownKind: A property is not in skill.yaml.
    """
    config = load(locate(config_path, None, here=Path.cwd()).file)
    agent = config.agents.get(given["agent"]) if given["agent"] else None
    if given["agent"] and agent is None:
        raise UnknownAgent(f"There is no agent {given['agent']!r}.", fix=f"Name one of: {', '.join(config.agents)}.")
    output = Output.of_content(
        given["text"] or "(the text)",
        declared=Declared(given["kind"], None if given["text"] else "(the title)", given["label"], given["priority"]),
        source=Source(given["agent"], agent.channel if agent else None, given["private"]),
        state=given["state"],
    )
    check_kind(config, output.kind)
    output = with_kind(config, output)
    traits = traits_of(build(config, DestinationContext(Path.cwd())))
    return explained(explain(config, output, traits=traits), tuple(config.destinations)).model_dump(mode="json")


def show(said: dict[str, Any], *, as_json: bool) -> None:
    """Print an explanation."""
    if as_json:
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    click.echo(printable(show_explanation(said)))
