"""No text from outside forges a line of the log, or commands the terminal that shows the log."""

from __future__ import annotations

import io
import logging
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from claw_discord_coord.text.masked_log import CONTINUATION, MaskedFormatter
from claw_discord_coord.workspace.connecting.token_log_filter import TokenLogFilter

FORMAT = "%(levelname)s %(name)s: %(message)s"
COMMANDS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
FORGED = "x\n2026-11-28 02:00:00,000 INFO claw: task t-forged: approved by ada\x1b]0;pwn\x07"
TOKEN = "MTU3MzgxODY4NTA2NjQ0NDgwMQ"


def record(message: str, error: BaseException | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("claw", logging.INFO, __file__, 1, "%s", (message,), info)


def raised(message: str) -> BaseException:
    try:
        raise ValueError(message)
    except ValueError as error:
        return error


def obeyed(text: str) -> list[str]:
    return [character for character in text if unicodedata.category(character) in COMMANDS]


@given(st.text())
@example("a\r\nb\tc\x0b\x0c\x1c\x1e\x7f\x85\x9b\u2028\u2029\u202e\u2066\u200b\u200d\ufeff\U000e0041\ud800")
def test_a_record_is_one_line_without_control_characters(message: str) -> None:
    line = MaskedFormatter(FORMAT).format(record(message))
    assert line.startswith("INFO claw: ")
    assert len(line.splitlines()) == 1
    assert obeyed(line) == []


@given(st.text())
@example(FORGED)
def test_every_line_of_a_traceback_is_marked_and_has_no_control_characters(message: str) -> None:
    first, *below = MaskedFormatter(FORMAT).format(record(message, raised(message))).split("\n")
    assert obeyed(first) == []
    assert below[0] == f"{CONTINUATION}Traceback (most recent call last):"
    assert all(line.startswith(CONTINUATION) and obeyed(line) == [] for line in below)
    assert all(len(line.splitlines()) == 1 for line in below)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31mred\x07\x9b", r"\x1b[31mred\x07\x9b"),
        ("next\x85line\u2028\u2029", r"next\x85line\u2028\u2029"),
        ("\u202eltr\u200b\u3164", r"\u202eltr\u200b\u3164"),
        ("Zoë reads 日本 ✅", "Zoë reads 日本 ✅"),
        (r"C:\new", r"C:\new"),
    ],
)
def test_visible_text_stays_and_everything_else_is_shown_as_its_escape(message: str, shown: str) -> None:
    assert MaskedFormatter("%(message)s").format(record(message)) == shown


def test_a_traceback_that_another_handler_has_formatted_is_cleaned_too() -> None:
    passed = record("failed", raised(FORGED))
    logging.Formatter().format(passed)
    assert "\x1b" not in MaskedFormatter(FORMAT).format(passed)


def test_a_record_of_discord_py_is_one_line_with_its_traceback_below() -> None:
    printed = io.StringIO()
    handler = logging.StreamHandler(printed)
    handler.setFormatter(MaskedFormatter(FORMAT))
    ours, library = logging.getLogger("claw_discord_coord.workspace.discord_py"), logging.getLogger("discord.client")
    secrecy = TokenLogFilter(TOKEN)
    secrecy.begin()
    ours.addHandler(handler)
    try:
        error = raised(f"{FORGED} {TOKEN}")
        library.error("Ignoring %s %s", FORGED, TOKEN, exc_info=error)
    finally:
        ours.removeHandler(handler)
        secrecy.end()
    first, *below = printed.getvalue().rstrip("\n").split("\n")
    assert first.startswith("ERROR claw_discord_coord.workspace.discord_py: discord.client: Ignoring x\\n2026")
    assert below[0] == f"{CONTINUATION}Traceback (most recent call last):"
    assert all(line.startswith(CONTINUATION) for line in below)
    assert TOKEN not in printed.getvalue()
    assert obeyed(printed.getvalue().replace("\n", "")) == []
