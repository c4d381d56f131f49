"""The promise's required behaviours and the tests that prove them name the same things."""

import re
from pathlib import Path

import pytest

from tests.manifest import named_in, unmarked
from tests.promise.requirements import REQUIRED

TESTS = Path(__file__).parents[1]
SOURCES = r"README|SECURITY|PAGES|DISCORD|OPENCLAW|DBOS|GITHUB|MEASURED"
# The local Discord has a manifest of its own.
OTHERS = "localcord"


def files() -> list[Path]:
    return [file for file in TESTS.rglob("test_*.py") if OTHERS not in file.relative_to(TESTS).parts]


def test_every_required_behaviour_has_a_test() -> None:
    assert set(REQUIRED) - named_in(files()) == set()


def test_every_test_that_names_a_behaviour_names_a_required_one() -> None:
    assert named_in(files()) - set(REQUIRED) == set()


def test_every_mark_belongs_to_a_test() -> None:
    assert unmarked(files()) == []


def test_every_requirement_has_a_sentence_and_a_source() -> None:
    for name, (sentence, source) in REQUIRED.items():
        assert sentence, name
        assert re.match(rf"({SOURCES})\b", source), f"{name}: {source}"


@pytest.mark.parametrize("page", ["README.md", "SECURITY.md"])
def test_what_a_source_quotes_stands_on_the_page(page: str) -> None:
    text = " ".join((TESTS.parent / page).read_text(encoding="utf-8").split()).lower()
    for name, (_, source) in REQUIRED.items():
        kind, _, quoted = source.partition(": ")
        if kind.partition(",")[0] == page.removesuffix(".md") and quoted:
            for words in quoted.split("; "):
                assert words.lower() in text, f"{name}: {page} does not say {words!r}"
