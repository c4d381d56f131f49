"""Decides where an output goes, by the rules of skill.yaml. Pure: it looks at nothing but what it is given."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import regex

from claw_discord_coord.config import template
from claw_discord_coord.config.destinations import GitHubDestinationConfig
from claw_discord_coord.config.model import Config
from claw_discord_coord.config.routes import Match, RouteConfig
from claw_discord_coord.destinations.github import target as github_target
from claw_discord_coord.errors import DeliveryFailed, Refused, UnknownDestination, UnknownKind
from claw_discord_coord.routing.output import Output
from claw_discord_coord.text import front_matter
from claw_discord_coord.text.secrets import mask_metadata, mask_secrets

SEARCHED_CHARS = 20_000
"""How much of a text a route's regular expression is searched in; agents write texts, so it must not cost much time."""
SEARCH_LIMIT_S = 0.5
"""How long that may take before it counts as not found."""

EXPLICIT = "given by the caller"
"""The route's name of a delivery whose destination was named by the caller."""


@dataclass(frozen=True)
class Planned:
    """One output to be sent to one destination: the content that will be shown there, and why it goes there.

    `about` is metadata, which destinations read and never show. `problem` is set where a template of the route could
    not be filled in: it says why, and `title`, `text` and `about` are the output's own.
    """

    destination: str
    route: str
    title: str
    text: str
    why: str
    about: dict[str, front_matter.Value] = field(default_factory=dict[str, front_matter.Value])
    problem: str | None = None

    def masked(self) -> Self:
        """Return the plan with secrets masked in its title, text and metadata."""
        return replace(
            self, title=mask_secrets(self.title), text=mask_secrets(self.text), about=mask_metadata(self.about)
        )


@dataclass(frozen=True)
class Condition:
    """One condition of a route and whether it holds: what is wanted, and what the output has, in words for a person."""

    name: str
    wanted: str
    found: str
    holds: bool


@dataclass(frozen=True)
class Considered:
    """One route as seen by one output. `why` says in a sentence why it is taken or not."""

    route: str
    to: tuple[str, ...]
    conditions: tuple[Condition, ...]
    matches: bool
    taken: bool
    why: str


@dataclass(frozen=True)
class Explanation:
    """How the rules see an output: every route in the order of skill.yaml, what is planned, and a sentence on why.

    `left_out` has a sentence for each destination that gets nothing since the output is private.
    """

    considered: tuple[Considered, ...]
    planned: tuple[Planned, ...]
    why: str
    left_out: tuple[str, ...] = ()


def explain(
    config: Config, output: Output, *, to: Sequence[str] = (), leaving: Collection[str] = frozenset()
) -> Explanation:
    """Plan what is sent where, and say why: to the destinations `to`, where the caller names some, otherwise as the
    routes say. Nothing is sent.

    A destination appears once; where several routes name it, the first decides what is shown there. `leaving` are the
    destinations whose outputs leave this machine; they get nothing of what is private. Templates are filled in, so it
    may take seconds.

    Raises:
        UnknownDestination: `to` names one that skill.yaml does not have.
        Refused: `to` names one of `leaving` for a private output.

    """
    explanation = _explained(config, output, to)
    hidden = [plan.destination for plan in explanation.planned if output.private and plan.destination in leaving]
    if hidden and to:
        raise Refused(
            f"A private output may not leave this machine, and {', '.join(hidden)} would show it.",
            fix="Name a destination that keeps it here, such as a blog or a file.",
        )
    kept = tuple(plan for plan in explanation.planned if plan.destination not in hidden)
    left_out = tuple(f"{name} is left out: the output is private, and {name} leaves this machine." for name in hidden)
    return replace(explanation, planned=kept, left_out=left_out)


def with_kind(config: Config, output: Output) -> Output:
    """Answer the output, of the kind that its agent produces if nothing else says one."""
    agent = config.agents.get(output.agent or "")
    return output if output.kind or agent is None else replace(output, kind=agent.produces)


def plan_again(config: Config, output: Output, *, route: str, destination: str) -> Planned:
    """Plan one delivery anew, by the route of that name as it is in skill.yaml now.

    Raises:
        DeliveryFailed: no route of that name leads there any more, or its template still cannot be filled in.

    """
    rule = next((rule for rule in config.routes if rule.called == route and destination in rule.to), None)
    if rule is None:
        raise DeliveryFailed(
            f"skill.yaml no longer has a route {route!r} to {destination}.", fix="Put it back, then resend."
        )
    planned = _plan(config, rule, destination, output, "Planned again.")
    if planned.problem is not None:
        raise DeliveryFailed(planned.problem)
    return planned


def _explained(config: Config, output: Output, to: Sequence[str]) -> Explanation:
    if to:
        check_destinations(config, to)
        planned = tuple(
            Planned(name, EXPLICIT, output.title, output.text, "The caller named it.", _about(config, name, output))
            for name in dict.fromkeys(to)
        )
        return Explanation((), planned, "The caller named the destinations, so the routes were not asked.")
    considered = tuple(_consider(config, output))
    plans: dict[str, Planned] = {}
    for rule, seen in zip(config.routes, considered, strict=True):
        for name in rule.to if seen.taken else ():
            if name not in plans:
                plans[name] = _plan(config, rule, name, output, seen.why)
    return Explanation(considered, tuple(plans.values()), _sum_up(config, considered))


def known_kinds(config: Config) -> tuple[str, ...]:
    """List the kinds an output may have: those skill.yaml lists, or else those its routes name; empty: any."""
    return config.kinds or tuple(dict.fromkeys(kind for rule in config.routes for kind in rule.when.kind))


def check_kind(config: Config, kind: str | None) -> None:
    """Refuse a kind that skill.yaml does not know; no kind at all is fine.

    Raises:
        UnknownKind: listing the kinds there are.

    """
    known = known_kinds(config)
    if kind is not None and known and kind not in known:
        raise UnknownKind(
            f"There is no kind of output called {kind!r}; there are: {', '.join(known)}.",
            fix="Use one of these, or add it to `kinds` in skill.yaml.",
        )


def check_destinations(config: Config, names: Sequence[str]) -> None:
    """Refuse names of destinations that skill.yaml does not have.

    Raises:
        UnknownDestination: listing the destinations there are.

    """
    unknown = [name for name in names if name not in config.destinations]
    if unknown:
        raise UnknownDestination(
            f"There is no destination called {', '.join(map(repr, unknown))}; "
            f"there are: {', '.join(config.destinations) or 'none'}.",
            fix="Use one of these, or add it to `destinations` in skill.yaml.",
        )


def _consider(config: Config, output: Output) -> list[Considered]:
    conditions = [tuple(_conditions(rule.when, output)) for rule in config.routes]
    matching = [all(condition.holds for condition in some) for some in conditions]
    regular = [index for index, rule in enumerate(config.routes) if matching[index] and not rule.default]
    candidates = regular or [index for index, matches in enumerate(matching) if matches]
    taken = set(candidates if config.routing == "all" else candidates[:1])
    return [
        Considered(
            rule.called,
            rule.to,
            conditions[index],
            matching[index],
            index in taken,
            _why(rule, conditions[index], index, taken),
        )
        for index, rule in enumerate(config.routes)
    ]


def _conditions(when: Match, output: Output) -> list[Condition]:
    """Check the conditions of `when` that were given, and the state, which always counts."""
    given: list[Condition] = [_one_of("state", when.state, output.state)]
    for name, wanted, found in (
        ("kind", when.kind, output.kind),
        ("agent", when.agent, output.agent),
        ("channel", when.channel, output.channel),
        ("priority", when.priority, output.priority),
    ):
        if wanted:
            given.append(_one_of(name, wanted, found))
    if when.label:
        held = any(label in output.labels for label in when.label)
        given.append(Condition("label", _either(when.label), ", ".join(output.labels) or "none", held))
    if when.private is not None:
        given.append(Condition("private", _yes(when.private), _yes(output.private), when.private is output.private))
    if when.text is not None:
        given.append(_searched(when.text, output.text))
    return given


def _one_of(name: str, wanted: Sequence[str], found: str | None) -> Condition:
    return Condition(name, _either(wanted), found or "none", found in wanted)


def _searched(pattern: str, text: str) -> Condition:
    try:
        match = regex.search(pattern, text[:SEARCHED_CHARS], timeout=SEARCH_LIMIT_S)
    except TimeoutError:
        return Condition("text", pattern, f"nothing within {SEARCH_LIMIT_S} s; the pattern is too slow", holds=False)
    return Condition("text", pattern, repr(match[0][:80]) if match else "no such text", match is not None)


def _why(rule: RouteConfig, conditions: Sequence[Condition], index: int, taken: set[int]) -> str:
    failed = [f"{one.name} is {one.found}, not {one.wanted}" for one in conditions if not one.holds]
    if failed:
        return f"Not taken: {'; '.join(failed)}."
    met = ", ".join(f"{one.name} {one.found}" for one in conditions)
    if index in taken:
        return f"Taken as the default, since no other route matched: {met}." if rule.default else f"Taken: {met}."
    if rule.default:
        return "Not taken: it is only for what no other route matches."
    return "Not taken: it matches, but an earlier route has decided."


def _plan(config: Config, rule: RouteConfig, destination: str, output: Output, why: str) -> Planned:
    values = {**output.values(), "route": rule.called, "destination": destination}
    try:
        title = output.title if rule.title is None else " ".join(_rendered(rule.title, values, rule, "title").split())
        said, text = ({}, output.text) if rule.text is None else _templated(rule.text, values, rule)
        problem = None
    except DeliveryFailed as error:
        title, said, text, problem = output.title, {}, output.text, error.sentence()
    about = {**_about(config, destination, output), **said}
    return Planned(destination, rule.called, title or output.title, text, why, about, problem)


def _templated(source: str, values: dict[str, object], rule: RouteConfig) -> tuple[dict[str, front_matter.Value], str]:
    """Fill in a route's text template, and return its front matter and the text below."""
    whole = _rendered(source, values, rule, "text")
    about, body = front_matter.split(whole)
    # A block at the head may also come from the output's text, of which nothing may be lost. The template's own block
    # is there as well when the output's text is a single word.
    if about and front_matter.split(_rendered(source, {**values, "text": "word"}, rule, "text"))[0]:
        return about, body
    return {}, whole


def _rendered(source: str, values: dict[str, object], rule: RouteConfig, part: str) -> str:
    try:
        return template.render(source, values)
    except template.RenderingError as error:
        raise DeliveryFailed(
            f"The {part} template of the route {rule.called!r} cannot be filled in: {error}.",
            fix="Correct the template in skill.yaml, then resend.",
        ) from None


def _about(config: Config, destination: str, output: Output) -> dict[str, front_matter.Value]:
    """Return the output's metadata for a destination.

    For GitHub, the pull request or issue that the task links to is added, if nothing else names one.
    """
    about = dict(output.about)
    settings = config.destinations[destination]
    if isinstance(settings, GitHubDestinationConfig) and settings.number is None and settings.branch is None:
        number = github_target.linked(settings, output.task_text or "")
        if number is not None and not any(key in about for key in github_target.KEYS):
            about["pull_request"] = number
    return about


def _sum_up(config: Config, considered: Sequence[Considered]) -> str:
    taken = [seen.route for seen in considered if seen.taken]
    if not config.routes:
        return "There are no routes, so the output goes nowhere but to its task."
    if not taken:
        return "No route matches, so the output goes nowhere but to its task."
    mode = "the first that matches" if config.routing == "first" else "every one that matches"
    return f"{len(taken)} of {len(considered)} routes taken ({mode}): {', '.join(taken)}."


def _either(words: Sequence[str]) -> str:
    return " or ".join(words)


def _yes(value: bool) -> str:
    return "yes" if value else "no"
