"""The result rule: reads the result from all that a program printed."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple, cast

from claw_discord_coord.models import Usage
from claw_discord_coord.runtimes.progress_lines import plain, progress_text
from claw_discord_coord.text.excerpts import one_line_of

_TEXT_KEYS = ("text", "result", "summary")
_TITLE_CHARS = 200
_KIND = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")
_NOTHING = "The agent finished without saying anything."
_OBJECT_START = re.compile(r"^[ \t]*(?=\{)", re.MULTILINE)


class Parsed(NamedTuple):
    """A result as the program wrote it. The paths in `artifacts` are unchecked: see `artifacts.take`."""

    text: str
    title: str | None = None
    kind: str | None = None
    artifacts: tuple[str, ...] = ()
    usage: Usage | None = None


def parse(output: str) -> Parsed:
    """Return the result in all that a program printed.

    When the output ends with a JSON object that begins on a line of its own (over one line or several), the object is
    the result. `text`, `result` or `summary` is the Markdown. `title`, `kind`, `artifacts` (a list of paths) and
    `usage` (input_tokens, output_tokens, cost_usd) are optional, and ignored when malformed. An object without a text
    is shown as fenced JSON. Without such an object, the whole output is the text, except for lines
    {"progress": "..."} and terminal codes.
    """
    found = _last_object(output.rstrip())
    if found is None or progress_text(found) is not None:
        return Parsed(_without_progress(output) or _NOTHING)
    text = next((_clean(found[key]) for key in _TEXT_KEYS if isinstance(found.get(key), str)), None)
    return Parsed(
        text=_fenced(found) if text is None else text.strip("\n") or _NOTHING,
        title=_title(found.get("title")),
        kind=_kind(found.get("kind")),
        artifacts=_paths(found.get("artifacts")),
        usage=_usage(found.get("usage")),
    )


def _last_object(output: str) -> dict[str, Any] | None:
    """Return the JSON object at the end of the output, or None."""
    if not output.endswith("}"):
        return None
    # Every attempt costs as much of the budget as was parsed: the time stays linear for every output.
    decoder = json.JSONDecoder()
    budget = 3 * len(output) + 10_000
    for start in reversed([match.end() for match in _OBJECT_START.finditer(output)]):
        try:
            value, end = decoder.raw_decode(output, start)
        except json.JSONDecodeError as error:
            budget -= error.pos - start + 50
        except (RecursionError, ValueError):  # ValueError: a number with more digits than Python converts
            budget -= 10_000
        else:
            if end == len(output):
                return value
            budget -= end - start + 50
        if budget < 0:
            return None
    return None


def _without_progress(output: str) -> str:
    lines = [line for line in output.split("\n") if not _is_progress(line)]
    return _clean("\n".join(lines)).strip("\n").rstrip()


def _is_progress(line: str) -> bool:
    if not line.startswith("{") or not line.rstrip().endswith("}"):
        return False
    try:
        return progress_text(json.loads(line)) is not None
    except (ValueError, RecursionError):
        return False


def _fenced(value: dict[str, Any]) -> str:
    try:
        shown = json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        return "The agent returned JSON that is nested too deeply to be shown."
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    return _clean(f"{fence}json\n{shown}\n{fence}")


def _clean(text: str) -> str:
    """Return the text without terminal codes and lone surrogates."""
    # Neither databases nor networks take lone surrogates: they cannot be encoded as UTF-8.
    return plain(text).encode("utf-8", errors="replace").decode("utf-8")


def _title(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return one_line_of(_clean(value), _TITLE_CHARS) or None


def _kind(value: Any) -> str | None:
    return value if isinstance(value, str) and _KIND.fullmatch(value) else None


def _paths(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(path for path in cast("list[Any]", value) if isinstance(path, str))


def _usage(value: Any) -> Usage | None:
    if not isinstance(value, dict):
        return None
    usage = cast("dict[str, Any]", value)
    return Usage(
        input_tokens=int(_amount(usage.get("input_tokens"))),
        output_tokens=int(_amount(usage.get("output_tokens"))),
        cost_usd=float(_amount(usage.get("cost_usd"))),
    )


def _amount(value: Any) -> float:
    """Return a count or cost from an untrusted program; 0 for any value but a plain amount."""
    # To Python, True is an int.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    if isinstance(value, float) and not math.isfinite(value):
        return 0
    return min(max(value, 0), 10**15)  # fits into the database's integers
