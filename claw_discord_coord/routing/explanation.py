"""The results of routing: the verdict of each route on an output, and the plan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self

from claw_discord_coord.text import front_matter
from claw_discord_coord.text.sanitize import outgoing, outgoing_metadata


@dataclass(frozen=True)
class Planned:
    """The plan to send an output to a destination, with the content to send.

    `about` is metadata, read by destinations and never shown. `problem` is set if the content could not be prepared
    (a template fails, for example); `title`, `text` and `about` are the output's own then.
    """

    destination: str
    route: str
    title: str
    text: str
    why: str
    about: dict[str, front_matter.Value] = field(default_factory=dict[str, front_matter.Value])
    problem: str | None = None

    def masked(self) -> Self:
        """Return the plan without secrets and hidden characters in title, text and metadata."""
        return replace(self, title=outgoing(self.title), text=outgoing(self.text), about=outgoing_metadata(self.about))


@dataclass(frozen=True)
class Condition:
    """A condition of a route: the wanted value, the value found, and the verdict. Values are words for a person."""

    name: str
    wanted: str
    found: str
    holds: bool


@dataclass(frozen=True)
class Considered:
    """The verdict of a route on an output. `why` says in a sentence why the route is taken or not."""

    route: str
    to: tuple[str, ...]
    conditions: tuple[Condition, ...]
    matches: bool
    taken: bool
    why: str


@dataclass(frozen=True)
class Explanation:
    """All routes in the order of skill.yaml, the plan for each destination, and a summary.

    `left_out` has a sentence for each destination left out because the output is private.
    """

    considered: tuple[Considered, ...]
    planned: tuple[Planned, ...]
    why: str
    left_out: tuple[str, ...] = ()
