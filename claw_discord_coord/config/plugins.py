"""Kinds of destination and of runtime, also those that other installed packages bring as entry points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from pydantic import BaseModel


@dataclass(frozen=True)
class PluginGroup:
    """One group of entry points. Each entry's name is a kind, its value a class with a `Settings` model.

    Attributes:
        name: The group's name, as in `[project.entry-points."NAME"]`.
        noun: The word for a class of this group in error messages.
        settings_base: The model that the class's `Settings` must derive from.
    """

    name: str
    noun: str
    settings_base: type[BaseModel] = BaseModel

    def installed_kinds(self) -> tuple[str, ...]:
        """Return the kinds that other packages bring, in alphabetical order."""
        return tuple(sorted({entry.name for entry in entry_points(group=self.name)}))

    def check_kind(self, kind: str, built_in: Iterable[str]) -> str:
        """Return `kind` when an installed package brings a class for it.

        Raises:
            ValueError: No package brings it; the message lists the known kinds.
        """
        installed = self.installed_kinds()
        if kind not in installed:
            known = ", ".join([*built_in, *installed])
            raise ValueError(f"there is no kind of {self.noun} called {kind!r}; there are: {known}")
        return kind

    def load_class(self, kind: str) -> type[object]:
        """Import the class that another package registers for `kind`.

        Raises:
            ValueError: The package cannot be imported, or the class has no fitting `Settings` model.
        """
        return self.import_class(next(entry for entry in entry_points(group=self.name) if entry.name == kind))

    def import_class(self, entry: EntryPoint) -> type[object]:
        """Import the class that `entry` names.

        Raises:
            ValueError: The module cannot be imported, or the class has no fitting `Settings` model.
        """
        try:
            found = cast("object", entry.load())
        except Exception as error:  # noqa: BLE001 - importing runs the package's code, which may raise anything
            reason = f"{type(error).__name__}: {error}"
            raise ValueError(f"the package that brings {entry.name!r} cannot be imported: {reason}") from None
        if not isinstance(found, type) or self._settings_model(found) is None:
            raise ValueError(f"{entry.value} is not a {self.noun} class with a `Settings` model{self._asked_base()}")
        return found

    def settings(self, kind: str, values: object) -> BaseModel:
        """Validate the settings for a kind that another package brings, by that package's own model.

        Raises:
            ValueError: A setting is invalid, or the class cannot be loaded (see `load_class`).
        """
        model = self._settings_model(self.load_class(kind))
        assert model is not None  # noqa: S101 - load_class has checked
        return model.model_validate(values)

    def _settings_model(self, found: type[object]) -> type[BaseModel] | None:
        # getattr and not vars(): a class may inherit its Settings
        model: object = getattr(found, "Settings", None)
        return model if isinstance(model, type) and issubclass(model, self.settings_base) else None

    def _asked_base(self) -> str:
        return "" if self.settings_base is BaseModel else f" that derives from {self.settings_base.__name__}"


DESTINATIONS = PluginGroup("claw_discord_coord.destinations", "destination")
