"""Tables are drawn as blocks of code, with every cell; everything else stays as it is."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claw_discord_coord.text.fences import discord_fences
from claw_discord_coord.text.tables import WIDEST_COLUMNS, aligned, cells

CELL = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="|│─┼\\`"), min_size=1, max_size=30)
ROW = st.lists(CELL, min_size=2, max_size=5)


def written(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


@given(header=ROW, rows=st.lists(ROW, max_size=6))
def test_no_cell_is_lost_however_wide_or_ragged_the_table_is(header: list[str], rows: list[list[str]]) -> None:
    drawn = aligned(written(header, rows))

    first, *lines, last = drawn.split("\n")
    shown = Counter(cell.strip() for line in lines if set(line) - set("─┼") for cell in line.split("│"))
    assert (first, last) == ("```", "```")
    assert Counter([*header, *itertools.chain(*rows)]) <= shown


@given(st.text(st.sampled_from("ab|-: \n`\\"), max_size=80))
def test_what_is_drawn_once_stays_as_it_is(text: str) -> None:
    once = aligned(text)

    assert aligned(once) == once


@given(st.text(st.sampled_from("ab|-: \n`\\"), max_size=80))
def test_no_letter_is_lost_and_code_stays(text: str) -> None:
    drawn = aligned(text)

    for letter in "ab":
        assert drawn.count(letter) >= text.count(letter)
    for fence in discord_fences(text):
        assert text[fence.start : fence.end] in drawn


def test_columns_are_aligned_as_the_rule_says() -> None:
    text = "| a | b | c |\n|:--|--:|:-:|\n| left | 7 | mid |\n| x | 1,000 | 日本 |"

    assert aligned(text).split("\n") == [
        "```",
        "a    │     b │  c",
        "─────┼───────┼─────",
        "left │     7 │ mid",
        "x    │ 1,000 │ 日本",
        "```",
    ]


def test_text_around_a_table_stays() -> None:
    text = "Before.\n| a | b |\n|---|---|\n| 1 | 2 |\nAfter | not.\n\nThe end."

    assert aligned(text).startswith("Before.\n```\na")
    assert aligned(text).endswith("```\n\nThe end.")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("`x.py`", "x.py"),
        ("run `a` or `b`", "run a or b"),
        ("`` a`b ``", "a`b"),
        ("` `", " "),
        ("`open", "`open"),
        ("`a``b`", "a``b"),
        ("`` ` ```x`", "`` ` ```x`"),
    ],
)
def test_code_in_a_cell_is_shown_without_its_marks(cell: str, shown: str) -> None:
    drawn = aligned(f"| name | b |\n|---|---|\n| {cell} | end |").split("\n")[3]

    assert drawn.split(" │ ")[0].rstrip() == shown.rstrip()


def test_an_escaped_pipe_is_part_of_its_cell() -> None:
    assert cells(r"| a \| b | c |") == ["a | b", "c"]
    assert "a | b │ c" in aligned("| x | y |\n|---|---|\n| a \\| b | c |")


def test_pipes_at_the_ends_may_be_left_out() -> None:
    assert aligned("a | b\n--|--\n1 | 2") == aligned("| a | b |\n|---|---|\n| 1 | 2 |")


@pytest.mark.parametrize(
    "text",
    [
        "```\n| a | b |\n|---|---|\n| 1 | 2 |\n```",
        "```\n| a | b |\n|---|---|\n| 1 | 2 |",
        "| a | b |\n| 1 | 2 |",
        "| a | b |\n|---|\n| 1 | 2 |",
        "a\n---\nb",
        "    | a | b |\n    |---|---|",
        "either | or",
    ],
)
def test_what_is_no_table_is_left_alone(text: str) -> None:
    assert aligned(text) == text


def test_a_cell_with_a_code_block_in_it_ends_the_table_instead_of_breaking_its_block() -> None:
    drawn = aligned("| a | b |\n|---|---|\n| 1 | 2 |\n| ```x``` | 3 |")

    assert drawn.endswith("```\n| ```x``` | 3 |")


def test_a_table_too_wide_for_a_line_is_shown_row_by_row() -> None:
    long = "a long sentence of many words " * 4
    drawn = aligned(f"| Name | Notes |\n|---|---|\n| Ada | {long} |\n| Grace | short |")

    assert f"Notes │ {long.strip()}" in drawn
    assert "Name  │ Grace\nNotes │ short" in drawn
    assert max(len(line) for line in drawn.split("\n") if long.strip() not in line) <= WIDEST_COLUMNS
