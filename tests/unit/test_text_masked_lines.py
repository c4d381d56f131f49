"""A secret that goes over several lines of a stream reaches nobody, and no line waits for ever."""

from __future__ import annotations

import pytest

from claw_discord_coord.text.masked_lines import HELD_LINES, MaskedLines, mask_unfinished
from claw_discord_coord.text.secrets import SECRET_REMOVED
from tests.made_texts import Made
from tests.secret_corpus import SHAPES, key


def shown(lines: list[str]) -> list[str]:
    masked = MaskedLines()
    result = [line for given in lines for line in masked.add(given)]
    return [*result, *masked.release()]


def test_lines_without_a_secret_come_at_once() -> None:
    masked = MaskedLines()

    assert masked.add("reading the files") == ["reading the files"]
    assert masked.add("the latest.") == ["the latest."]
    assert masked.add("commit 3f786850e387550fdab836ed7e6dc881de23001b") == [
        "commit 3f786850e387550fdab836ed7e6dc881de23001b"
    ]
    assert not masked.is_holding


@pytest.mark.parametrize("prefix", ["", "2026-01-02 03:04:05 INFO "])
def test_a_private_key_line_by_line_is_one_mask(prefix: str) -> None:
    lines = [f"{prefix}{line}" for line in key(Made()).splitlines()]

    assert shown(["before", *lines, "after"]) == ["before", f"{prefix}{SECRET_REMOVED}", "after"]


def test_a_key_without_an_end_is_dropped_line_by_line_in_bounded_memory() -> None:
    made = Made()
    body = [made.mixed("ABCDEFGHabcdefgh0123+/", 63) + "x" for _ in range(10 * HELD_LINES)]
    masked = MaskedLines()
    result = [line for given in ["-----BEGIN PRIVATE KEY-----", *body, "words again"] for line in masked.add(given)]

    assert result == [SECRET_REMOVED, "words again"]


def test_a_reader_that_starts_in_the_middle_of_a_key_shows_nothing_of_it() -> None:
    rest = key(Made()).splitlines()[4:]

    assert [line for line in shown([*rest, "after"]) if line != SECRET_REMOVED] == ["after"]


def test_a_header_alone_holds_nothing_back_after_the_next_line() -> None:
    assert shown(["-----BEGIN PRIVATE KEY-----", "is how a key begins", "more"]) == [
        "-----BEGIN PRIVATE KEY-----",
        "is how a key begins",
        "more",
    ]


@pytest.mark.parametrize("shape", ["github classic", "anthropic", "gitlab personal", "npm", "slack bot", "vault"])
def test_a_token_over_two_lines_is_masked(shape: str) -> None:
    token = SHAPES[shape](Made(8))
    half = len(token) // 2

    text = "\n".join(shown([f"this is the token: {token[:half]}", token[half:], "after"]))

    assert SECRET_REMOVED in text
    assert token[:half] not in text
    assert token[half:] not in text
    assert text.endswith("after")


def test_the_beginning_of_a_token_at_the_end_of_a_growing_text_is_masked() -> None:
    token = SHAPES["anthropic"](Made(8))

    for end in range(18, len(token)):
        assert token[13:end] not in mask_unfinished(f"The token is {token[:end]}")
    assert mask_unfinished("I applied patch-2024") == "I applied patch-2024"


def test_lines_that_are_given_up_do_not_show_half_a_token() -> None:
    masked = MaskedLines()
    token = SHAPES["github classic"](Made(8))
    masked.add(f"this is the token: {token[:20]}")

    assert masked.release() == [f"this is the token: {SECRET_REMOVED}"]


def test_a_row_is_masked_after_the_header_of_its_table_was_shown() -> None:
    lines = ["| user | password |", "|---|---|", "| ada | kT7vXq2mZr9 |", "| bob | aT8vXq3mZr1 |", "Done aT8vXq3mZr1x."]

    assert shown(lines) == [
        *lines[:2],
        f"| ada | {SECRET_REMOVED} |",
        f"| bob | {SECRET_REMOVED} |",
        lines[4],
    ]


def test_a_value_in_the_line_after_its_label_is_masked() -> None:
    assert shown(["password: >-", "  kT7vXq2mZr9", "port: 5432"]) == [
        "password: >-",
        f"  {SECRET_REMOVED}",
        "port: 5432",
    ]
