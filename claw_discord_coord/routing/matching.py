"""Matches an output against the routes of skill.yaml."""

from __future__ import annotations

from collections.abc import Sequence

import regex

from claw_discord_coord.config.model import Config
from claw_discord_coord.config.routes import Match, RouteConfig
from claw_discord_coord.routing.explanation import Condition, Considered
from claw_discord_coord.routing.output import Output
from claw_discord_coord.text.excerpts import beginning

# Agents write the texts that a route's regular expression is searched in, so both length and time are limited.
SEARCHED_CHARS = 20_000
"""How much of a text is searched."""
SEARCH_LIMIT_S = 0.5
"""How long a search may take before it counts as not found."""


def consider(config: Config, output: Output) -> tuple[Considered, ...]:
    """Return the verdict of each route on the output. May take seconds."""
    conditions = [tuple(_conditions(rule.when, output)) for rule in config.routes]
    matching = [all(condition.holds for condition in of_route) for of_route in conditions]
    regular = [index for index, rule in enumerate(config.routes) if matching[index] and not rule.default]
    # A default counts only if no regular route matches, wherever the default stands in the list.
    candidates = regular or [index for index, matches in enumerate(matching) if matches]
    taken = set(candidates if config.routing == "all" else candidates[:1])
    return tuple(
        Considered(
            rule.called,
            rule.to,
            conditions[index],
            matching[index],
            index in taken,
            _why(rule, conditions[index], taken=index in taken),
        )
        for index, rule in enumerate(config.routes)
    )


def sum_up(config: Config, considered: Sequence[Considered]) -> str:
    """Return a sentence on how many routes are taken, and why."""
    taken = [seen.route for seen in considered if seen.taken]
    if not config.routes:
        return "There are no routes, so the output goes nowhere but to its task."
    if not taken:
        return "No route matches, so the output goes nowhere but to its task."
    mode = "the first that matches" if config.routing == "first" else "every one that matches"
    return f"{len(taken)} of {len(considered)} routes taken ({mode}): {', '.join(taken)}."


def _conditions(when: Match, output: Output) -> list[Condition]:
    """Check the conditions in skill.yaml, and the state."""
    # The state counts even if the route does not name one: `Match` then wants completed work only.
    given: list[Condition] = [_any_of("state", when.state, output.state)]
    for name, wanted, found in (
        ("kind", when.kind, output.kind),
        ("agent", when.agent, output.agent),
        ("channel", when.channel, output.channel),
        ("priority", when.priority, output.priority),
    ):
        if wanted:
            given.append(_any_of(name, wanted, found))
    if when.label:
        holds = any(label in output.labels for label in when.label)
        given.append(Condition("label", " or ".join(when.label), ", ".join(output.labels) or "none", holds))
    # Private outputs take only routes that say so: a rule that was written for other outputs must not publish them.
    if when.private is not None or output.private:
        wanted = when.private or False
        given.append(Condition("private", _yes(wanted), _yes(output.private), wanted is output.private))
    if when.text is not None:
        given.append(_searched(when.text, output.text))
    return given


def _any_of(name: str, wanted: Sequence[str], found: str | None) -> Condition:
    return Condition(name, " or ".join(wanted), found or "none", found in wanted)


def _searched(pattern: str, text: str) -> Condition:
    # The package `regex` is used because the standard library's `re` has no timeout.
    try:
        match = regex.search(pattern, text[:SEARCHED_CHARS], timeout=SEARCH_LIMIT_S)
    except TimeoutError:
        return Condition("text", pattern, f"nothing within {SEARCH_LIMIT_S} s; the pattern is too slow", holds=False)
    return Condition("text", pattern, repr(beginning(match[0], 80)) if match else "no such text", match is not None)


def _why(rule: RouteConfig, conditions: Sequence[Condition], *, taken: bool) -> str:
    failed = [f"{each.name} is {each.found}, not {each.wanted}" for each in conditions if not each.holds]
    if failed:
        return f"Not taken: {'; '.join(failed)}."
    met = ", ".join(f"{each.name} {each.found}" for each in conditions)
    if taken:
        return f"Taken as the default, since no other route matched: {met}." if rule.default else f"Taken: {met}."
    if rule.default:
        return "Not taken: the route is a default, and another route matches."
    return "Not taken: the route matches, but an earlier route has decided."


def _yes(value: bool) -> str:
    return "yes" if value else "no"
