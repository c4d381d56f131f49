"""Writing turns the findings that research hands over into a report that people like to read.

What was handed over comes as the task's `packet`: a summary, and the findings as a file.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from advice import advice, names
from agent import brief, fail, finish, progress, workplace
from chart import bars
from words import code, many, size, table

CHART_ROWS = 8


def main() -> None:
    """Do the task on standard input."""
    task = brief()
    findings = handed_over(task.get("packet"))
    progress(f"Reading the findings on {findings['name']}")
    pictures: list[Path] = []
    if findings["files"]:
        pictures.append(workplace(task) / "chart.svg")
        pictures[0].write_text(chart(findings), encoding="utf-8")
    progress("Writing the report")
    text = report(findings, task["packet"], pictures)
    finish(text, title=f"Check-up of {findings['name']}", kind="report", artifacts=pictures)


def handed_over(packet: dict[str, Any] | None) -> dict[str, Any]:
    """The findings in the packet's files."""
    files = [Path(artifact) for artifact in (packet or {}).get("artifacts", []) if artifact.endswith(".json")]
    if not files:
        fail("I write from findings that another agent hands over. Ask research to check up on a folder.")
    try:
        return json.loads(files[0].read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fail(f"The findings in {files[0]} cannot be read: {error}.")


def chart(findings: dict[str, Any]) -> str:
    """Where the bytes are, as a picture."""
    found = findings["kinds"]
    rows = [(one["kind"], one["bytes"], size(one["bytes"])) for one in found[:CHART_ROWS]]
    if rest := found[CHART_ROWS:]:
        total = sum(one["bytes"] for one in rest)
        rows.append((f"{len(rest)} more kinds", total, size(total)))
    return bars(f"Bytes by kind of file in {findings['name'][:40]}", rows)


def report(findings: dict[str, Any], packet: dict[str, Any], pictures: list[Path]) -> str:
    """The whole report as Markdown."""
    if not findings["files"]:
        parts = [f"{code(findings['folder'])} is empty: {not_even(findings)}. There is nothing to report."]
        return "\n\n".join([*parts, *how_it_was_made(findings, packet)])
    parts = [
        verdict(findings),
        *(f"![Bytes by kind of file]({picture.name})" for picture in pictures),
        *what_to_do(findings),
        *what_is_there(findings),
        *duplicates(findings),
        *open_ends(findings),
        *how_it_was_made(findings, packet),
    ]
    return "\n\n".join(parts)


def verdict(findings: dict[str, Any]) -> str:
    """What a person wants to know first, in plain words."""
    sort = "software project" if findings["is_project"] else "folder"
    contents = f"{many(findings['files'], 'file')} ({size(findings['bytes'])}), mostly {mostly(findings)}"
    newest = findings["newest"]
    changed = f", last changed {ago(findings['looked_at'] - newest['at'])}" if newest else ""
    todo = advice(findings)
    urgent = [one.matter for one in todo if one.urgent]
    later = [one.matter for one in todo if not one.urgent]
    if urgent:
        judgment = f"**Look at this today:** {listed(urgent)}."
        judgment += f" {many(len(later), 'other thing')} can wait." if later else ""
    elif later:
        judgment = f"**Nothing is urgent.** Worth doing: {listed(later)}."
    else:
        judgment = "**It is in good order:** nothing needs to be done."
    early = f" The survey stopped early, {findings['stopped']}, so there may be more." if findings["stopped"] else ""
    return f"{code(findings['folder'])} is a {sort} of {contents}{changed}. {judgment}{early}"


def mostly(findings: dict[str, Any]) -> str:
    """What most of it is: by lines for a project, by bytes for anything else."""
    measure = "lines" if findings["is_project"] else "bytes"
    among = [one for one in findings["kinds"] if one["code"] or not findings["is_project"]]
    best = max(among, key=lambda one: one[measure])
    if best["code"]:
        return best["kind"]
    word = best["kind"] if best["kind"].isupper() else best["kind"].lower()
    return "files without an ending" if word == "no ending" else f"{word} files"


def what_to_do(findings: dict[str, Any]) -> list[str]:
    """The advice as a list, most useful first."""
    todo = "\n".join(f"{number}. {one.action}" for number, one in enumerate(advice(findings), 1))
    return ["## What to do next", todo] if todo else []


def what_is_there(findings: dict[str, Any]) -> list[str]:
    """The kinds of files, the largest ones, and the ages."""
    kinds = [
        [one["kind"], f"{one['files']:,}", size(one["bytes"]), f"{one['lines']:,}" if one["lines"] else ""]
        for one in findings["kinds"][:12]
    ]
    largest = [[code(one["path"], in_table=True), size(one["bytes"])] for one in findings["largest"][:8]]
    parts = ["## What is there", table(["Kind", "Files>", "Bytes>", "Lines>"], kinds)]
    if len(findings["kinds"]) > len(kinds):
        parts.append(f"… and {many(len(findings['kinds']) - len(kinds), 'more kind', 'more kinds')}.")
    parts += ["### The largest files", table(["File", "Bytes>"], largest)]
    newest, oldest = findings["newest"], findings["oldest"]
    if newest and oldest and findings["files"] > 1:
        parts.append(
            f"The newest is {code(newest['path'])} of {day(newest['at'])}, the oldest {code(oldest['path'])} of "
            f"{day(oldest['at'])}; {many(findings['changed_in_30_days'], 'file')} changed within the last 30 days."
        )
    return parts


def duplicates(findings: dict[str, Any]) -> list[str]:
    """What the intern measured."""
    measured = findings["measured"]
    if measured is None:
        return ["## Copies and sizes", f"Not measured: {findings['not_measured']}."]
    parts = ["## Copies and sizes"]
    if measured["duplicates"]:
        rows = [
            [
                size(one["wasted_bytes"]),
                f"{one['copies']:,}",
                ", ".join(code(path, in_table=True) for path in one["paths"][:3]),
            ]
            for one in measured["duplicates"][:8]
        ]
        parts += [
            f"Without loss, {many(measured['duplicate_files'], 'file')} could go: {size(measured['wasted_bytes'])}.",
            table(["Wasted>", "Copies>", "Where"], rows),
        ]
    else:
        parts.append("No file is there twice.")
    rows = [[row["length"], f"{row['files']:,}", size(row["bytes"])] for row in measured["spread"] if row["files"]]
    share = 100 * measured["largest_ten_bytes"] / max(measured["bytes"], 1)
    if measured["files"] > 10:
        middle = size(measured["median_bytes"])
        parts.append(f"The file in the middle has {middle}; the ten largest hold {share:.0f} % of it all.")
    parts.append(table(["Length", "Files>", "Bytes>"], rows))
    if measured["stopped"]:
        parts.append(f"The measurement stopped early, {measured['stopped']}.")
    return parts


def open_ends(findings: dict[str, Any]) -> list[str]:
    """The first of the lines that say that something is not done."""
    examples = findings["open_end_examples"][:10]
    if not examples:
        return []
    rows = [[code(f"{one['path']}:{one['line']}", in_table=True), code(one["text"], in_table=True)] for one in examples]
    parts = ["## Open ends", table(["Where", "What it says"], rows)]
    if findings["open_ends"] > len(examples):
        parts.append(f"… and {findings['open_ends'] - len(examples):,} more.")
    return parts


def how_it_was_made(findings: dict[str, Any], packet: dict[str, Any]) -> list[str]:
    """Where the numbers come from, and what was left out."""
    moment = datetime.fromtimestamp(findings["looked_at"], UTC)
    who = f"{packet.get('from_agent') or 'research'} surveyed the folder on {moment:%d %B %Y at %H:%M} UTC"
    who += ", an intern measured copies and sizes" if findings["measured"] else ""
    left_out = (
        f"Left out: {names(findings['skipped'], findings['skipped_count'])}. " if findings["skipped_count"] else ""
    )
    links = f"{many(findings['links'], 'link')} not followed. " if findings["links"] else ""
    history = f"[The conversation is here]({packet['history_url']})." if packet.get("history_url") else ""
    return [
        "## How this was made",
        f"{who[0].upper()}{who[1:]}; writing made the report. {left_out}{links}{history}".rstrip(),
    ]


def not_even(findings: dict[str, Any]) -> str:
    """What an empty folder has instead of files."""
    there: list[str] = []
    if findings["folders"]:
        there.append(f"only {many(findings['folders'], 'folder')} without files")
    if findings["links"]:
        there.append(many(findings["links"], "link"))
    if findings["skipped_count"]:
        there.append(f"only {names(findings['skipped'], findings['skipped_count'])}, which I leave alone")
    if findings["unreadable_count"]:
        there.append(f"{many(findings['unreadable_count'], 'part')} could not be read")
    return ", ".join(there) or "no file, no folder"


def listed(parts: list[str]) -> str:
    """Parts of a sentence: one, two and three."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def day(moment: float) -> str:
    """A date, whatever the clock of the machine that wrote the file said."""
    try:
        return f"{datetime.fromtimestamp(moment, UTC):%d %B %Y}"
    except (OverflowError, OSError, ValueError):
        return "an impossible date"


def ago(seconds: float) -> str:
    """How long ago, roughly."""
    days = int(seconds // 86_400)
    if days <= 0:
        return "today"
    if days < 60:
        return f"{many(days, 'day')} ago"
    return f"{many(days // 30, 'month')} ago" if days < 730 else f"{many(days // 365, 'year')} ago"


if __name__ == "__main__":
    main()
