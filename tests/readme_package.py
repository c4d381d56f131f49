"""Installs the package that a page shows, so that a test runs the page's code as an entry point."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def blocks(page: str, language: str) -> list[str]:
    """The page's code blocks of that language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


@contextmanager
def installed(page: str, name: str, group: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Installs the page's first Python block as the module `name`, with the entry point that its TOML block names."""
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / f"{name}.py").write_text(blocks(page, "python")[0])
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    named = re.search(rf"^{name} = .*$", blocks(page, "toml")[0], re.MULTILINE)
    assert named is not None
    (metadata / "entry_points.txt").write_text(f"[{group}]\n{named[0].replace(chr(34), '')}\n")
    monkeypatch.syspath_prepend(str(folder))
    yield
    sys.modules.pop(name, None)
