"""Texts are in US spelling, as Discord's, A2A's and Python's documentation is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SUFFIXES = {".py", ".md", ".js", ".mjs", ".cjs", ".css", ".html", ".yaml", ".yml", ".toml", ".txt"}
FOLDERS = ("claw_discord_coord", "tests", "examples", "benchmarks", ".github", ".ci")
DATA = {
    "command_words.py": "words that people write to stop and approve tasks",
    "input_form.py": "words that models write for choices",
    "test_spelling.py": "the list below",
    "test_skill_inputs.py": "words that models write for choices",
}
"""The files that hold other spellings on purpose, with the reason."""
# `cancelled()` and `CancelledError` are Python's.
UK = re.compile(
    r"(?i:\w*(behaviour|colour|favour|honour|humour|labour|neighbour|flavour|licence|defence|offence|catalogue)\w*"
    r"|\w*(judgement|acknowledgement)s?|centred?|metres?|grey|towards|whilst|amongst|learnt|artefacts?|programmes?"
    r"|\w*(labell|travell|modell|signall|cancell)(ed|ing)(?!error)|cheques?|fulfil|practise[ds]?|ageing"
    r"|(\w*(organ|recogn|summar|normal|serial|initial|synchron|optim|minim|maxim|custom|author|categor|final)"
    r"|(real|special|standard|util|visual|emphas|apolog|critic|general|local|memor|random|token|sanit|item|priorit))"
    r"is(e|es|ed|ing|er|ers|ation|ations)|analys(ed|es|ing|e))"
)
_WORD = re.compile(r"(?<![.\w])[A-Za-z]+")
_PYTHONS = {"CancelledError", "CANCELLED"}


def files() -> Iterator[Path]:
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in FOLDERS:
        found += (path for path in (ROOT / folder).rglob("*") if "node_modules" not in path.parts)
    return (path for path in found if path.suffix in SUFFIXES and path.name not in DATA)


def test_no_text_is_in_uk_spelling() -> None:
    uk = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in files()
        for word in sorted(set(_WORD.findall(path.read_text(encoding="utf-8").replace("_", " "))))
        if UK.fullmatch(word) and word not in _PYTHONS
    ]
    assert uk == []


def test_the_list_knows_both_spellings() -> None:
    uk = ("behaviours", "Coloured", "recognises", "unauthorised", "cancelled", "grey", "licence", "analysed")
    us = ("behavior", "colored", "recognizes", "promise", "canceled", "canceling", "cancellation", "gray", "analyses_")
    assert [word for word in uk if not UK.fullmatch(word)] == []
    assert [word for word in us if UK.fullmatch(word)] == []
