"""Engineering measures a folder: which files are there twice, and how its bytes are distributed.

The task's text names the folder: Measure duplicate files in "/home/me/project".
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from agent import brief, fail, finish, progress, workplace
from folder import Budget, File, Walk, named_in
from words import code, many, size, table

STEPS = [1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]
HEAD_BYTES = 64 * 1024
"""How much of two files of equal length is compared before all of it is."""
SHOWN = 20


def main() -> None:
    """Do the task on standard input."""
    task = brief()
    folder = named_in(task["text"])
    if folder is None:
        fail('I measure folders. Name one that exists by its absolute path in quotes: Measure "/home/me/project".')
    progress(f"Measuring {folder}")
    numbers = measure(folder)
    file = workplace(task) / "measurements.json"
    file.write_text(json.dumps(numbers, indent=1), encoding="utf-8")
    finish(told(numbers), title=f"Measurements of {folder.name or folder}", kind="measurements", artifacts=[file])


def measure(folder: Path) -> dict[str, Any]:
    """The numbers, as plain data."""
    walk = Walk(folder, Budget())
    files = list(walk.files(lambda count: progress(f"{count:,} files so far")))
    same_size: dict[int, list[File]] = defaultdict(list)
    for file in files:
        if file.status.st_size:
            same_size[file.status.st_size].append(file)
    candidates = {length: group for length, group in same_size.items() if len(group) > 1}
    progress(f"{many(len(files), 'file')}; comparing {sum(map(len, candidates.values())):,} of equal length")
    groups = [group for length in sorted(candidates, reverse=True) for group in equal(candidates[length], walk)]
    groups.sort(key=lambda group: (-wasted(group), group[0].name))
    lengths = sorted(file.status.st_size for file in files)
    return {
        "files": len(files),
        "bytes": sum(lengths),
        "stopped": walk.budget.stopped,
        "duplicate_files": sum(len(group) - 1 for group in groups),
        "duplicate_groups": len(groups),
        "wasted_bytes": sum(map(wasted, groups)),
        "duplicates": [
            {
                "bytes_each": group[0].status.st_size,
                "copies": len(group),
                "wasted_bytes": wasted(group),
                "paths": [file.name.encode("utf-8", "replace").decode() for file in group[:SHOWN]],
            }
            for group in groups[:SHOWN]
        ],
        "median_bytes": lengths[len(lengths) // 2] if lengths else 0,
        "empty_files": sum(length == 0 for length in lengths),
        "largest_ten_bytes": sum(lengths[-10:]),
        "spread": spread(lengths),
    }


def equal(group: list[File], walk: Walk) -> list[list[File]]:
    """The files of equal length, grouped by equal content. Two names of one file (hard links) count once."""
    distinct = list({(file.status.st_dev, file.status.st_ino or file.path): file for file in group}.values())
    alike = by_content(distinct, walk, upto=HEAD_BYTES)
    if group[0].status.st_size <= HEAD_BYTES:
        return alike
    return [same for group in alike for same in by_content(group, walk, upto=None)]


def by_content(files: list[File], walk: Walk, *, upto: int | None) -> list[list[File]]:
    """The files that agree in their first bytes, or in all of them; those that are like no other are left out."""
    found: dict[bytes, list[File]] = defaultdict(list)
    for file in files:
        if not walk.budget.spend(read_bytes=upto or file.status.st_size):
            break
        try:
            with file.path.open("rb") as stream:
                if upto is None:
                    found[hashlib.file_digest(stream, "sha256").digest()].append(file)
                else:
                    found[hashlib.sha256(stream.read(upto)).digest()].append(file)
        except OSError:
            walk.unreadable.append(file.name)
    return [alike for alike in found.values() if len(alike) > 1]


def wasted(group: list[File]) -> int:
    """How many bytes all copies but one take."""
    return group[0].status.st_size * (len(group) - 1)


def spread(lengths: list[int]) -> list[dict[str, Any]]:
    """How many files and bytes there are of which length."""
    rows: list[dict[str, Any]] = []
    for low, high in zip([0, *STEPS], [*STEPS, None], strict=True):
        inside = [length for length in lengths if low <= length and (high is None or length < high)]
        words = (
            f"under {size(STEPS[0])}"
            if not low
            else f"{size(low)} and more"
            if high is None
            else f"{size(low)} to {size(high)}"
        )
        rows.append({"length": words, "files": len(inside), "bytes": sum(inside)})
    return rows


def told(numbers: dict[str, Any]) -> str:
    """The numbers in words and tables."""
    parts = [
        f"{many(numbers['files'], 'file')} with {size(numbers['bytes'])}. "
        + (
            f"Copies of others: {numbers['duplicate_files']:,}; they waste **{size(numbers['wasted_bytes'])}**."
            if numbers["duplicate_files"]
            else "No file is there twice."
        )
    ]
    if numbers["stopped"]:
        parts.append(f"I stopped early, {numbers['stopped']}: there may be more.")
    if numbers["duplicates"]:
        rows = [
            [
                size(one["wasted_bytes"]),
                str(one["copies"]),
                ", ".join(code(path, in_table=True) for path in one["paths"][:3]),
            ]
            for one in numbers["duplicates"][:10]
        ]
        parts.append(table(["Wasted>", "Copies>", "Where"], rows))
    rows = [[row["length"], f"{row['files']:,}", size(row["bytes"])] for row in numbers["spread"] if row["files"]]
    if rows:
        parts.append(table(["Length", "Files>", "Bytes>"], rows))
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
