"""The result rule: reads the result from all that a program printed."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple, cast

from claw_discord_coord.models import Usage
from claw_discord_coord.runtimes import agent_cli
from claw_discord_coord.runtimes.progress_lines import plain, progress_text
from claw_discord_coord.text.excerpts import one_line_of

_TEXT_KEYS = ("text", "result", "summary")
_TITLE_CHARS = 200
_KIND = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")
_NOTHING = "The agent finished without saying anything."
_OBJECT_START = re.compile(r"^[ \t]*(?=\{)", re.MULTILINE)
_DECODER = json.JSONDecoder()
_MOST_TRIES = 100
_FENCE = re.compile(r"^[ \t]*(?:```|~~~)", re.MULTILINE)
_MOST_LINES_AFTER = 20
"""How many lines may follow the result: npm's notices, a shell's last words, a time report."""


class Parsed(NamedTuple):
    """A result as the program wrote it.

    The paths in `artifacts` are unchecked: see `artifacts.take`. `error` is the reason of a program that says that it
    failed, whatever its exit code.
    """

    text: str
    title: str | None = None
    kind: str | None = None
    artifacts: tuple[str, ...] = ()
    usage: Usage | None = None
    error: str | None = None


def parse(output: str) -> Parsed:
    """Return the result in all that a program printed.

    A JSON object that begins on a line of its own (over one line or several) is the result, when the output ends with
    the object, or when the object has a text and only a few lines follow, such as a shell's last words. `text`,
    `result` or `summary` is the Markdown. `title`, `kind`, `artifacts` (a list of paths) and `usage` (input_tokens,
    output_tokens, cost_usd) are optional, and ignored when malformed. An object without a text is shown as fenced JSON.
    The JSON of known agent programs is read in its own form. Without such an object, the whole output is the text,
    except for lines {"progress": "..."} and terminal codes.
    """
    output = plain(output.removeprefix("\ufeff"))
    objects = _objects(output)
    if (known := agent_cli.read([each.value for each in objects])) is not None:
        text = _clean(known.text).strip("\n")
        error = None if known.error is None else _clean(known.error)
        return Parsed(text or _NOTHING, usage=_usage(known.usage), error=error)
    found = _result_among(objects, output.rstrip())
    if found is None:
        return Parsed(_without_progress(output) or _NOTHING)
    text = next((_clean(found[key]) for key in _TEXT_KEYS if isinstance(found.get(key), str)), None)
    return Parsed(
        text=_fenced(found) if text is None else text.strip("\n") or _NOTHING,
        title=_title(found.get("title")),
        kind=_kind(found.get("kind")),
        artifacts=_paths(found.get("artifacts")),
        usage=_usage(found.get("usage")),
    )


class _Found(NamedTuple):
    """A JSON object in the output, and its place."""

    value: dict[str, Any]
    start: int
    end: int


def _objects(output: str) -> list[_Found]:
    """Return the JSON objects that begin on lines of their own, outermost ones only."""
    # Every attempt costs as much of the budget as was looked at: the time stays linear for every output. An error costs
    # its position, too, since Python counts the lines before it.
    found, end = list[_Found](), 0
    budget = 3 * len(output) + 10_000
    starts = [match.end() for match in _OBJECT_START.finditer(output)]
    for start in starts:
        if start < end:
            continue
        each, cost = _object_at(output, start)
        budget -= cost
        if budget < 0:
            return _last_objects(output, starts)
        if each is not None:
            found.append(each)
            end = each.end
    return found


def _last_objects(output: str, starts: list[int]) -> list[_Found]:
    """Return the object at the end of an output that is too costly to read from its beginning."""
    last = len(output.rstrip())
    for start in reversed(starts[-_MOST_TRIES:]):
        each, _ = _object_at(output, start)
        if each is not None and each.end == last:
            return [each]
    return []


def _object_at(output: str, start: int) -> tuple[_Found | None, int]:
    """Return the object that begins there, or None, and the cost of looking."""
    try:
        value, end = _DECODER.raw_decode(output, start)
    except json.JSONDecodeError as error:
        return None, error.pos - start + error.pos // 20 + 50
    except (RecursionError, ValueError):  # ValueError: a number with more digits than Python converts
        return None, 10_000
    return _Found(value, start, end), end - start + 50


def _result_among(objects: list[_Found], output: str) -> dict[str, Any] | None:
    """Return the object that is the result, or None."""
    candidates = [each for each in objects if progress_text(each.value) is None]
    if not candidates:
        return None
    last = candidates[-1]
    # A text that quotes JSON must not be taken for it: a quoted object stands in a code block, or long before the end.
    for each in reversed(candidates):
        rest = output[each.end :]
        if rest.count("\n") > _MOST_LINES_AFTER or _is_quoted(output, each.start):
            break
        if any(isinstance(each.value.get(key), str) for key in _TEXT_KEYS):
            return each.value
    return last.value if last.end == len(output) else None


def _is_quoted(output: str, start: int) -> bool:
    return len(_FENCE.findall(output, 0, start)) % 2 == 1


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
