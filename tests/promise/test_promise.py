"""The promise's required behaviors and the tests that prove them name the same things."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.manifest import marked_in, named_in, unmarked
from tests.promise.requirements import REQUIRED

TESTS = Path(__file__).parents[1]
SOURCES = r"README|SECURITY|PAGES|DISCORD|OPENCLAW|GITHUB|MEASURED"
# The local Discord has a manifest of its own.
OTHERS = "localcord"
PAGES = ["README.md", "SECURITY.md"]


def files() -> list[Path]:
    return [file for file in TESTS.rglob("test_*.py") if OTHERS not in file.relative_to(TESTS).parts]


def test_every_required_behavior_has_a_test() -> None:
    assert set(REQUIRED) - named_in(files()) == set()


def test_every_test_that_names_a_behavior_names_a_required_one() -> None:
    assert named_in(files()) - set(REQUIRED) == set()


def test_every_mark_belongs_to_a_test() -> None:
    assert unmarked(files()) == []


def test_every_requirement_has_a_sentence_and_a_source() -> None:
    for name, (sentence, source) in REQUIRED.items():
        assert sentence, name
        assert re.match(rf"({SOURCES})\b", source), f"{name}: {source}"


@pytest.mark.parametrize("page", PAGES)
def test_what_a_source_quotes_stands_on_the_page(page: str) -> None:
    text = normalized((TESTS.parent / page).read_text(encoding="utf-8"))
    for name, words in quotes(page):
        assert normalized(words) in text, f"{name}: {page} does not say {words!r}"


def test_every_sentence_of_the_promise_is_a_requirement() -> None:
    section = section_of("README.md", "The promise")
    sentences = re.split(r"(?<=[.*])\s+", re.sub(r"(?m)^- ", "", section))
    assert [sentence for sentence in sentences if "requirements.py" not in sentence and not is_quoted(sentence)] == []


def test_every_threat_that_is_defended_is_a_requirement() -> None:
    rows = [line for line in section_of("SECURITY.md", "What is defended").splitlines() if line.startswith("|")]
    assert [row for row in rows[2:] if not is_quoted(row, "SECURITY.md")] == []


def test_every_marked_test_is_collected() -> None:
    """Also finds a mark in a file that pytest cannot read, or that a `conftest.py` leaves out."""
    paths = [str(file) for file in files() if marked_in(file)]
    options = ["--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "proves"]
    options += ["-o", "addopts=--strict-markers --import-mode=importlib"]
    collected = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *paths],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert collected.returncode == 0, collected.stdout + collected.stderr
    found = {line.partition("[")[0] for line in collected.stdout.splitlines() if "::" in line}
    marked = {
        f"{file.relative_to(TESTS.parent).as_posix()}::{function}" for file in files() for function in marked_in(file)
    }
    assert marked - found == set()


def section_of(page: str, title: str) -> str:
    text = (TESTS.parent / page).read_text(encoding="utf-8")
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0].strip()


def quotes(page: str) -> Iterator[tuple[str, str]]:
    for name, (_, source) in REQUIRED.items():
        kind, _, quoted = source.partition(": ")
        if kind.partition(",")[0] == page.removesuffix(".md") and quoted:
            yield from ((name, words) for words in quoted.split("; "))


def is_quoted(text: str, page: str = "README.md") -> bool:
    return any(normalized(words) in normalized(text) for _, words in quotes(page))


def normalized(text: str) -> str:
    return " ".join(text.split()).lower()
