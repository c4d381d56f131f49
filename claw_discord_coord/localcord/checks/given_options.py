"""The options someone gave to a command, held against the command's definition.

Source: Discord documentation, interactions/application-commands, "Application Command Option Structure".
"""

from typing import Any

from ..json_text import whole_number
from ..shapes import Json, JsonList
from ..snowflake import is_snowflake
from .command import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    GROUP,
    INTEGER,
    MENTIONABLE,
    NUMBER,
    ROLE,
    STRING,
    SUBCOMMAND,
    USER,
)
from .form import Form

_IDS = frozenset({USER, CHANNEL, ROLE, MENTIONABLE, ATTACHMENT})


def read_options(form: Form, defined: JsonList, *, typing: bool = False) -> JsonList:
    """The given options as the application gets them; faults are left in the form.

    While someone is still typing (autocompletion) values may be missing or incomplete, and the focused one is marked.
    """
    given = form.objects("options", 25) or []
    by_name = {option["name"]: option for option in defined}
    read: JsonList = []
    for item in given:
        name = item.text("name", 32, low=1, required=True) or ""
        option = by_name.get(name)
        if option is None:
            item.fault("name", "INTERACTION_OPTION_UNKNOWN", "This command has no such option")
        elif option["type"] in (SUBCOMMAND, GROUP):
            deeper = read_options(item, option.get("options", []), typing=typing)
            read.append({"name": name, "type": option["type"], "options": deeper})
        else:
            value = _value(item, option, typing=typing)
            entry: Json = {"name": name, "type": option["type"], "value": value}
            if typing and item.boolean("focused"):
                entry["focused"] = True
            read.append(entry)
    names = {entry["name"] for entry in read}
    if not typing:
        for option in defined:
            if option.get("required") and option["name"] not in names:
                form.fault("options", "INTERACTION_OPTION_REQUIRED", f"The option {option['name']} is required")
        nested = [option for option in defined if option["type"] in (SUBCOMMAND, GROUP)]
        if nested and len(read) != 1:
            form.fault("options", "INTERACTION_SUBCOMMAND_REQUIRED", "One subcommand must be given")
    return read


def _value(form: Form, option: Json, *, typing: bool) -> Any:
    kind, value = option["type"], form.body.get("value")
    if typing and not (kind in _IDS or kind == BOOLEAN):
        return value if value is not None else ""
    if value is None:
        form.fault("value", "BASE_TYPE_REQUIRED", "This field is required")
    elif kind == STRING:
        low, high = option.get("min_length", 0), option.get("max_length", 6000)
        value = str(value)
        if not low <= len(value) <= high:
            form.fault("value", "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
    elif kind == BOOLEAN:
        if not isinstance(value, bool):
            form.fault("value", "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
    elif kind in (INTEGER, NUMBER):
        value = _number(form, option, value)
    elif not is_snowflake(str(value)):
        form.fault("value", "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    choices = option.get("choices")
    if choices and value not in [choice["value"] for choice in choices]:
        form.fault("value", "INTERACTION_OPTION_CHOICE_INVALID", "Value must be one of the choices")
    return value


def _number(form: Form, option: Json, value: Any) -> Any:
    wanted = "int" if option["type"] == INTEGER else "float"
    try:
        number = whole_number(value) if wanted == "int" else float(value)
    except (TypeError, ValueError):
        number = None
    if number is None:
        form.fault("value", "NUMBER_TYPE_COERCE", f'Value "{value}" is not {wanted}.')
        return 0
    if "min_value" in option and number < option["min_value"]:
        form.fault("value", "NUMBER_TYPE_MIN", f"Value should be greater than or equal to {option['min_value']}.")
    if "max_value" in option and number > option["max_value"]:
        form.fault("value", "NUMBER_TYPE_MAX", f"Value should be less than or equal to {option['max_value']}.")
    return number


def ids_in(options: JsonList) -> list[tuple[int, str]]:
    """The ids that options name, with the kind of each."""
    found: list[tuple[int, str]] = []
    for option in options:
        found += ids_in(option.get("options", []))
        if option["type"] in _IDS:
            found.append((option["type"], str(option["value"])))
    return found
