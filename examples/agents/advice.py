"""What to do about a folder, most useful first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from words import code, many, size

LARGE_BYTES = 10_000_000


class Advice(NamedTuple):
    """The matter in a few words, what to do about it, and whether it cannot wait."""

    matter: str
    action: str
    urgent: bool = False


def advice(findings: dict[str, Any]) -> list[Advice]:
    """Everything worth doing."""
    return [*risks(findings), *gaps(findings), *clutter(findings), *loose_ends(findings)]


def risks(findings: dict[str, Any]) -> Iterator[Advice]:
    """What may do harm."""
    if count := findings["secrets_count"]:
        places = "; ".join(f"{located(one)} ({one['what']})" for one in findings["secrets"][:5])
        yield Advice(
            f"{many(count, 'place looks', 'places look')} like a secret",
            "Check each of these; if it is real, replace it where it came from and remove it here: "
            f"{places}{more(count, 5)}.",
            urgent=True,
        )
    if count := findings["secrets_in_tests_count"]:
        places = ", ".join(located(one) for one in findings["secrets_in_tests"][:5])
        yield Advice(
            f"{many(count, 'test holds', 'tests hold')} what looks like a secret",
            f"Make sure that what looks like a secret in tests is made up: {places}{more(count, 5)}.",
        )
    if count := findings["unreadable_count"]:
        yield Advice(
            f"{many(count, 'entry', 'entries')} could not be read",
            f"Give yourself the right to read {names(findings['unreadable'], count)}, or remove what nobody reads.",
        )


def gaps(findings: dict[str, Any]) -> Iterator[Advice]:
    """What a software project should have and this one has not."""
    if not findings["is_project"]:
        return
    if "readme" not in findings["signs"]:
        yield Advice("there is no readme", "Write a readme of ten lines: what it is for, how to start it, whom to ask.")
    if "tests" not in findings["signs"]:
        yield Advice("there are no tests", "Write one test of the thing that must never break.")
    if findings["is_repository"] and "license" not in findings["signs"]:
        yield Advice("there is no license", "Add a license: without one, nobody else may use it.")


def clutter(findings: dict[str, Any]) -> Iterator[Advice]:
    """What takes room for nothing."""
    large = [one for one in findings["largest"] if one["bytes"] >= LARGE_BYTES]
    if findings["is_repository"] and large:
        which = ", ".join(f"{code(one['path'])} ({size(one['bytes'])})" for one in large[:3])
        yield Advice(
            many(len(large), "very large file"),
            f"Keep very large files out of version control (Git LFS, or a download): {which}{more(len(large), 3)}.",
        )
    measured = findings["measured"] or {"wasted_bytes": 0}
    wasted = measured["wasted_bytes"]
    if wasted >= 1_000_000 or wasted * 20 > findings["bytes"]:
        yield Advice(
            f"{size(wasted)} are copies of other files",
            f"Remove copies: {many(measured['duplicate_files'], 'file')} could go, which saves {size(wasted)}; "
            "the table under “Copies and sizes” names them.",
        )
    if count := findings["junk_count"]:
        yield Advice(
            many(count, "stray file"),
            f"Delete what a system or an editor left behind: {names(findings['junk'], count)}.",
        )


def loose_ends(findings: dict[str, Any]) -> Iterator[Advice]:
    """What was begun and not finished."""
    if count := findings["broken_links_count"]:
        yield Advice(
            f"{many(count, 'link leads', 'links lead')} nowhere",
            f"Repair or remove {names(findings['broken_links'], count)}.",
        )
    if count := findings["open_ends"]:
        yield Advice(
            f"{many(count, 'open end')} (TODO, FIXME)", "Go through the open ends below: do each, or delete the line."
        )


def located(one: dict[str, Any]) -> str:
    """A finding's place."""
    return code(one["path"] if one["line"] is None else f"{one['path']}:{one['line']}")


def names(paths: list[str], count: int) -> str:
    """Some paths, and how many more there are."""
    return ", ".join(code(path) for path in paths[:4]) + more(count, 4)


def more(count: int, shown: int) -> str:
    """How many are not shown."""
    return f" and {count - shown:,} more" if count > shown else ""
