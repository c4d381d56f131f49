"""The YAML block that may begin a text, between two lines of `---`: what its writer says about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import cast

import yaml

LIMIT_CHARS = 8_000
"""A longer block is taken for text that happens to begin with a line."""

_BLOCK = re.compile(r"\A\ufeff?\s*?---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)

Value = str | int | float | bool | list[str]
"""What front matter may hold: plain values and lists of words; anything else in it is left out."""

_LARGEST = 1e300
"""Larger numbers, and those that are none, fit into neither JSON nor Python's own text of a number."""


def split(text: str) -> tuple[dict[str, Value], str]:
    """Take `text` apart into its front matter and the rest; a block without a single plain value stays text."""
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
    """Take `text` as a person reads it: without its front matter, unless there is nothing else."""
    _, rest = split(text)
    return rest if rest.strip() else text


def join(values: Mapping[str, Value], text: str) -> str:
    """Put `values` before `text` as its front matter; no values, no front matter."""
    return f"---\n{dump(values)}---\n\n{text}" if values else text


def dump(values: Mapping[str, object]) -> str:
    """Write `values` as lines of YAML in the order given, ending with a newline."""
    return yaml.dump(
        dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=1_000_000
    )


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper, with times in ISO 8601, and odd characters escaped (PyYAML folds U+0085 to a space)."""

    def _text(self, text: str) -> yaml.ScalarNode:
        style = None if text.isprintable() else '"'
        return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)

    def _time(self, time: datetime) -> yaml.ScalarNode:
        return yaml.ScalarNode("tag:yaml.org,2002:timestamp", time.isoformat(timespec="seconds"))


_Dumper.add_representer(str, _Dumper._text)  # pyright: ignore[reportPrivateUsage]
_Dumper.add_representer(datetime, _Dumper._time)  # pyright: ignore[reportPrivateUsage]


def _plain(value: object) -> Value | None:
    """Answer the value if it is of a plain kind, of a list what is plain in it, or None."""
    if not isinstance(value, list):
        return _single(value)
    items = cast("list[object]", value)
    words = [str(plain) for plain in map(_single, items) if plain is not None]
    return words if words or not items else None


def _single(value: object) -> str | int | float | bool | None:
    """Answer the value if it is a word, a number, yes or no, or a date (which becomes its ISO form), or None."""
    if isinstance(value, int | float):
        return value if -_LARGEST < value < _LARGEST else None
    if isinstance(value, str):
        return value
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat()) if callable(isoformat) else None
