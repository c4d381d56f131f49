"""Progress is shown late, rarely, and with its newest lines."""

from claw_discord_coord.workspace.progress_message import EVERY_S, FIRST_AFTER_S, LINES, Progress


def test_what_is_done_soon_is_never_shown() -> None:
    progress = Progress()
    progress.hear("t", "reading", now_s=100.0)

    assert progress.take_due(100.0 + FIRST_AFTER_S - 0.1) == {}
    progress.forget("t")
    assert progress.next_due_s() is None


def test_the_first_message_comes_after_a_while_with_all_lines_so_far() -> None:
    progress = Progress()
    progress.hear("t", "reading", now_s=100.0)
    progress.hear("t", "counting", now_s=101.0)

    assert progress.next_due_s() == 100.0 + FIRST_AFTER_S
    assert progress.take_due(100.0 + FIRST_AFTER_S) == {"t": "-# reading\n▸ counting"}


def test_edits_keep_their_distance_and_nothing_new_is_nothing_due() -> None:
    progress = Progress()
    progress.hear("t", "reading", now_s=0.0)
    progress.take_due(FIRST_AFTER_S)
    assert progress.next_due_s() is None

    progress.hear("t", "counting", now_s=FIRST_AFTER_S + 0.1)

    assert progress.take_due(FIRST_AFTER_S + EVERY_S - 0.1) == {}
    assert progress.next_due_s() == FIRST_AFTER_S + EVERY_S
    assert progress.take_due(FIRST_AFTER_S + EVERY_S) == {"t": "-# reading\n▸ counting"}


def test_only_the_newest_lines_are_kept_and_the_others_counted() -> None:
    progress = Progress()
    for number in range(LINES + 1_000):
        progress.hear("t", f"file {number}", now_s=0.0)

    (text,) = progress.take_due(10.0).values()

    assert text.splitlines()[0] == "-# … 1,000 earlier lines"
    assert text.splitlines()[-1] == f"▸ file {LINES + 999}"
    assert len(text.splitlines()) == LINES + 1


def test_tasks_have_their_own_pace() -> None:
    progress = Progress()
    progress.hear("one", "a", now_s=0.0)
    progress.hear("other", "b", now_s=1.0)

    assert list(progress.take_due(2.0)) == ["one"]
    assert list(progress.take_due(3.0)) == ["other"]


def test_a_line_is_made_harmless_and_short_and_a_blank_one_ignored() -> None:
    progress = Progress()
    progress.hear("t", "  \n", now_s=0.0)
    assert progress.next_due_s() is None

    progress.hear("t", "@everyone " + "x" * 5_000, now_s=0.0)

    (text,) = progress.take_due(10.0).values()
    assert "@everyone" not in text
    assert len(text) < 200
