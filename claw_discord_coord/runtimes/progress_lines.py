"""Reads a program's output while it runs: which of it is progress, as clean single lines."""

from __future__ import annotations

import json
import re
from typing import Any, cast

_LINE_CHARS = 400
"""How much of a line is shown; the whole of it stays in the output."""
_MOST_TRIES = 20
"""How often blocks of several lines are tried as JSON in one look, so that no output makes looking slow."""
_BREAK = re.compile(rb"\r\n|\n|\r(?=.)", re.DOTALL)
"""A lone carriage return redraws a line, so it ends one; the last byte is left alone, as a line feed may follow it."""
_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[PX^_][^\x1b\n]*(?:\x1b\\)?|[ -/]*[0-~])"
)
"""Terminal control sequences. Source: ECMA-48, sections 5.3 to 5.6; OSC may also end with BEL (xterm)."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INSIDE_JSON = ('"', "}", "]", " ", "\t")


def digest(output: bytes) -> tuple[list[str], int]:
    """The progress lines in the output so far, and how many bytes need not be looked at again.

    What is not a whole line yet, or may become the JSON object that is the result, is left for the next look. A line
    {"progress": "..."} is progress with that text; other JSON objects are for machines and are not shown.
    """
    lines: list[str] = []
    held: list[str] = []
    digested = start = tries = 0
    for end in _BREAK.finditer(output):
        line = output[start : end.start()].decode("utf-8", errors="replace")
        if held and not line.startswith(_INSIDE_JSON):
            lines += [shown for text in held if (shown := clean_line(text))]
            held, digested = [], start
        start = end.end()
        if held or line.startswith("{"):
            held.append(line)
            if len(held) == 1 or line.rstrip() == "}":
                finished, said = _as_json("\n".join(held), tries)
                tries += len(held) > 1
                lines += said
                held = [] if finished else held
        elif shown := clean_line(line):
            lines.append(shown)
        if not held:
            digested = start
    return lines, digested


def clean_line(line: str) -> str:
    """The line as one a person can read anywhere: no terminal codes or control characters, no trailing space,
    bounded.
    """
    text = plain(line).replace("\n", " ").expandtabs(2).rstrip()
    return text if len(text) <= _LINE_CHARS else text[: _LINE_CHARS - 1] + "…"


def plain(text: str) -> str:
    """The text without terminal codes and control characters; tabs and line feeds stay, and of a line that was
    redrawn the last drawing.
    """
    text = _ESCAPE.sub("", text.replace("\r\n", "\n"))
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _CONTROL.sub("", text)


def progress_text(value: Any) -> str | None:
    """The text of a progress object, or None for anything else."""
    if isinstance(value, dict) and "progress" in value:
        text = cast("dict[str, Any]", value)["progress"]
        return text if isinstance(text, str) else None
    return None


def _as_json(block: str, tries: int) -> tuple[bool, list[str]]:
    """Whether the block is a whole JSON object, and what progress it tells. What took many tries is taken for one."""
    if not block.rstrip().endswith("}"):
        return False, []
    try:
        value = json.loads(block)
    except (ValueError, RecursionError):
        return tries >= _MOST_TRIES, []
    shown = clean_line(progress_text(value) or "")
    return True, [shown] if shown else []
