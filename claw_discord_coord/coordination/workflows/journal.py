"""Durable workflows: steps with stored results, pauses, and the engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import TypeAdapter

LONG_WAIT_S = 86_400.0
"""The longest pause of a workflow that waits for a wake-up, in seconds. Every relevant change wakes the workflow."""

T = TypeVar("T")

Do = Callable[[], Awaitable[T]]
"""The effect of a step. A crash may repeat an effect, so every effect must be safe to repeat."""

NO_RESULT: TypeAdapter[None] = TypeAdapter(None)
"""The form of a step that returns nothing."""


@dataclass(frozen=True)
class Step(Generic[T]):
    """The name of a step and the form of its result.

    Attributes:
        name: The name in stored journals. Must not change.
        form: The type of the result. Stored results are validated against the type when a journal is replayed.
    """

    name: str
    form: TypeAdapter[T]

    def stored(self, result: T) -> Any:
        """Return the JSON value for a journal."""
        return self.form.dump_python(result, mode="json", by_alias=True, exclude_none=True)

    def result(self, stored: Any) -> T:
        """Return the result of a value in a journal.

        Raises:
            pydantic.ValidationError: The stored value does not have the form of this step.
        """
        return self.form.validate_python(stored)

    def failed(self) -> Step[None]:
        """Return the step for the reason of a failure of this step."""
        return Step(f"{self.name} failed", NO_RESULT)


class Journal(Protocol):
    """The stored record of one workflow."""

    async def step(self, step: Step[T], do: Do[T]) -> T:
        """Return the stored result of the step, or run the step and store its result.

        `Unavailable` is retried until the counterpart can be reached. Other errors of this package are stored, and
        raised now and on every replay.
        """
        ...

    async def wait(self, timeout_s: float) -> None:
        """Wait for a wake-up, at most for this time. A wake-up sent before the wait began ends the wait at once."""
        ...


Workflow = Callable[[str, Journal], Awaitable[None]]
"""A durable function of one id. After a crash the engine calls the function again from the start, with the results of
its finished steps; code between steps may therefore decide by those results only."""


class Engine(Protocol):
    """Runs workflows durably."""

    async def start(self, workflow: str, id: str) -> None:  # noqa: A002 - the word of the records
        """Start the named workflow for this id; further calls change nothing."""
        ...

    async def wake(self, workflow: str, id: str) -> None:  # noqa: A002
        """Wake the workflow of this id. A wake-up is never lost; an ended workflow ignores wake-ups."""
        ...
