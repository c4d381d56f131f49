"""The manifest of required behaviors and the tests that prove them name the same things."""

import re
from pathlib import Path

from localcord_requirements import DIVERGENCES, REQUIRED

from tests.manifest import named_in

HERE = Path(__file__).parent


def proved():
    return named_in(HERE.rglob("test_*.py"))


def test_every_required_behavior_has_a_test():
    assert set(REQUIRED) - proved() == set()


def test_every_test_that_names_a_behavior_names_a_required_one():
    assert proved() - set(REQUIRED) == set()


def test_every_requirement_has_a_sentence_and_a_source():
    for name, (sentence, source) in REQUIRED.items():
        assert sentence, name
        assert re.match(r"[DOMUXP]\b", source), f"{name}: {source}"


def test_every_divergence_has_a_reason():
    assert all(what and reason for what, reason in DIVERGENCES.values())
