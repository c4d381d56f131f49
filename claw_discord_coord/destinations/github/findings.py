"""Findings about lines of files: read from a text, and placed in the diff of a pull request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from claw_discord_coord.text.markdown import code_and_prose

_FINDING = re.compile(
    r"^[ \t]*(?:[-*+]|\d{1,3}[.)])?[ \t]*[*_`]*(?P<path>[\w.@+/-]*[./][\w.@+/-]*\w):(?P<line>\d{1,7})(?::\d+)?"
    r"[*_`]*[ \t]*(?:[:–—-][ \t]*)?(?P<text>\S.*)$"
)
"""`path:line: text` or `path:line:column: text`, the form of compilers and linters, perhaps in a list."""
# GNU diffutils manual, "Detailed Description of Unified Format"
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(?P<start>\d+)(?:,\d+)? @@")
"""The heading of a hunk in a unified diff."""

# The pattern is tried on every line; on a line of minified code it would take long.
_LINE_CHARS = 2_000


@dataclass(frozen=True)
class Finding:
    """A remark about a line of a file."""

    path: str
    line: int
    text: str


def findings(text: str) -> tuple[Finding, ...]:
    """Return the findings in a text, in order. Code blocks are not searched."""
    found: list[Finding] = []
    pieces = code_and_prose(text)
    prose = "".join("\n" if code and "\n" in piece else piece for code, piece in pieces)
    for line in prose.splitlines():
        if len(line) < _LINE_CHARS and (match := _FINDING.match(line)):
            remark = match["text"].strip()
            # An odd backtick closes a code span that began before the path.
            remark = remark.rstrip("`") if remark.count("`") % 2 else remark
            found.append(Finding(match["path"].removeprefix("./"), int(match["line"]), remark))
    return tuple(dict.fromkeys(found))


def lines_of(patch: str) -> frozenset[int]:
    """Return the lines of the new file in a patch."""
    shown: set[int] = set()
    number = 0
    for row in patch.splitlines():
        if match := _HUNK.match(row):
            number = int(match["start"])
        elif number and not row.startswith(("-", "\\")):
            shown.add(number)
            number += 1
    return frozenset(shown)


def placeable(found: tuple[Finding, ...], patches: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the findings about lines in the patches (by path)."""
    # GitHub refuses a whole review if one comment is about a line outside of the diff.
    shown = {path: lines_of(patch) for path, patch in patches.items()}
    return tuple(finding for finding in found if finding.line in shown.get(finding.path, frozenset()))
