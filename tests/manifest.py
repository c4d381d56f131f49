"""Reads which required behaviors tests name with `@pytest.mark.proves(...)`."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path


def named_in(files: Iterable[Path]) -> set[str]:
    """Return the ids of the behaviors that tests of these files prove."""
    return {name for file in files for _, names in _marks(file) for name in names}


def marked_in(file: Path) -> set[str]:
    """Return the names of the functions of this file that have the mark."""
    return {function.name for function, _ in _marks(file)}


def unmarked(files: Iterable[Path]) -> list[str]:
    """Return the functions that have the mark and are no test, or are always skipped."""
    return [
        f"{file.name}::{function.name}"
        for file in files
        for function, _ in _marks(file)
        if not function.name.startswith("test_") or _is_skipped(function) or _is_skipped_as_a_whole(file)
    ]


def _marks(file: Path) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, list[str]]]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and _dotted(decorator.func).endswith("mark.proves"):
                    yield (
                        node,
                        [str(argument.value) for argument in decorator.args if isinstance(argument, ast.Constant)],
                    )


def _is_skipped_as_a_whole(file: Path) -> bool:
    assignments = (node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.Assign))
    marks = [
        at.func if isinstance(at, ast.Call) else at
        for node in assignments
        if "pytestmark" in [_dotted(target) for target in node.targets]
        for at in (node.value.elts if isinstance(node.value, ast.List) else [node.value])
    ]
    return any(_dotted(mark).endswith(("mark.skip", "mark.xfail")) for mark in marks)


def _is_skipped(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = (_dotted(at.func if isinstance(at, ast.Call) else at) for at in function.decorator_list)
    return any(name.endswith(("mark.skip", "mark.xfail")) for name in names)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
