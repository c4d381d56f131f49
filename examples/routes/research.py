"""Surveys a folder: the kinds of files and their sizes. The report comes with a chart."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path

SHOWN = 8


def main() -> None:
    """Run the task on standard input. The text names a folder by an absolute path in quotes."""
    task = json.load(sys.stdin)
    named = re.search(r'"(/[^"]+)"', task["text"])
    folder = Path(named[1]) if named else None
    if folder is None or not folder.is_dir():
        sys.exit('Name a folder by its absolute path in quotes: Survey "/home/me/project".')
    sizes: Counter[str] = Counter()
    for path in folder.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            sizes[path.suffix.lower() or "(none)"] += path.stat().st_size
    chart = Path("chart.svg")
    chart.write_text(draw(sizes))
    rows = "\n".join(f"| `{ending}` | {size:,} |" for ending, size in sizes.most_common(SHOWN))
    total = f"{folder.name} holds {sum(sizes.values()):,} bytes."
    text = f"{total}\n\n![Sizes](chart.svg)\n\n| Ending | Bytes |\n|---|---|\n{rows}\n"
    about = "---\nkind: report\ndescription: What a folder is made of.\n---\n"
    print(json.dumps({"text": about + text, "title": f"What {folder.name} is made of", "artifacts": [str(chart)]}))


def draw(sizes: Counter[str]) -> str:
    """Draw a bar for each of the largest endings."""
    largest = sizes.most_common(SHOWN)
    most = max((size for _, size in largest), default=1) or 1
    bars = "".join(
        f'<rect x="80" y="{12 + 24 * row}" width="{max(1, 300 * size // most)}" height="16" fill="#4a7"/>'
        f'<text x="4" y="{25 + 24 * row}" font-size="12" font-family="sans-serif">{ending.replace("<", "&lt;")}</text>'
        for row, (ending, size) in enumerate(largest)
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="{24 + 24 * len(largest)}">{bars}</svg>'


if __name__ == "__main__":
    main()
