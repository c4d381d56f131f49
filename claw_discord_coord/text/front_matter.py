"""Reads and writes front matter: a block of YAML between two lines of `---` at the beginning of a text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import cast

import yaml

LIMIT_CHARS = 8_000
"""The longest front matter. A longer block is a text that happens to begin with a line."""

_BLOCK = re.compile(r"\A\ufeff?\s*?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)

Value = str | int | float | bool | list[str]
"""A value in front matter: a plain value or a list of words. Other values are dropped."""

_LARGEST = 1e300
"""The largest number. JSON has neither larger numbers nor infinity."""


def split(text: str) -> tuple[dict[str, Value], str]:
    """Split a text into front matter and body. A block without any plain value is body."""
    match = _BLOCK.match(text[: LIMIT_CHARS + 10])
    if match is None:
        return {}, text
    try:
        found: object = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, text
    if not isinstance(found, dict):
        return {}, text
    said = cast("Mapping[object, object]", found)
    values = {
        key: plain for key, value in said.items() if isinstance(key, str) and (plain := _plain(value)) is not None
    }
    return (values, text[match.end() :].lstrip("\r\n")) if values else ({}, text)


def body(text: str) -> str:
    """Return the text without front matter, or the whole text when the body is blank."""
    _, rest = split(text)
    return rest if rest.strip() else text


def join(values: Mapping[str, Value], text: str) -> str:
    """Return the text with `values` as front matter; without values, the text alone."""
    return f"---\n{dump(values)}---\n\n{text}" if values else text


def dump(values: Mapping[str, object]) -> str:
    """Return `values` as lines of YAML, in order, with a newline at the end."""
    return yaml.dump(
        dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=1_000_000
    )


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper with times in ISO 8601. Special characters are escaped, since PyYAML folds U+0085 to a
    space.
    """

    def _text(self, text: str) -> yaml.ScalarNode:
        style = None if text.isprintable() else '"'
        return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)

    def _time(self, time: datetime) -> yaml.ScalarNode:
        return yaml.ScalarNode("tag:yaml.org,2002:timestamp", time.isoformat(timespec="seconds"))


_Dumper.add_representer(str, _Dumper._text)  # pyright: ignore[reportPrivateUsage]
_Dumper.add_representer(datetime, _Dumper._time)  # pyright: ignore[reportPrivateUsage]


def _plain(value: object) -> Value | None:
    """Return a plain value, or the plain values of a list, or None."""
    if not isinstance(value, list):
        return _single(value)
    items = cast("list[object]", value)
    words = [str(plain) for plain in map(_single, items) if plain is not None]
    return words if words or not items else None


def _single(value: object) -> str | int | float | bool | None:
    """Return a word, a number, a boolean, or a date in ISO form; None for other values."""
    if isinstance(value, int | float):
        return value if -_LARGEST < value < _LARGEST else None
    if isinstance(value, str):
        return value
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat()) if callable(isoformat) else None
