"""Kinds of destination and of runtime, also those that other installed packages bring as entry points."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from pydantic import BaseModel, ValidationError, ValidationInfo
from pydantic_core import InitErrorDetails, PydanticCustomError


@dataclass(frozen=True)
class PluginGroup:
    """One group of entry points. Each entry's name is a kind, its value a class with a `Settings` model.

    Attributes:
        name: The group's name, as in `[project.entry-points."NAME"]`.
        noun: The word for a class of this group in error messages.
        built_in: The kinds of this package; other packages bring the rest.
        settings_base: The model that the class's `Settings` must derive from.
    """

    name: str
    noun: str
    built_in: Collection[str]
    settings_base: type[BaseModel] = BaseModel

    def tag(self, section: object) -> str | None:
        """Return the tag of the section's model in the union of this group's settings, or None without a kind.

        The tag of a built-in kind is `[KIND]`, of all others `[plugin]`.
        """
        kind = _kind(section)
        # In brackets, as pydantic's own "[key]": a bare tag such as `command` may also be a key of skill.yaml, and
        # errors would be reported at that key.
        return f"[{kind}]" if kind in self.built_in else "[plugin]" if kind is not None else None

    def check_kind(self, section: object) -> object:
        """Return a section of skill.yaml when an installed package brings the section's kind.

        Raises:
            ValidationError: No package brings the kind; the message lists the known kinds.
        """
        kind = _kind(section)
        if kind is None or kind in self._installed():
            return section
        # Raised before the other keys are looked at: without the class, no key but `kind` can be judged.
        error = PydanticCustomError("unknown_kind", "{problem}", {"problem": self._unknown(kind)})
        raise ValidationError.from_exception_data("kind", [InitErrorDetails(type=error, loc=("kind",), input=kind)])

    def load_class(self, kind: str) -> type[object]:
        """Import the class that another package registers for `kind`.

        Raises:
            ValueError: No package brings the kind, or the class cannot be used (see `import_class`).
        """
        entry = self._installed().get(kind)
        if entry is None:
            raise ValueError(self._unknown(kind))
        return self.import_class(entry)

    def import_class(self, entry: EntryPoint) -> type[object]:
        """Import the class that `entry` names.

        Raises:
            ValueError: The module cannot be imported, or the class has no fitting `Settings` model.
        """
        try:
            found = cast("object", entry.load())
        except Exception as error:  # noqa: BLE001 - importing runs the package's code, which may raise anything
            reason = f"{type(error).__name__}: {error}"
            raise ValueError(f"the package that provides {entry.name!r} cannot be imported: {reason}") from None
        if not isinstance(found, type) or self._settings_model(found) is None:
            base = "" if self.settings_base is BaseModel else f" derived from {self.settings_base.__name__}"
            raise ValueError(f"{entry.value} is not a {self.noun} class with a `Settings` model{base}")
        return found

    def settings(self, kind: str, values: object) -> BaseModel:
        """Validate the settings for a kind that another package brings, by that package's own model.

        Raises:
            ValueError: A setting is invalid, or the class cannot be loaded (see `load_class`).
        """
        model = self._settings_model(self.load_class(kind))
        assert model is not None  # noqa: S101 - load_class has checked
        settings = model.model_validate(values)
        errors = list(_mistyped(settings, values))
        if errors:
            raise ValidationError.from_exception_data("settings", errors)
        return settings

    def validate_settings(self, values: object, info: ValidationInfo) -> object:
        """Validate the field `settings` of a section, as pydantic's PlainValidator calls it.

        Returns the values unchanged when the field `kind` is invalid, since the kind's own error is reported then.
        """
        kind = info.data.get("kind")
        return values if kind is None else self.settings(kind, values)

    def _installed(self) -> dict[str, EntryPoint]:
        """Return the entries by kind, in alphabetical order."""
        installed: dict[str, EntryPoint] = {}
        for entry in sorted(entry_points(group=self.name), key=lambda entry: entry.name):
            installed.setdefault(entry.name, entry)
        return installed

    def _settings_model(self, found: type[object]) -> type[BaseModel] | None:
        # getattr and not vars(): a class may inherit its Settings.
        model: object = getattr(found, "Settings", None)
        return model if isinstance(model, type) and issubclass(model, self.settings_base) else None

    def _unknown(self, kind: str) -> str:
        known = ", ".join([*self.built_in, *self._installed()])
        return f"there is no kind of {self.noun} called {kind!r}; there are: {known}"


def _mistyped(settings: BaseModel, values: object) -> Iterator[InitErrorDetails]:
    """Yield the settings that pydantic turned from true into 1, or from 1 into true."""
    if not isinstance(values, dict):
        return
    given = cast("Mapping[str, object]", values)
    for name, field in type(settings).model_fields.items():
        key = field.alias or name
        before, after = given.get(key), cast("object", getattr(settings, name))
        kinds = {type(before), type(after)}
        if bool in kinds and kinds & {int, float}:
            error = PydanticCustomError("bool_type" if isinstance(after, bool) else "float_type", "the type is wrong")
            yield InitErrorDetails(type=error, loc=(key,), input=before)


def _kind(section: object) -> str | None:
    kind = (
        cast("Mapping[str, object]", section).get("kind")
        if isinstance(section, dict)
        else getattr(section, "kind", None)
    )
    return kind if isinstance(kind, str) else None
