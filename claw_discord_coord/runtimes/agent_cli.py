"""Reads what agent programs print: `claude -p`, `codex exec --json` and `gemini -p`, with their JSON formats.

These programs may end with exit code 0 although they failed; only their output says so. Sources: Claude Code's
documentation, "Run Claude Code programmatically" and "Agent SDK reference", SDKResultMessage; Codex, "Non-interactive
mode", events of `codex exec --json`; Gemini CLI, "Headless mode reference".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

Json = Mapping[str, Any]


class CliResult(NamedTuple):
    """The end of an agent program.

    Attributes:
        text: The agent's last message.
        error: The reason for a failure; None for success.
        usage: Token counts and cost, as `input_tokens`, `output_tokens` and `cost_usd`.
        session_id: The id of the program's session. Claude Code and Gemini CLI name it `session_id`, Codex `thread_id`.
    """

    text: str
    error: str | None = None
    usage: Mapping[str, Any] | None = None
    session_id: str | None = None


def read(objects: Sequence[Json]) -> CliResult | None:
    """Return the result in the JSON objects that a program printed, or None when no form is known."""
    for form in _FORMS:
        if (found := form(objects)) is not None:
            ids = (_text(value, "session_id") or _text(value, "thread_id") for value in reversed(objects))
            return found._replace(session_id=next((id_ for id_ in ids if id_), None))
    return None


def _claude(objects: Sequence[Json]) -> CliResult | None:
    last = _last(objects, lambda value: value.get("type") == "result" and ("subtype" in value or "is_error" in value))
    messages = [
        _claude_text(value)
        for value in objects
        # Messages with a parent are those of subagents.
        if value.get("type") == "assistant" and value.get("parent_tool_use_id") is None
    ]
    message = next((text for text in reversed(messages) if text.strip()), "")
    if last is None:
        if not any((value.get("type"), value.get("subtype")) == ("system", "init") for value in objects):
            return None
        return CliResult(message, "the program ended before its turn did")
    used = _object(last, "usage")
    read_tokens = sum(_count(used, name) for name in ("input_tokens", "cache_read_input_tokens"))
    usage = {
        "input_tokens": read_tokens + _count(used, "cache_creation_input_tokens"),
        "output_tokens": _count(used, "output_tokens"),
        "cost_usd": last.get("total_cost_usd", last.get("cost_usd")),
    }
    text, subtype = _text(last, "result"), _text(last, "subtype")
    if last.get("is_error") is True or subtype.startswith("error"):
        errors = last.get("errors")
        listed = "; ".join(str(each) for each in cast("list[Any]", errors)) if isinstance(errors, list) else ""
        return CliResult(text, text or listed or subtype.replace("_", " "), usage)
    # `result` may be empty although the assistant wrote a message (github.com/anthropics/claude-code/issues/38706).
    structured = last.get("structured_output")
    if isinstance(structured, dict) and structured:
        text = json.dumps(structured)
    return CliResult(text if text.strip() else message, None, usage)


def _claude_text(value: Json) -> str:
    content = _object(value, "message").get("content")
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    blocks = [cast("Json", block) for block in cast("list[Any]", content) if isinstance(block, dict)]
    return "".join(_text(block, "text") for block in blocks if block.get("type") == "text")


def _codex(objects: Sequence[Json]) -> CliResult | None:
    # Compared with tuples and not with sets: a value from outside may be a list, which no set can look up.
    if not any(value.get("type") in ("thread.started", "turn.started", "turn.completed") for value in objects):
        return None
    text, error = "", None
    tokens = {"input_tokens": 0, "output_tokens": 0}
    for value in objects:
        match value.get("type"):
            case "item.completed":
                item = _object(value, "item")
                # The field was named item_type, and the kind assistant_message, in earlier versions.
                if item.get("type", item.get("item_type")) in ("agent_message", "assistant_message"):
                    text = _text(item, "text")
            case "turn.completed" | "turn.failed" as end:
                used = _object(value, "usage")
                tokens = {name: count + _count(used, name) for name, count in tokens.items()}
                error = _message(value) or "the turn failed" if end == "turn.failed" else None
            case "error":
                error = _message(value) or "an error"
            case _:
                pass
    ended = any(value.get("type") in ("turn.completed", "turn.failed") for value in objects)
    if not ended and error is None:
        error = "the program ended before its turn did"
    return CliResult(text, error, tokens)


def _gemini_json(objects: Sequence[Json]) -> CliResult | None:
    last = _last(objects, lambda value: isinstance(value.get("stats"), dict) and "type" not in value)
    if last is None:
        last = _last(objects, lambda value: set(value) <= {"session_id", "error"} and "error" in value)
    if last is None or not ("response" in last or "error" in last):
        return None
    error = (_message(last) or "an error") if last.get("error") else None
    return CliResult(_text(last, "response"), error, _gemini_usage(_object(last, "stats")))


def _gemini_stream(objects: Sequence[Json]) -> CliResult | None:
    last = _last(objects, lambda value: value.get("type") == "result" and value.get("status") in ("success", "error"))
    if last is None:
        return None
    said: list[str] = []
    for value in objects:
        if (value.get("type"), value.get("role")) == _SAID:
            said.append(_text(value, "content"))
        elif value.get("type") == "tool_use":
            # The pieces before a use of a tool are a message of their own.
            said.clear()
    error = (_message(last) or "an error") if last["status"] == "error" else None
    return CliResult("".join(said), error, _gemini_usage(_object(last, "stats")))


def _gemini_usage(stats: Json) -> dict[str, Any]:
    usage = {"input_tokens": _count(stats, "input_tokens"), "output_tokens": _count(stats, "output_tokens")}
    models = _object(stats, "models")
    for name in models:
        tokens = _object(_object(models, name), "tokens")
        usage["input_tokens"] += _count(tokens, "prompt")
        usage["output_tokens"] += _count(tokens, "candidates") + _count(tokens, "thoughts")
    return usage


_SAID = ("message", "assistant")
_FORMS = (_claude, _codex, _gemini_stream, _gemini_json)


def _last(objects: Sequence[Json], holds: Callable[[Json], bool]) -> Json | None:
    return next((value for value in reversed(objects) if holds(value)), None)


def _object(value: Json, name: str) -> Json:
    found = value.get(name)
    return cast("Json", found) if isinstance(found, dict) else {}


def _text(value: Json, name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _count(value: Json, name: str) -> int:
    found = value.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 10**15 else 0


def _message(value: Json) -> str:
    """Return the message of an error: `message`, or `error` as a text or an object with `message`."""
    error = value.get("error")
    return _text(value, "message") or (error if isinstance(error, str) else _text(_object(value, "error"), "message"))
