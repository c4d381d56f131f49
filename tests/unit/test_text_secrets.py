"""Secrets are masked in every surrounding, harmless texts stay, and no text makes masking slow."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.masking import long_texts
from claw_discord_coord.text.escapes import unescaped
from claw_discord_coord.text.secrets import SECRET_REMOVED, mask, mask_secrets
from tests.harmless_texts import harmless
from tests.labeled_secrets import labeled
from tests.made_texts import Made
from tests.secret_corpus import SHAPES, Case, core_of, key, secrets
from tests.secrets_in_settings import KINDS

SEEDS = (20, 77)


@pytest.mark.parametrize("seed", SEEDS)
def test_98_of_100_secrets_are_masked(seed: int) -> None:
    cases = secrets(seed)
    missed = [case.name for case in cases if case.leaks]

    assert len(SHAPES) >= 45
    assert len(cases) >= 150
    assert len(missed) <= 0.02 * len(cases), missed


@pytest.mark.parametrize("seed", SEEDS)
def test_98_of_100_harmless_texts_stay(seed: int) -> None:
    cases = harmless(seed)
    changed = [case.name for case in cases if case.is_changed]

    assert len(cases) >= 150
    assert len(changed) <= 0.02 * len(cases), changed


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_is_masked_alone_and_the_text_around_stays(shape: str) -> None:
    secret = SHAPES[shape](Made(3))

    assert not Case("", f"before {secret} after", core_of(secret)).leaks
    assert mask_secrets(f"before {secret} after").startswith("before ")
    assert mask_secrets(f"before {secret} after").endswith(" after")


@pytest.mark.parametrize("kind", KINDS)
def test_every_secret_of_a_kind_is_masked(kind: Callable[[Made], Iterator[tuple[str, str, str]]]) -> None:
    cases = [Case(name, text, secret) for name, secret, text in kind(Made(6))]

    assert cases
    assert [case.text for case in cases if case.leaks] == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["\\n", '\\"', "\\\\", "\\u0041", "&amp;", "%22", "a", 'b"', "&", "\\", " " * 3_000])))
def test_each_character_of_an_unescaped_text_knows_its_origin(pieces: list[str]) -> None:
    text = "".join(pieces)

    for part in unescaped(text):
        for at, character in enumerate(part.text):
            start, end = part.origin(at, at + 1)
            assert text[start:end] == character or len(text[start:end]) > 1
        start, end = part.origin(0, len(part.text))
        assert next(unescaped(text[start:end])).text == part.text


def test_each_labeled_secret_is_masked_and_its_label_stays() -> None:
    for _, secret, text in labeled(Made(4)):
        shown = mask_secrets(text)
        if SECRET_REMOVED in shown:
            assert shown.startswith(text.partition(secret)[0].rpartition("=")[0])


def test_masking_again_changes_nothing() -> None:
    for case in secrets(5):
        once = mask_secrets(case.text)
        assert mask_secrets(once) == once


def test_secrets_are_counted() -> None:
    made = Made()
    first, second = (SHAPES["github classic"](made) for _ in range(2))

    assert mask(f"{first} and {second} and {key(made)}").count == 3
    assert mask("nothing").count == 0


def test_a_header_of_a_key_alone_removes_nothing_after_it() -> None:
    text = "-----BEGIN PRIVATE KEY-----\nA line of words.\n\nAnd another paragraph that must stay."

    assert mask_secrets(text) == text


def test_a_key_without_its_footer_ends_where_its_lines_end() -> None:
    whole = key(Made())

    assert mask_secrets(whole.rpartition("\n")[0] + "\nThe next line of words stays.") == (
        f"{SECRET_REMOVED}\nThe next line of words stays."
    )


def test_the_word_after_a_token_at_the_end_of_a_line_stays() -> None:
    token = SHAPES["anthropic"](Made())

    assert mask_secrets(f"The token is {token}\nand more") == f"The token is {SECRET_REMOVED}\nand more"
    assert (
        mask_secrets(f"The token is {token[:50]}\n{token[50:]}\nand more") == f"The token is {SECRET_REMOVED}\nand more"
    )


def test_a_text_with_letters_that_grow_in_lower_case_is_masked_at_the_right_place() -> None:
    token = Made().mixed("abcdef0123456789", 40)

    assert mask_secrets(f"İİİİ API_KEY={token} end") == f"İİİİ API_KEY={SECRET_REMOVED} end"


def test_no_text_makes_masking_slow() -> None:
    for name, text in long_texts(200_000):
        began = time.process_time()
        mask(text)

        assert time.process_time() - began < 1.5, name
