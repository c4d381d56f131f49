"""Reading what strangers send, and writing what they get: nothing that can be read can fail to be written."""

import json
import re
from typing import Any, NoReturn, cast

MOST_LEVELS = 100
"""How deep JSON may be nested; Discord's own bodies have about ten levels, and its limit is not known."""

_WHOLE = re.compile("-?[0-9]{1,20}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotJsonError(ValueError):
    """Not JSON, or JSON that no other program could be given: half a character, NaN, nested without end."""


def read_json(raw: bytes) -> Any:
    """The value that JSON in UTF-8 stands for. Raises NotJsonError.

    Unlike `json.loads` it refuses what RFC 8259 has no place for: NaN, Infinity and numbers beyond a float; and a
    surrogate without its other half (half an emoji), which can't be written as UTF-8 again.
    """
    try:
        value: Any = json.loads(raw.decode(), parse_constant=_refuse, parse_float=_finite)
        _check(value, MOST_LEVELS)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(str(error)) from error
    return value


def write_json(value: Any) -> str:
    """JSON in ASCII without spaces, as Discord writes it over HTTP; so it can be encoded whatever is in it."""
    return json.dumps(value, separators=(",", ":"))


def readable(text: str) -> str:
    """The text with U+FFFD for each surrogate: aiohttp reads bytes of a header or a path that are no UTF-8 as such."""
    return _SURROGATE.sub("\ufffd", text)


def whole_number(value: Any) -> int | None:
    """Return a JSON value as an integer: a number without a fraction (`5`, `5.0`) or 1 to 20 digits; otherwise None.

    JSON has one kind of number, and some clients write every number with a decimal point.
    """
    if isinstance(value, str):
        # `int` accepts more than digits: blanks, underscores and the digits of any script.
        return int(value) if _WHOLE.fullmatch(value) else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _refuse(constant: str) -> NoReturn:
    raise NotJsonError(f"{constant} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise NotJsonError("a number is too large")
    return number


def _check(value: Any, levels: int) -> None:
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise NotJsonError("a string holds half a character")
    elif isinstance(value, (dict, list)):
        if not levels:
            raise NotJsonError(f"it is nested more than {MOST_LEVELS} levels deep")
        if isinstance(value, dict):
            for name, inner in cast("dict[str, Any]", value).items():
                _check(name, levels)
                _check(inner, levels - 1)
        else:
            for inner in cast("list[Any]", value):
                _check(inner, levels - 1)
