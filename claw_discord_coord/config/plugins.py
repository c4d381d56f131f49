"""Kinds of destination that other installed packages bring."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from pydantic import BaseModel

GROUP = "claw_discord_coord.destinations"
"""The entry point group; each entry names a class with a `Settings` model."""


def installed_kinds() -> tuple[str, ...]:
    """List the kinds that other packages bring, in alphabetical order."""
    return tuple(sorted({entry.name for entry in entry_points(group=GROUP)}))


def load_kind(kind: str) -> type[object]:
    """Import the class that another package registers for `kind`.

    Raises:
        ValueError: it cannot be imported, or is not of the form that is asked for.

    """
    entry: EntryPoint = next(entry for entry in entry_points(group=GROUP) if entry.name == kind)
    try:
        found = cast("object", entry.load())
    except (ImportError, AttributeError) as error:
        raise ValueError(f"the package that brings {kind!r} cannot be imported: {error}") from None
    settings = getattr(found, "Settings", None)
    if not isinstance(found, type) or not isinstance(settings, type) or not issubclass(settings, BaseModel):
        raise ValueError(f"{entry.value} is not a destination class with a `Settings` model")  # noqa: TRY004 - pydantic wants it
    return found


def settings_of(kind: str, settings: Mapping[str, object]) -> BaseModel:
    """Check the settings for a kind that another package brings, and answer them as that package's own model.

    Raises:
        ValueError: naming the settings that are wrong.

    """
    model = cast("type[BaseModel]", vars(load_kind(kind))["Settings"])
    return model.model_validate(dict(settings))
