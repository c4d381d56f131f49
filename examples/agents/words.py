"""How numbers, file names and tables are written in Markdown."""

from __future__ import annotations

import re


def size(count: float) -> str:
    """A number of bytes as people say it."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 999.5:
            return "1 byte" if count == 1 and unit == "bytes" else f"{_short(count)} {unit}"
        count /= 1000
    return f"{_short(count)} TB"


def _short(count: float) -> str:
    return f"{count:.1f}".removesuffix(".0") if count < 9.95 else f"{count:.0f}"


def many(count: int, one: str, more: str | None = None) -> str:
    """A count with its noun: 1 file, 2 files."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def code(name: str, *, in_table: bool = False) -> str:
    """A file name as Markdown code, whatever is in it: line breaks, backticks, pipes."""
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
    shown = shown if len(shown) <= 120 else f"{shown[:70]}…{shown[-49:]}"
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    pad = " " if shown[:1] in ("`", " ") or shown[-1:] in ("`", " ") else ""
    return f"{ticks}{pad}{shown.replace('|', chr(92) + '|') if in_table else shown}{pad}{ticks}"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; a head that ends in `>` names a column of numbers."""
    rule = ["---:" if head.endswith(">") else "---" for head in heads]
    lines = [[head.rstrip(">") for head in heads], rule, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
