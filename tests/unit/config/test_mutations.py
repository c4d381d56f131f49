"""Every wrong value in skill.yaml is explained in one line with file, line, key and fix, or has no effect."""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from claw_discord_coord.config.file import load
from claw_discord_coord.errors import ConfigError

RICH = (Path(__file__).parent / "rich.yaml").read_text()
ENVIRONMENT = {
    "DISCORD_BOT_TOKEN": "token.of.the-bot",
    "OPENCLAW_GATEWAY_TOKEN": "letmein",
    "DATABASE_URL": "postgresql://ada@localhost/registry",
    "API_KEY": "k3y",
    "HOOK_URL": "https://hooks.example/x",
    "HOOK_SECRET": "whsec_" + "QUJD" * 8,
    "GITHUB_TOKEN": "t0ken",
}
At = tuple[str | int, ...]
WRONG_VALUES = (
    None, True, 0, -1, 7, 1.5, 10**30, "", " ", "no such thing", "javascript:x", "${UNCLOSED", [], [[]], {}, {"a": 1},
    [None], [True],
)  # fmt: skip
PER_PLACE = 4
"""The number of wrong values at each place. Neighboring places get different ones, so that the test stays short."""


def places(value: object, at: At = ()) -> Iterator[At]:
    """Yield every key and every item."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from places(inner, (*at, key))


def parent_of(data: Any, at: At) -> Any:
    for key in at[:-1]:
        data = data[key]
    return data


def mutations() -> Iterator[tuple[At, Any]]:
    original = yaml.safe_load(RICH)
    wrong_values = itertools.cycle(WRONG_VALUES)
    for at in places(original):
        for wrong in itertools.islice(wrong_values, PER_PLACE):
            data = copy.deepcopy(original)
            parent_of(data, at)[at[-1]] = wrong
            yield at, data
        if isinstance(at[-1], str):
            data = copy.deepcopy(original)
            parent = parent_of(data, at)
            parent[f"{at[-1]}x"] = parent.pop(at[-1])  # a typing mistake
            yield (*at[:-1], f"{at[-1]}x"), data


def complaints(folder: Path, text: str) -> list[str]:
    path = folder / "skill.yaml"
    path.write_text(text)
    try:
        load(path, environment=ENVIRONMENT)
    except ConfigError as error:
        return str(error).splitlines()
    return []


def test_the_rich_file_is_right(tmp_path: Path) -> None:
    assert complaints(tmp_path, RICH) == []


def test_every_complaint_names_file_line_key_and_fix(tmp_path: Path) -> None:
    pytest.importorskip("github")
    shape = re.compile(rf"{re.escape(str(tmp_path / 'skill.yaml'))}, line \d+, \S.*?: \S.+[^.]\. [A-Z`$].+[.)]")
    tried = complained = 0
    for at, data in mutations():
        found = complaints(tmp_path, json.dumps(data, indent=1))
        tried += 1
        complained += bool(found)
        for line in found:
            assert shape.fullmatch(line), (at, line)
            assert "Input should be" not in line
            assert "Correct it" not in line or "no kind of" in line, (at, line)
    assert tried > 500
    assert complained > tried * 0.7, f"{complained} of {tried}"
