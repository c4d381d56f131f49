"""Kinds of destination that other installed packages bring."""

from __future__ import annotations

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
    except Exception as error:  # noqa: BLE001 - importing runs the package's code, which may raise anything
        reason = f"{type(error).__name__}: {error}"
        raise ValueError(f"the package that brings {kind!r} cannot be imported: {reason}") from None
    if not isinstance(found, type) or _settings_model(found) is None:
        raise ValueError(f"{entry.value} is not a destination class with a `Settings` model")
    return found


def settings_of(kind: str, settings: object) -> BaseModel:
    """Check the settings for a kind that another package brings, and answer them as that package's own model.

    Raises:
        ValueError: naming the settings that are wrong, or as `load_kind`.

    """
    model = _settings_model(load_kind(kind))
    assert model is not None  # noqa: S101 - load_kind has looked
    return model.model_validate(settings)


def _settings_model(found: type[object]) -> type[BaseModel] | None:
    """The `Settings` of a class; it may have inherited them."""
    model: object = getattr(found, "Settings", None)
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None
