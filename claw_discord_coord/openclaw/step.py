"""A step that changes OpenClaw or this machine. Every step can be shown, done, repeated and undone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from claw_discord_coord.errors import CoordError, OpenClawRefused


@dataclass(frozen=True)
class Step:
    """One step. `does` and `undoes` are texts for people.

    `done` and `remains` look and change nothing. `done` returns whether the step's result is in place. `remains`
    returns whether there is something to undo, also from an earlier version or other options.
    """

    does: str
    undoes: str
    done: Callable[[], Awaitable[bool]]
    apply: Callable[[], Awaitable[None]]
    undo: Callable[[], Awaitable[None]]
    remains: Callable[[], Awaitable[bool]]


async def apply(steps: Iterable[Step], tell: Callable[[str], None]) -> None:
    """Do the steps that are not done, and report each step. A repeated call continues at the step that failed.

    Raises:
        CoordError: A step failed.
    """
    for step in steps:
        if await step.done():
            tell(f"already: {step.does}")
            continue
        await step.apply()
        # Some commands of OpenClaw end well without an effect, for example when they only ask.
        if not await step.done():
            raise OpenClawRefused(f"It did not work to {step.does}.", fix="Run `claw-discord-coord doctor`.")
        tell(f"done: {step.does}")


async def undo(steps: Iterable[Step], tell: Callable[[str], None]) -> list[CoordError]:
    """Undo the steps, last first, and return the errors. A step that cannot be undone does not keep the others."""
    problems: list[CoordError] = []
    for step in reversed(list(steps)):
        try:
            if await step.remains():
                await step.undo()
                tell(f"done: {step.undoes}")
        except CoordError as error:
            problems.append(error)
            tell(f"not done: {step.undoes}: {error.sentence()}")
    return problems
