"""Applies the rules of skill.yaml to an output. Pure: the arguments alone decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from claw_discord_coord.config.model import Config
from claw_discord_coord.errors import DeliveryFailed, NotAuthorized, Refused, UnknownDestination, UnknownKind
from claw_discord_coord.routing.explanation import Explanation, Planned
from claw_discord_coord.routing.matching import consider, sum_up
from claw_discord_coord.routing.output import Output
from claw_discord_coord.routing.planning import EXPLICIT, Planner, Prepare


@dataclass(frozen=True)
class DestinationTraits:
    """The facts about destinations for planning, by the destinations' names.

    `leaving` are the destinations visible to others, left out for private outputs. `prepare` has the function of each
    destination with metadata to add.
    """

    leaving: frozenset[str] = frozenset()
    prepare: Mapping[str, Prepare] = field(default_factory=dict[str, Prepare])


def explain(
    config: Config, output: Output, *, to: Sequence[str] = (), traits: DestinationTraits | None = None
) -> Explanation:
    """Plan the deliveries of an output and say why, without sending anything.

    A destination appears once: the first route to a destination decides on the content. Templates are filled in, so the
    call may take seconds.

    Args:
        config: The routes, destinations and agents.
        output: The output.
        to: Destinations named by the caller, instead of the routes.
        traits: Facts about the destinations; left out, every destination is private and adds no metadata.

    Raises:
        UnknownDestination: `to` names an unknown destination.
        Refused: the output is private, and `to` names a destination visible to others.

    """
    traits = traits or DestinationTraits()
    explanation = _explained(config, Planner(output, traits.prepare), to)
    hidden = [plan.destination for plan in explanation.planned if output.private and plan.destination in traits.leaving]
    # A caller who names the destination must hear of the refusal; of a route only that destination is left out.
    if hidden and to:
        raise Refused(
            f"A private output may only go where others cannot see it, and others can see {', '.join(hidden)}.",
            fix="Name a destination on this machine, such as a file.",
        )
    planned = tuple(plan for plan in explanation.planned if plan.destination not in hidden)
    left_out = tuple(f"{name} is left out: the output is private, and others can see {name}." for name in hidden)
    return replace(explanation, planned=planned, left_out=left_out)


def plan_again(
    config: Config, output: Output, *, route: str, destination: str, traits: DestinationTraits | None = None
) -> Planned:
    """Plan a delivery again, by the present form of the route in skill.yaml.

    Raises:
        DeliveryFailed: the route no longer leads to the destination, or the content still cannot be made.

    """
    planner = Planner(output, (traits or DestinationTraits()).prepare)
    rule = next((rule for rule in config.routes if rule.called == route and destination in rule.to), None)
    if rule is not None:
        planned = planner.by_route(rule, destination, "Planned again.")
    elif route == EXPLICIT and destination in config.destinations:
        planned = planner.by_name(destination)
    else:
        raise DeliveryFailed(
            f"skill.yaml no longer has a route {route!r} to {destination}.", fix="Put it back, then resend."
        )
    if planned.problem is not None:
        raise DeliveryFailed(planned.problem)
    return planned


def with_kind(config: Config, output: Output) -> Output:
    """Return the output with a kind, if need be the kind of the agent in skill.yaml."""
    agent = config.agents.get(output.agent or "")
    return output if output.kind or agent is None else replace(output, kind=agent.produces)


def known_kinds(config: Config) -> tuple[str, ...]:
    """Return the kinds in skill.yaml's list, or else in the routes; empty if any kind will do."""
    return config.kinds or tuple(dict.fromkeys(kind for rule in config.routes for kind in rule.when.kind))


def check_kind(config: Config, kind: str | None) -> None:
    """Refuse a kind unknown to skill.yaml; None is accepted.

    Raises:
        UnknownKind: the message lists the known kinds.

    """
    known = known_kinds(config)
    if kind is not None and known and kind not in known:
        raise UnknownKind(
            f"There is no kind of output called {kind!r}; there are: {', '.join(known)}.",
            fix="Use one of these, or add it to `kinds` in skill.yaml.",
        )


def check_destinations(config: Config, names: Collection[str]) -> None:
    """Refuse names of unknown destinations.

    Raises:
        UnknownDestination: the message lists the known destinations.

    """
    unknown = [name for name in names if name not in config.destinations]
    if unknown:
        raise UnknownDestination(
            f"There is no destination called {', '.join(map(repr, unknown))}; "
            f"there are: {', '.join(config.destinations) or 'none'}.",
            fix="Use one of these, or add it to `destinations` in skill.yaml.",
        )


def nameable(config: Config, agent: str) -> tuple[str, ...]:
    """Return the destinations that an agent may name in calls: as skill.yaml says, or those of the routes without
    approval and without alerts.
    """
    settings = config.agents.get(agent)
    if settings is not None and settings.destinations is not None:
        return settings.destinations
    # Where alerts arrive, a message of an agent could be taken for one.
    routed = {name for route in config.routes if "alert" not in route.when.state for name in route.to}
    return tuple(name for name, settings in config.destinations.items() if name in routed and not settings.approval)


def check_nameable(config: Config, agent: str, names: Collection[str]) -> None:
    """Refuse destinations that an agent may not name.

    Raises:
        UnknownDestination: A name is unknown.
        NotAuthorized: The agent may not name a destination; the message lists those that it may name.
    """
    check_destinations(config, names)
    known = nameable(config, agent)
    refused = [name for name in names if name not in known]
    if refused:
        raise NotAuthorized(
            f"The agent {agent} may not send to {', '.join(refused)}. It may name: {', '.join(known) or 'none'}.",
            fix=f"Leave the destinations to the routes, or add {refused[0]} to agents.{agent}.destinations in "
            "skill.yaml.",
        )


def _explained(config: Config, planner: Planner, to: Sequence[str]) -> Explanation:
    if to:
        check_destinations(config, to)
        planned = tuple(planner.by_name(name) for name in dict.fromkeys(to))
        return Explanation((), planned, "The caller named the destinations, so the routes do not count.")
    considered = consider(config, planner.output)
    plans: dict[str, Planned] = {}
    for rule, seen in zip(config.routes, considered, strict=True):
        for name in rule.to if seen.taken else ():
            if name not in plans:
                plans[name] = planner.by_route(rule, name, seen.why)
    return Explanation(considered, tuple(plans.values()), sum_up(config, considered))
