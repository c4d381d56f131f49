"""Reading typed fields from a body, noting every fault at its place."""

from collections.abc import Collection
from typing import Any, cast

from ..errors import FormErrors
from ..json_text import whole_number
from ..shapes import Json
from ..snowflake import is_snowflake

Path = tuple[str | int, ...]


class Form:
    """One object of a body at its place in the whole; faults are collected in `errors`.

    Each reader answers the default when the field is missing or at fault, so that reading goes on and the client
    learns of every fault at once. The wording of faults is Discord's as seen in its answers (reference, "Error
    Messages").
    """

    def __init__(self, body: Json, errors: FormErrors, path: Path = ()) -> None:
        self.body = body
        self.errors = errors
        self.path = path

    def fault(self, name: str | int | None, code: str, message: str) -> None:
        """Note a fault of a field, or of the object itself (None)."""
        self.errors.add(self.path if name is None else (*self.path, name), code, message)

    def has(self, name: str) -> bool:
        """Whether the field is present, even as null."""
        return name in self.body

    def _get(self, name: str, required: bool) -> Any:
        value = self.body.get(name)
        if value is None and required:
            self.fault(name, "BASE_TYPE_REQUIRED", "This field is required")
        return value

    def text(
        self,
        name: str,
        high: int,
        *,
        low: int = 0,
        required: bool = False,
        stripped: bool = False,
        default: str | None = None,
    ) -> str | None:
        """A string of `low` to `high` characters, without the blanks around it if it is to be `stripped`."""
        value = self._get(name, required)
        if value is None:
            return default
        if not isinstance(value, str):
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                value = str(value)
            else:
                self.fault(name, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
                return default
        if stripped:
            value = value.strip()
        if low and not low <= len(value) <= high:
            if not value and required:
                self.fault(name, "BASE_TYPE_REQUIRED", "This field is required")
            else:
                self.fault(name, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
            return default
        if len(value) > high:
            self.fault(name, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
            return default
        return value

    def integer(
        self,
        name: str,
        *,
        low: int | None = None,
        high: int | None = None,
        required: bool = False,
        default: int | None = None,
    ) -> int | None:
        """A whole number within bounds."""
        value = self._get(name, required)
        if value is None:
            return default
        number = whole_number(value)
        if number is None:
            self.fault(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return default
        value = number
        if low is not None and value < low:
            self.fault(name, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {low}.")
            return default
        if high is not None and value > high:
            self.fault(name, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")
            return default
        return value

    def choice(
        self, name: str, allowed: Collection[int], *, required: bool = False, default: int | None = None
    ) -> int | None:
        """One of a few numbers."""
        value = self.integer(name, required=required, default=default)
        if value is not None and value not in allowed and self.has(name):
            numbers = ", ".join(str(number) for number in sorted(allowed))
            self.fault(name, "BASE_TYPE_CHOICES", f"Value must be one of {{{numbers}}}.")
            return default
        return value

    def boolean(self, name: str, default: bool = False) -> bool:
        """A yes or no."""
        value = self._get(name, False)
        if value is None:
            return default
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            self.fault(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
            return default
        return value

    def snowflake(self, name: str, *, required: bool = False) -> str | None:
        """An id."""
        value = self._get(name, required)
        if value is None:
            return None
        text = str(value)
        if isinstance(value, bool) or not is_snowflake(text):
            self.fault(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
            return None
        return text

    def snowflakes(self, name: str, high: int, *, required: bool = False) -> list[str] | None:
        """A list of ids, None when missing."""
        values = self.values(name, high, required=required)
        if values is None:
            return None
        ids: list[str] = []
        for number, value in enumerate(values):
            if is_snowflake(str(value)):
                ids.append(str(value))
            else:
                self.errors.add((*self.path, name, number), "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
        return ids

    def values(self, name: str, high: int, *, low: int = 0, required: bool = False) -> list[Any] | None:
        """A list, None when missing."""
        value = self._get(name, required)
        if value is None:
            return None
        if not isinstance(value, list):
            self.fault(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return None
        values = cast("list[Any]", value)
        if low and not low <= len(values) <= high:
            self.fault(name, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
            return None
        if len(values) > high:
            self.fault(name, "BASE_TYPE_MAX_LENGTH", f"Must be {high} or fewer in length.")
            return None
        return values

    def objects(self, name: str, high: int, *, low: int = 0, required: bool = False) -> "list[Form] | None":
        """A list of objects, each as a form of its own; None when missing."""
        values = self.values(name, high, low=low, required=required)
        if values is None:
            return None
        forms: list[Form] = []
        for number, value in enumerate(values):
            if isinstance(value, dict):
                forms.append(Form(cast(Json, value), self.errors, (*self.path, name, number)))
            else:
                self.errors.add(
                    (*self.path, name, number), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType"
                )
        return forms

    def inner(self, name: str) -> "Form":
        """An object as a form of its own, which must be there; raises DiscordError 50035 at once otherwise."""
        form = self.object(name, required=True)
        self.errors.raise_if_any()
        return form or Form({}, self.errors, (*self.path, name))

    def object(self, name: str, *, required: bool = False) -> "Form | None":
        """An object as a form of its own; None when missing."""
        value = self._get(name, required)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.fault(name, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return None
        return Form(cast(Json, value), self.errors, (*self.path, name))


def form_of(body: Json) -> Form:
    """A form for a whole body, with a fresh collection of faults."""
    return Form(body, FormErrors())


def without_none(values: Json) -> Json:
    """The fields that have a value."""
    return {name: value for name, value in values.items() if value is not None}
