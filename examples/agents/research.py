r"""Research surveys a folder, has an intern measure it, and hands what was found to writing.

The task's text names the folder: Check up on "/home/me/project". By hand, without a coordinator:

    echo '{"text": "Check up on \"/home/me/project\""}' | python research.py
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import kinds
from agent import brief, call, fail, finish, progress, workplace, works_alone
from folder import Budget, File, Walk, named_in
from words import code, many, size

BLOCK_BYTES = 1_000_000
"""How much is read at once; the first block of a file is searched for secrets and open ends."""
COUNTED_BYTES = 500_000_000
"""How much of one file is read to count its lines."""
SHOWN = 20
DAY_S = 86_400


def main() -> None:
    """Do the task on standard input."""
    task = brief()
    folder = named_in(task["text"])
    if folder is None:
        fail(
            "The task names no folder that exists here. Name one by its absolute path in quotes: "
            'Check up on "/home/me/project".'
        )
    progress(f"Surveying {folder}")
    findings = survey(folder)
    progress(f"{many(findings['files'], 'file')}, {size(findings['bytes'])}, {many(findings['lines'], 'line')}")
    if works_alone():
        progress("I work alone: nobody measures duplicates, and nobody writes the report")
    else:
        findings["measured"], findings["not_measured"] = measured_by_intern(folder)
    file = workplace(task) / "findings.json"
    file.write_text(json.dumps(findings, indent=1), encoding="utf-8")
    text = summary(findings)
    if not works_alone():
        progress("Handing the findings to writing")
        words = f'Write a report on the folder "{folder}" from the findings that come with this.'
        passed_on = call(
            "handoff",
            "--task-id",
            task["task_id"],
            "--to-agent",
            "writing",
            "--summary",
            words,
            "--artifact",
            str(file),
        )
        text += f"\n\nWriting makes a report of this in task {passed_on['task_id']}."
    finish(text, title=f"Survey of {folder.name or folder}", kind="findings", artifacts=[file])


def measured_by_intern(folder: Path) -> tuple[dict[str, Any] | None, str | None]:
    """What an intern of engineering measured, or why there is nothing."""
    progress("An intern of engineering measures duplicates and sizes")
    asked = call(
        "spawn-agent", f'Measure duplicate files in "{folder}"', "--agent", "engineering", "--kind", "intern", "--wait"
    )
    task = asked["task"]
    if task["state"] != "completed":
        progress(f"The measurement is {task['state']}; going on without it")
        return (
            None,
            f"the measurement (task {asked['task_id']}) is {task['state']}: {task.get('reason') or 'no reason given'}",
        )
    for artifact in task["result"]["artifacts"]:
        if Path(artifact).name == "measurements.json":
            return json.loads(Path(artifact).read_text(encoding="utf-8")), None
    return None, f"the measurement (task {asked['task_id']}) came without its numbers"


def survey(folder: Path) -> dict[str, Any]:
    """Everything worth knowing about the folder, as plain data."""
    walk = Walk(folder, Budget())
    survey = _Survey(walk)
    for file in walk.files(lambda count: progress(f"{count:,} files so far")):
        survey.add(file)
    return survey.findings()


class _Survey:
    """Adds up one walk."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.files = self.bytes = self.lines = self.open_ends = 0
        self.kinds: dict[str, Counter[str]] = defaultdict(Counter)
        self.largest: list[tuple[int, str]] = []
        self.times: list[tuple[float, str]] = []
        self.signs: set[str] = set()
        self.junk: list[str] = []
        self.secrets: list[dict[str, Any]] = []
        self.made_up: list[dict[str, Any]] = []
        self.examples: list[dict[str, Any]] = []

    def add(self, file: File) -> None:
        """Count one file and look into it."""
        name, length = file.name.replace("\\", "/"), file.status.st_size
        self.files += 1
        self.bytes += length
        self.largest = sorted([*self.largest, (length, name)], key=lambda one: (-one[0], one[1]))[:10]
        self.times.append((file.status.st_mtime, name))
        self.signs |= kinds.signs(name) if length else set()
        base = name.rpartition("/")[2]
        if kinds.JUNK_NAMES.fullmatch(base):
            self.junk.append(name)
        if kinds.SECRET_NAMES.fullmatch(base):
            self._suspect(name, None, "a file that usually holds secrets")
        lines = self._lines(file, name)
        self.lines += lines
        self.kinds[kinds.kind(name)].update(files=1, bytes=length, lines=lines)

    def _lines(self, file: File, name: str) -> int:
        """How many lines of text it has: none for a binary file."""
        lines, last = 0, b""
        try:
            with file.path.open("rb") as stream:
                head = chunk = stream.read(BLOCK_BYTES)
                if b"\0" in head[:8_000]:
                    return 0
                self._look_into(head, name)
                while chunk and stream.tell() <= COUNTED_BYTES and self.walk.budget.spend(read_bytes=len(chunk)):
                    lines, last = lines + chunk.count(b"\n"), chunk
                    chunk = stream.read(BLOCK_BYTES)
        except OSError:
            self.walk.unreadable.append(name)
        return lines + (last[-1:] not in (b"", b"\n"))

    def _look_into(self, head: bytes, name: str) -> None:
        for what, pattern in kinds.SECRETS.items():
            if match := pattern.search(head):
                self._suspect(name, head.count(b"\n", 0, match.start()) + 1, what)
        for match in kinds.OPEN_END.finditer(head):
            self.open_ends += 1
            if len(self.examples) < SHOWN:
                line = head.count(b"\n", 0, match.start()) + 1
                hidden = any(pattern.search(match[0]) for pattern in kinds.SECRETS.values())
                text = "(not shown: it seems to hold a secret)" if hidden else match[1].decode(errors="replace")[:100]
                self.examples.append({"path": name, "line": line, "text": text})

    def _suspect(self, name: str, line: int | None, what: str) -> None:
        group = self.made_up if "tests" in kinds.signs(name) else self.secrets
        group.append({"path": printable(name), "line": line, "what": what})

    def findings(self) -> dict[str, Any]:
        """The sums."""
        kinds_: list[dict[str, Any]] = [
            {"kind": kind, **counts, "code": kinds.is_code(kind)} for kind, counts in self.kinds.items()
        ]
        walk = self.walk
        return {
            "folder": printable(str(walk.root)),
            "name": printable(walk.root.name or str(walk.root)),
            "looked_at": time.time(),
            "stopped": walk.budget.stopped,
            "files": self.files,
            "folders": walk.folders,
            "bytes": self.bytes,
            "lines": self.lines,
            "kinds": sorted(kinds_, key=lambda one: (-one["bytes"], one["kind"])),
            "largest": [{"path": printable(name), "bytes": length} for length, name in self.largest],
            "newest": self._moment(max(self.times, default=None)),
            "oldest": self._moment(min(self.times, default=None)),
            "changed_in_30_days": sum(abs(time.time() - changed) < 30 * DAY_S for changed, _ in self.times),
            "is_project": any(one["code"] for one in kinds_),
            "is_repository": ".git" in walk.skipped,
            "signs": sorted(self.signs),
            "open_ends": self.open_ends,
            "open_end_examples": [{**one, "path": printable(one["path"])} for one in self.examples],
            "secrets": self.secrets[:SHOWN],
            "secrets_count": len(self.secrets),
            "secrets_in_tests": self.made_up[:SHOWN],
            "secrets_in_tests_count": len(self.made_up),
            "junk": [printable(name) for name in self.junk[:SHOWN]],
            "junk_count": len(self.junk),
            "unreadable": [printable(name) for name in walk.unreadable[:SHOWN]],
            "unreadable_count": len(walk.unreadable),
            "links": walk.links,
            "broken_links": [printable(name) for name in walk.broken_links[:SHOWN]],
            "broken_links_count": len(walk.broken_links),
            "skipped": [printable(name) for name in walk.skipped[:SHOWN]],
            "skipped_count": len(walk.skipped),
            "measured": None,
            "not_measured": "nobody was asked to measure",
        }

    def _moment(self, one: tuple[float, str] | None) -> dict[str, Any] | None:
        return one and {"at": one[0], "path": printable(one[1])}


def printable(name: str) -> str:
    """A name that is text, also when the file system has bytes that are none."""
    return name.encode("utf-8", errors="replace").decode("utf-8")


def summary(findings: dict[str, Any]) -> str:
    """The findings in three lines; the whole of it is in the file."""
    found = [f"{one['kind']} {size(one['bytes'])}" for one in findings["kinds"][:4]]
    points = {
        "possible secret": findings["secrets_count"],
        "stray file": findings["junk_count"],
        "open end": findings["open_ends"],
        "unreadable part": findings["unreadable_count"],
        "broken link": findings["broken_links_count"],
    }
    told = [many(count, what) for what, count in points.items() if count]
    early = f" I stopped early, {findings['stopped']}." if findings["stopped"] else ""
    return (
        f"{code(findings['folder'])} has {many(findings['files'], 'file')} in {many(findings['folders'], 'folder')}, "
        f"{size(findings['bytes'])} in all{' (' + ', '.join(found) + ')' if found else ''}.{early}\n\n"
        f"Worth a look: {', '.join(told) or 'nothing that stands out'}."
    )


if __name__ == "__main__":
    main()
