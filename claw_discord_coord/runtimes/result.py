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
_SESSION_ID = re.compile(r"[A-Za-z0-9][\w.:-]{0,127}", re.ASCII)
"""The ids of agent programs are UUIDs; any short word is taken, but no text."""
_NOTHING = "The agent finished without saying anything."
_RESULT_KEYS = ("title", "kind", "artifacts", "usage")
"""Keys that only a result has beside its text."""
_OBJECT_START = re.compile(r'^[ \t]*(?=\{|\[\s*\{)|^[^\n{]*(?=\{\s*")', re.MULTILINE)
"""The start of an object or of a list of objects; text may stand before the object on the same line."""
_DECODER = json.JSONDecoder()
_MOST_TRIES = 100
_CODE_BLOCK = re.compile(
    r"(.*?)^[ \t]*(?:```|~~~)\w*[ \t]*\n\s*(\{.*\})\s*\n[ \t]*(?:```|~~~)\s*", re.DOTALL | re.MULTILINE
)
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
    session_id: str | None = None


def parse(output: str) -> Parsed:
    """Return the result in all that a program printed.

    A JSON object that begins on a line of its own (over one line or several) is the result, when the output ends with
    the object, or when the object has a text and only a few lines follow, such as a shell's last words. `text`,
    `result` or `summary` is the Markdown. `title`, `kind`, `artifacts` (a list of paths) and `usage` (input_tokens,
    output_tokens, cost_usd) are optional, and ignored when malformed. An object without a text is shown as fenced JSON.
    Behind text on the same line, or in a code block at the end, an object is a result when a title, kind, artifacts or
    usage shows so. An object with `is_error`, or with `error` and no text, reports a failure.
    The JSON of known agent programs is read in its own form; their last message may be such an object. Without such an
    object, the whole output is the text, except for lines {"progress": "..."} and terminal codes.
    """
    output = plain(output.removeprefix("\ufeff"))
    objects = _objects(output)
    # A program around an agent's program may print a result of its own behind the other's output.
    typed = max((number for number, each in enumerate(objects) if "type" in each.value), default=-1)
    own = [each.value for each in objects[typed + 1 :] if _is_clear(each.value) and _is_result(each, output)]
    if not own and (known := agent_cli.read([each.value for each in objects])) is not None:
        message = _of_message(known.text)
        error = message.error if known.error is None else _clean(known.error)
        session_id = known.session_id if known.session_id and _SESSION_ID.fullmatch(known.session_id) else None
        return message._replace(usage=_usage(known.usage), error=error, session_id=session_id)
    found = _result_among(objects, output.rstrip())
    if found is None:
        return Parsed(_without_progress(output) or _NOTHING)
    return _of_object(found)


def _of_message(message: str) -> Parsed:
    """Return the result in an agent's last message: the message, or the object that the message consists of."""
    output = message.strip()
    block = _CODE_BLOCK.fullmatch(output)
    objects = _objects(block[2] if block else output)
    found = objects[0].value if len(objects) == 1 and objects[0].start == 0 else {}
    # An object with a text alone behind other text is an example in a report.
    if _has_text(found) and (_is_clear(found) or not (block and block[1].strip())):
        return _of_object(found)
    return Parsed(_clean(message).strip("\n") or _NOTHING)


def _of_object(found: dict[str, Any]) -> Parsed:
    text = next((_clean(found[key]) for key in _TEXT_KEYS if isinstance(found.get(key), str)), None)
    return Parsed(
        text=_fenced(found) if text is None else text.strip("\n") or _NOTHING,
        title=_title(found.get("title")),
        kind=_kind(found.get("kind")),
        artifacts=_paths(found.get("artifacts")),
        usage=_usage(found.get("usage")),
        error=_error(found),
    )


def _has_text(value: dict[str, Any]) -> bool:
    return any(isinstance(value.get(key), str) for key in _TEXT_KEYS)


def _is_clear(value: dict[str, Any]) -> bool:
    return any(key in value for key in _RESULT_KEYS)


def _error(value: dict[str, Any]) -> str | None:
    """Return the failure that a result reports: with `is_error`, or with nothing but an `error`."""
    error = value.get("error")
    reason = _clean(error) if isinstance(error, str) else ""
    if value.get("is_error") is True:
        text = next((value[key] for key in _TEXT_KEYS if isinstance(value.get(key), str)), "")
        return reason or _clean(text) or "The agent reports an error without a reason."
    # Lines of logs have an `error` among keys of their own.
    return (reason or None) if value.keys() <= {"error", *_RESULT_KEYS} else None


class _Found(NamedTuple):
    """A JSON object in the output, and its place."""

    value: dict[str, Any]
    start: int
    end: int
    listed: bool = False


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
        each, cost = _objects_at(output, start)
        budget -= cost
        if budget < 0:
            return _last_objects(output, starts)
        if each:
            found += each
            end = each[-1].end
    return found


def _last_objects(output: str, starts: list[int]) -> list[_Found]:
    """Return the object at the end of an output that is too costly to read from its beginning."""
    last = len(output.rstrip())
    for start in reversed(starts[-_MOST_TRIES:]):
        each, _ = _objects_at(output, start)
        if each and each[-1].end == last:
            return each
    return []


def _objects_at(output: str, start: int) -> tuple[list[_Found], int]:
    """Return the object or the listed objects that begin there, and the cost of looking."""
    try:
        value, end = _DECODER.raw_decode(output, start)
    except json.JSONDecodeError as error:
        return [], error.pos - start + error.pos // 20 + 50
    except (RecursionError, ValueError):  # ValueError: a number with more digits than Python converts
        return [], 10_000
    cost = end - start + 50
    if isinstance(value, list):
        # With `verbose`, Claude Code's format `json` is a list (github.com/anthropics/claude-code/issues/84784).
        listed = [cast("dict[str, Any]", each) for each in cast("list[Any]", value) if isinstance(each, dict)]
        return [_Found(each, start, end, listed=True) for each in listed], cost
    return [_Found(value, start, end)], cost


def _result_among(objects: list[_Found], output: str) -> dict[str, Any] | None:
    """Return the object that is the result, or None."""
    candidates = [each for each in objects if progress_text(each.value) is None and not each.listed]
    if not candidates:
        return None
    results = [each.value for each in candidates[-_MOST_TRIES:] if _is_result(each, output)]
    if results:
        last = results[-1]
        # Behind a result, an object with keys of its own is a line of some log.
        if not _is_clear(last) and not last.keys() <= {*_TEXT_KEYS, "error", "is_error"}:
            return next((each for each in reversed(results) if _is_clear(each)), last)
        return last
    last = candidates[-1]
    return last.value if last.end == len(output) and not _before(output, last.start) else None


def _is_result(found: _Found, output: str) -> bool:
    """Return whether the object is a result, and no example in a text."""
    if not _has_text(found.value) and _error(found.value) is None:
        return False
    clear, rest = _is_clear(found.value), output[found.end :]
    if _before(output, found.start):
        return clear and not rest.partition("\n")[0].strip()
    if not rest.strip():
        return True
    # A text that quotes JSON must not be taken for it: a quoted object stands in a code block, or long before the end.
    if _is_quoted(output, found.start):
        block = _CODE_BLOCK.fullmatch(output) if _FENCE.fullmatch(rest.strip()) else None
        return block is not None and (clear or not block[1].strip())
    return clear or rest.count("\n") <= _MOST_LINES_AFTER


def _before(output: str, start: int) -> str:
    """Return the text before `start` on the same line."""
    return output[output.rfind("\n", 0, start) + 1 : start].strip("\ufeff \t")


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
