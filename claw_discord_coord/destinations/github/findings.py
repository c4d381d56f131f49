"""Findings about lines of files: found in a text, and placed in the diff of a pull request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from claw_discord_coord.text.markdown import code_and_prose

_FINDING = re.compile(
    r"^[ \t]*(?:[-*+]|\d{1,3}[.)])?[ \t]*[*_`]*(?P<path>[\w.@+/-]*[./][\w.@+/-]*\w):(?P<line>\d{1,7})(?::\d+)?"
    r"[*_`]*[ \t]*(?:[:–—-][ \t]*)?(?P<text>\S.*)$"
)
"""`path:line: text` or `path:line:column: text`, as compilers and linters write it, perhaps in a list."""
_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(?P<start>\d+)(?:,\d+)? @@")
"""A hunk's heading in a unified diff (GNU diffutils manual, "Detailed Description of Unified Format")."""


@dataclass(frozen=True)
class Finding:
    """What is said about one line of one file."""

    path: str
    line: int
    text: str


def findings(text: str) -> tuple[Finding, ...]:
    """Find the lines that say something about a line of a file, in their order; code blocks are not searched."""
    found: list[Finding] = []
    pieces = code_and_prose(text)
    prose = "".join("\n" if code and "\n" in piece else piece for code, piece in pieces)
    for line in prose.splitlines():
        if len(line) < 2_000 and (match := _FINDING.match(line)):
            said = match["text"].strip()
            said = said.rstrip("`") if said.count("`") % 2 else said  # of a code span that began before the path
            found.append(Finding(match["path"].removeprefix("./"), int(match["line"]), said))
    return tuple(dict.fromkeys(found))


def lines_of(patch: str) -> frozenset[int]:
    """List the lines of the new file that a patch shows; GitHub takes review comments on no others."""
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
    """Keep the findings about lines that the patches, by path, show."""
    shown = {path: lines_of(patch) for path, patch in patches.items()}
    return tuple(finding for finding in found if finding.line in shown.get(finding.path, frozenset()))
