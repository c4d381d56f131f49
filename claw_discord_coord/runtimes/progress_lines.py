"""Finds the lines of progress in a program's output while the program runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, cast

from claw_discord_coord.text.excerpts import beginning

_LINE_CHARS = 400
"""How much of a line is shown; the output has the whole line."""
_MOST_TRIES = 20
"""How many blocks of several lines are tried as JSON per call, so that no output can make reading slow."""
_BREAK = re.compile(rb"\r\n|\n|\r(?=.)", re.DOTALL)
"""The end of a line. A lone carriage return redraws a line; as the last byte, a line feed may still follow."""
_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[PX^_][^\x1b\n]*(?:\x1b\\)?|[ -/]*[0-~])"
)
"""Terminal control sequences. Source: ECMA-48, sections 5.3 to 5.6; OSC may also end with BEL (xterm)."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_INSIDE_JSON = ('"', "}", "]", " ", "\t")


def digest(output: bytes) -> tuple[list[str], int]:
    """Return the progress lines in the output so far, and how many bytes need not be read again.

    An unfinished line, and a block that may become the JSON object of the result, are left for the next call. A line
    {"progress": "..."} is progress with the text given there. Other JSON objects are for machines and are not shown.
    """
    lines: list[str] = []
    held: list[str] = []
    digested = start = tries = 0
    for end in _BREAK.finditer(output):
        line = output[start : end.start()].decode("utf-8", errors="replace")
        # The block was not a JSON object, since an object cannot go on with such a line: its lines are progress.
        if held and not line.startswith(_INSIDE_JSON):
            lines += _shown(held)
            held, digested = [], start
        start = end.end()
        if held or line.startswith("{"):
            held.append(line)
            if len(held) == 1 or line.rstrip() == "}":
                finished, progress = _as_json("\n".join(held), tries)
                tries += len(held) > 1
                lines += progress
                held = [] if finished else held
        else:
            lines += _shown([line])
        if not held:
            digested = start
    return lines, digested


def clean_line(line: str) -> str:
    """Return a readable line: without terminal codes, control characters and trailing space, and of limited length."""
    text = plain(line).replace("\n", " ").expandtabs(2).rstrip()
    # Masked only where a cut would hide the shape of a secret: the coordinator masks progress, over several lines.
    return text if len(text) <= _LINE_CHARS else beginning(text, _LINE_CHARS)


def plain(text: str) -> str:
    """Return the text without terminal codes and control characters, but with tabs and line feeds.

    Of a line that was redrawn, the last version stays.
    """
    text = _ESCAPE.sub("", text.replace("\r\n", "\n"))
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _CONTROL.sub("", text)


def progress_text(value: Any) -> str | None:
    """Return the text of a progress object, or None for any other value."""
    if isinstance(value, dict) and "progress" in value:
        text = cast("dict[str, Any]", value)["progress"]
        return text if isinstance(text, str) else None
    return None


def _as_json(block: str, tries: int) -> tuple[bool, list[str]]:
    """Return whether the block is a whole JSON object, and the progress in the object.

    After too many tries, a block counts as an object.
    """
    if not block.rstrip().endswith("}"):
        return False, []
    try:
        value = json.loads(block)
    except (ValueError, RecursionError):
        return tries >= _MOST_TRIES, []
    return True, _shown([progress_text(value) or ""])


def _shown(lines: Iterable[str]) -> list[str]:
    """Return the cleaned lines, without empty lines."""
    return [shown for line in lines if (shown := clean_line(line))]
