"""Explains pydantic's errors in skill.yaml: the problem as half a sentence, and a fix."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from claw_discord_coord.config.invalid_setting import InvalidSetting
from claw_discord_coord.config.model import INVALID_SETTING, Config

_NEAR = 0.7
"""The least similarity of a known key that a wrong key may mean."""

_WHOLE = ("is not a whole number (integer)", "Write a whole number in decimal digits, such as 2, without quotes.")
_NUMBER = ("is not a number", "Write a number in decimal digits, such as 60 or 1.5, without quotes.")
_SWITCH = ("is not true or false", "Write true or false.")
_ADDRESS = ("is not a web address", "Write an address that begins with https://.")
_TYPES: Mapping[str, tuple[str, str]] = {
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _SWITCH,
    "bool_parsing": _SWITCH,
    "url_parsing": _ADDRESS,
    "url_scheme": _ADDRESS,
    "url_syntax_violation": _ADDRESS,
    "url_type": _ADDRESS,
    "url_too_long": _ADDRESS,
    "union_tag_not_found": ("has no kind", "Add `kind:`."),
    "string_pattern_mismatch": ("has a form that is not allowed", "Compare it with the pattern in skill.schema.json."),
}
_LISTS = frozenset({"tuple_type", "list_type", "set_type", "frozen_set_type"})
_SECTIONS = frozenset({"dict_type", "model_type", "model_attributes_type", "mapping_type", "dataclass_type"})
_BOUNDS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def explained(
    kind: str, message: str, context: Mapping[str, Any], at: tuple[str | int, ...], value: object
) -> tuple[str, str]:
    """Return the problem and the fix for one of pydantic's errors.

    Args:
        kind: The type of the error.
        message: The message, for errors without a sentence of this package.
        context: The context of the error.
        at: The key in skill.yaml.
        value: The value at the key. The value is never repeated, since the value may be a secret.
    """
    if kind == "missing":
        return "is missing", f"Add `{at[-1]}:` here." if at else "Add it."
    if kind == "extra_forbidden":
        return "is not a known key", _near(str(at[-1]) if at else "")
    if kind == INVALID_SETTING:
        return context["problem"], context["fix"]
    error = context.get("error")
    if isinstance(error, InvalidSetting):
        return error.problem, error.fix
    if kind in {"union_tag_invalid", "literal_error", "enum"}:
        expected = context.get("expected_tags") or context.get("expected")
        return "is not one of the known values", f"Use one of: {expected}."
    by_type = _by_type(kind, context, value)
    if by_type is not None:
        return by_type
    problem = str(error) if kind in {"value_error", "assertion_error"} and error is not None else message
    return problem[:1].lower() + problem[1:].rstrip("."), "Correct it."


def _by_type(kind: str, context: Mapping[str, Any], value: object) -> tuple[str, str] | None:
    if kind in _TYPES:
        return _TYPES[kind]
    if kind in _LISTS:
        return f"is {_named(value)}, where a list belongs", "Write a list, such as [first, second]."
    if kind in _SECTIONS:
        return f"is {_named(value)}, where keys and values belong", "Write lines such as `key: value` below it."
    if kind in {"string_type", "string_unicode"}:
        quotable = isinstance(value, str | int | float | date)
        fix = "Put it into quotes, if it is a text." if quotable else "Write a text after the colon, or remove the key."
        return f"is {_named(value)}, where a text belongs", fix
    if kind in _BOUNDS:
        key, words = _BOUNDS[kind]
        return f"must be {words} {context[key]:,g}", f"Write a number that is {words} {context[key]:,g}."
    if kind in {"too_short", "string_too_short"}:
        least = context["min_length"]
        return f"is too short: {least} or more are needed", "Add what is missing."
    if kind in {"too_long", "string_too_long"}:
        return f"is too long: at most {context['max_length']} are allowed", "Shorten it."
    return None


def _named(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return f"{str(value).lower()} (not a text)"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "a group of keys and values"
        case _:
            return "a date"


def _near(key: str) -> str:
    near = difflib.get_close_matches(key.lower(), _all_keys(), n=1, cutoff=_NEAR)
    if near:
        return f"Write `{near[0]}` if you mean that. Else remove it."
    return "Remove it, or check its spelling (see skill.schema.json)."


@cache
def _all_keys() -> list[str]:
    """Return the keys of all sections."""
    schema = Config.model_json_schema()
    return sorted({key for section in (schema, *schema["$defs"].values()) for key in section.get("properties", {})})
