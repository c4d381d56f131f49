"""Watches the disk of a folder, and raises an alert above the limit in the task (by default 90 %)."""

from __future__ import annotations

import json
import re
import shutil
import sys


def main() -> None:
    """Run the task on standard input, for example: Watch the disk of "/var", alert over 80 %."""
    task = json.load(sys.stdin)
    named = re.search(r'"(/[^"]*)"', task["text"])
    folder = named[1] if named else "/"
    limit = float(match[1]) if (match := re.search(r"([\d.]+)\s*%", task["text"])) else 90.0
    try:
        total, used, free = shutil.disk_usage(folder)
    except OSError as error:
        sys.exit(f"{folder} cannot be watched: {error.strerror}.")
    full = 100 * used / total
    text = f"The disk of `{folder}` is **{full:.0f} %** full; {free / 1e9:,.1f} GB are free."
    kind, title = ("alert", f"{folder} is filling up") if full > limit else ("quiet", f"{folder} has room")
    print(json.dumps({"text": text, "title": title, "kind": kind}))


if __name__ == "__main__":
    main()
