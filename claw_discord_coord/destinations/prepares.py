"""The optional part of a destination: metadata for an output, added when the delivery is planned."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Protocol, runtime_checkable

from pydantic import TypeAdapter

from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.ports import Destination
from claw_discord_coord.routing.output import Output
from claw_discord_coord.routing.planning import Prepare
from claw_discord_coord.text.front_matter import Value

log = logging.getLogger(__name__)

_METADATA = TypeAdapter(dict[str, Value])


@runtime_checkable
class Prepares(Protocol):
    """A destination with metadata to add, such as the pull request linked in the task."""

    def prepare(self, output: Output) -> Mapping[str, Value]:
        """Return metadata to add. Metadata of the output and of the route wins over the returned values.

        Also called for previews (`route explain`, a task's card), so the method neither blocks nor sends anything.

        Args:
            output: The output with the metadata known so far in `output.about`.

        Raises:
            DeliveryFailed: the output cannot be sent here; the delivery has failed from the start.

        """
        ...


def preparing(destinations: Mapping[str, Destination]) -> dict[str, Prepare]:
    """Return the `prepare` of each destination with such a method."""
    return {
        name: partial(_prepared, name, destination)
        for name, destination in destinations.items()
        if isinstance(destination, Prepares)
    }


def _prepared(name: str, destination: Prepares, output: Output) -> Mapping[str, Value]:
    try:
        # Checked, because metadata of another type could not be stored and would fail the whole plan.
        return _METADATA.validate_python(destination.prepare(output))
    except DeliveryFailed:
        raise
    except Exception as error:
        # A bug in one package's destination must not keep the output from the other destinations.
        log.exception("%s could not prepare an output", name)
        raise DeliveryFailed(
            f"{name} could not prepare the output: {type(error).__name__}; the log has the details.",
            fix="Correct the destination's package, then resend.",
        ) from error
