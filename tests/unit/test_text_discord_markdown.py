"""Markdown that Discord does not know is shown right or made plain, and no character of code is lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw_discord_coord.text.discord_markdown import discord_markdown
from claw_discord_coord.text.fences import discord_fences
from claw_discord_coord.workspace.posting.long_message import long_message
from claw_discord_coord.workspace.posting.pages import MESSAGE_CHARS, pages


def code_on_discord(text: str) -> str:
    """The lines that Discord shows as blocks of code."""
    return "\n".join(text[fence.inside : fence.outside].strip("\n") for fence in discord_fences(text))


def test_a_fence_of_four_backticks_around_one_of_three_shows_all_of_its_lines() -> None:
    shown = discord_markdown("Before.\n````markdown\n# A\n```py\nx = 1\n```\nend\n````\nAfter.")

    assert shown == (
        "Before.\n```markdown\n# A\n```\n`` ```py ``\n```markdown\nx = 1\n```\n`` ``` ``\n```markdown\nend\n```\nAfter."
    )
    assert code_on_discord(shown) == "# A\nx = 1\nend"


def test_three_backticks_inside_a_string_do_not_end_the_block() -> None:
    shown = discord_markdown('```py\na = 1\nb = "```"\nc = 3\n```\nAfter.')

    assert code_on_discord(shown) == "a = 1\nc = 3"
    assert '`` b = "```" ``' in shown
    assert shown.endswith("\nAfter.")


def test_a_fence_of_tildes_is_one_of_backticks() -> None:
    assert discord_markdown("~~~sh\nls -l\n~~~") == "```sh\nls -l\n```"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("#### Deep", "**Deep**"),
        ("###### A **b** ##", "**A b**"),
        ("### Fine", "### Fine"),
        ("> #### Deep", "> **Deep**"),
        ("- [ ] open\n- [x] done\n  1. [X] deep", "- ☐ open\n- ☑ done\n  1. ☑ deep"),
        ("<details>\n<summary>More</summary>\n\nThe rest.\n</details>\n", "**More**\nThe rest.\n"),
        ("![A chart](https://x.example/c.png)", "[A chart](https://x.example/c.png)"),
        ('![A chart](chart.png "Title")', "A chart (chart.png)"),
        ("![](data:image/png;base64,AAAA)", "(picture)"),
        ('<img src="https://x.example/c.png" alt="A chart">', "[A chart](https://x.example/c.png)"),
        ("a<br>b", "a\nb"),
        ("`#### x` and `- [ ] y`", "`#### x` and `- [ ] y`"),
        ("```\n#### x\n- [ ] y\n![a](b)\n<details>\n```", "```\n#### x\n- [ ] y\n![a](b)\n<details>\n```"),
        ("Plain *text* with [a link](https://x.example).", "Plain *text* with [a link](https://x.example)."),
    ],
)
def test_each_sign_is_shown_right_or_plain(text: str, shown: str) -> None:
    assert discord_markdown(text) == shown
    assert discord_markdown(shown) == shown


def test_a_table_in_a_quotation_is_drawn_in_the_quotation() -> None:
    assert discord_markdown("> Look:\n> | a | b |\n> |---|---|\n> | 1 | 2 |\n\nAfter.") == (
        "> Look:\n> ```\n> a │ b\n> ──┼──\n> 1 │ 2\n> ```\n\nAfter."
    )


def test_a_table_in_a_list_is_drawn() -> None:
    assert discord_markdown("- Look:\n\n  | a | b |\n  |---|---|\n  | 1 | 2 |\n- next") == (
        "- Look:\n\n```\na │ b\n──┼──\n1 │ 2\n```\n- next"
    )
    assert "│" in discord_markdown("1. Look:\n\n    | a | b |\n    |---|---|\n    | 1 | 2 |")


def test_a_table_over_several_pages_has_its_header_on_each() -> None:
    rows = "\n".join(f"| {number} | some words about number {number} |" for number in range(150))

    contents = pages(discord_markdown(f"| No | Words |\n|---|---|\n{rows}")).contents

    assert len(contents) > 2
    assert all(content.startswith("```\nNo  │ Words\n────┼─") for content in contents)
    assert all(f"\n{number} " in "".join(contents) for number in range(150))


def test_a_bold_run_over_a_page_break_is_bold_on_both_pages() -> None:
    text = f"Before. **{'word ' * 500}end** after."

    first, second = pages(text).contents

    assert first.rstrip().endswith("word**")
    assert second.startswith("**word")
    assert second.endswith("end** after.")
    assert all(len(content) <= MESSAGE_CHARS for content in (first, second))


@pytest.mark.parametrize(
    "text", ["2 * 3 * 4 = 24. ", "snake_case_name and other_name ", "a ** b, `**` and c ", "**\n\n"]
)
def test_signs_that_mark_nothing_are_not_repeated(text: str) -> None:
    whole = text * (3_000 // len(text))

    contents = pages(whole).contents

    assert "".join(contents).replace("\n", "").replace(" ", "") == whole.replace("\n", "").replace(" ", "")


PIECES = [
    "`",
    "``",
    "```",
    "````",
    "~~~",
    "\n",
    "\n\n",
    "> ",
    "- ",
    "  ",
    "| a | b |\n|---|---|\n",
    "\ncode ",
    "# ",
    "**",
    "x",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=400, deadline=None)
def test_no_word_is_lost_and_no_page_is_too_long(text: str) -> None:
    shown = discord_markdown(text)

    assert shown.count("code") == text.count("code")
    assert all(len(content) <= 200 for content in pages(shown, limit_chars=200, pages_max=100).contents)


def test_no_text_makes_it_slow() -> None:
    for piece in (
        "`",
        "``a",
        "*a",
        "**a ",
        "_a ",
        "![a](",
        "<img ",
        "<summary>",
        "> | a |\n",
        "- [ ] ",
        "~~~\n",
        "````\n",
        "#### ",
    ):
        text = piece * (9_000 // len(piece))
        began = time.process_time()
        pages(discord_markdown(text))
        assert time.process_time() - began < 2, piece


@pytest.mark.anyio
async def test_a_message_shows_code_with_names_unchanged(tmp_path: Path) -> None:
    text = "Hello @everyone\n```sh\nnpm i @scope/name @everyone-else/x\n```\nand `@here/pkg`."

    (draft,) = await long_message("x", text, [], file_limit_bytes=1_000_000)

    assert draft.content == text.replace("Hello @everyone", "Hello @\u200beveryone")
