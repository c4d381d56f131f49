"""Reviews the Python files of a folder. Findings have the form of linters: path:line: text."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path


def main() -> None:
    """Run the task on standard input. The text names a folder in quotes, and links to a pull request."""
    task = json.load(sys.stdin)
    named = re.search(r'"(/[^"]+)"', task["text"])
    folder = Path(named[1]) if named else None
    if folder is None or not folder.is_dir():
        sys.exit('Name a folder by its absolute path in quotes: Review "/home/me/project" for ada/engine#12.')
    found = [
        f"- {path.relative_to(folder)}:{line}: {what}"
        for path in sorted(folder.rglob("*.py"))
        for line, what in sorted(complaints(path.read_text(encoding="utf-8", errors="replace")))
    ]
    text = f"{len(found)} findings.\n\n" + "\n".join(found) if found else "No findings."
    print(json.dumps({"text": text, "title": f"Review of {folder.name}", "kind": "review"}))


def complaints(source: str) -> Iterator[tuple[int, str]]:
    """Yield the lines with one of three classic mistakes."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        yield error.lineno or 1, f"this is not Python: {error.msg}"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            yield node.lineno, "a bare `except:` also catches KeyboardInterrupt"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for default in node.args.defaults:
                if isinstance(default, ast.List | ast.Dict | ast.Set):
                    yield default.lineno, "a mutable default is shared by all calls"
        if isinstance(node, ast.Compare) and compares_with_none(node):
            yield node.lineno, "compare with None by `is`"


def compares_with_none(node: ast.Compare) -> bool:
    """Return whether `==` or `!=` compares with None."""
    none = any(isinstance(side, ast.Constant) and side.value is None for side in (node.left, *node.comparators))
    return none and any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)


if __name__ == "__main__":
    main()
