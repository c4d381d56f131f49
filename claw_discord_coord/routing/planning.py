"""Makes the content of a delivery: the output, a route's templates, and metadata of the destination."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from claw_discord_coord.config import template
from claw_discord_coord.config.routes import RouteConfig
from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.routing.explanation import Planned
from claw_discord_coord.routing.output import Output
from claw_discord_coord.text import front_matter

EXPLICIT = "given by the caller"
"""The route's name of a delivery whose destination was named by the caller."""

Metadata = dict[str, front_matter.Value]

Prepare = Callable[[Output], Mapping[str, front_matter.Value]]
"""Returns metadata that a destination adds to an output; raises DeliveryFailed if the output cannot be sent there."""


@dataclass(frozen=True)
class Planner:
    """Plans deliveries of an output. `prepare` has an entry for each destination with metadata to add."""

    output: Output
    prepare: Mapping[str, Prepare] = field(default_factory=dict[str, Prepare])

    def by_route(self, rule: RouteConfig, destination: str, why: str) -> Planned:
        """Plan a delivery with the content from the route's templates. May take seconds."""
        return self._plan(Planned(destination, rule.called, self.output.title, self.output.text, why), rule)

    def by_name(self, destination: str) -> Planned:
        """Plan a delivery to a destination named by the caller."""
        why = "The caller named it."
        return self._plan(Planned(destination, EXPLICIT, self.output.title, self.output.text, why), None)

    def _plan(self, plan: Planned, rule: RouteConfig | None) -> Planned:
        plan = replace(plan, about=self.output.about)
        try:
            return self._with_added(plan if rule is None else self._templated(plan, rule))
        except DeliveryFailed as error:
            return replace(plan, problem=error.sentence())

    def _templated(self, plan: Planned, rule: RouteConfig) -> Planned:
        values = {**self.output.values(), "route": rule.called, "destination": plan.destination}
        if rule.title is not None:
            # One line, because titles become headings, file names and subjects.
            title = " ".join(_rendered(rule, "title", rule.title, values).split())
            plan = replace(plan, title=title or plan.title)
        if rule.text is not None:
            about, text = _split(rule, rule.text, values)
            plan = replace(plan, text=text, about={**plan.about, **about})
        return plan

    def _with_added(self, plan: Planned) -> Planned:
        """Add the destination's metadata; metadata of route and output wins."""
        if plan.destination not in self.prepare:
            return plan
        # The destination sees the route's metadata, too: a guess of its own must not contradict the route.
        added = self.prepare[plan.destination](replace(self.output, about=plan.about))
        return replace(plan, about={**added, **plan.about})


def _split(rule: RouteConfig, source: str, values: dict[str, object]) -> tuple[Metadata, str]:
    """Fill in a text template, and return the template's own front matter and the text below."""
    whole = _rendered(rule, "text", source, values)
    about, body = front_matter.split(whole)
    # A block at the head may also be the beginning of the output's text, of which nothing may be lost. Only the
    # template's own block is still there when a single word stands for the output's text.
    if about and front_matter.split(_rendered(rule, "text", source, {**values, "text": "word"}))[0]:
        return about, body
    return {}, whole


def _rendered(rule: RouteConfig, part: str, source: str, values: dict[str, object]) -> str:
    try:
        return template.render(source, values)
    except template.RenderingError as error:
        raise DeliveryFailed(
            f"The {part} template of the route {rule.called!r} cannot be filled in: {error}.",
            fix="Correct the template in skill.yaml, then resend.",
        ) from None
