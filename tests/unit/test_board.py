"""What the board shows."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import claw_discord_coord.workspace  # noqa: F401 - before discord, whose import warns on Python 3.11
from claw_discord_coord.models import Delivery, DeliveryState, Kind, Receipt, Task, TaskState
from claw_discord_coord.ports import BoardView, FinishedTask
from claw_discord_coord.workspace.board import board, without_words

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def task(number: int, **changes: Any) -> Task:
    plain = Task(
        id=f"t-{number:08d}",
        title=f"Survey {number}",
        text="survey",
        agent="research",
        kind=Kind.INTERN,
        state=TaskState.WORKING,
        chosen_because="named",
        origin=f"o{number}",
        root_id=f"t-{number:08d}",
        timeout_s=10,
        created_at=NOW,
        channel="research",
        thread_url=f"http://127.0.0.1/{number}",
    )
    return plain.model_copy(update=changes)


def delivery(number: int, state: DeliveryState) -> Delivery:
    return Delivery(
        id=f"d-{number:010d}",
        key=f"k{number}",
        destination="blog",
        route="reports",
        title="Report",
        text="text",
        state=state,
        error="the folder is full" if state is DeliveryState.FAILED else None,
        created_at=NOW,
    )


def view(*tasks: Task, deliveries: tuple[Delivery, ...] = ()) -> BoardView:
    return BoardView(tasks=tasks, more_tasks=0, deliveries=deliveries, counts={TaskState.WORKING: len(tasks)})


def test_an_empty_board_says_so() -> None:
    shown = board(view())
    assert shown.embed is not None
    assert shown.embed.description == "Nothing is going on."
    assert shown.view is None


def test_a_task_is_named_with_its_agent_and_link() -> None:
    shown = board(view(task(1)))
    assert shown.embed is not None
    assert "**research** [Survey 1](http://127.0.0.1/1)" in (shown.embed.description or "")


def test_hundreds_of_tasks_fit_and_the_rest_is_counted() -> None:
    shown = board(view(*(task(number, title="x" * 80) for number in range(300))))
    assert shown.embed is not None
    assert len(shown.embed.description or "") <= 4096
    assert (shown.embed.description or "").endswith("more")


def test_deliveries_that_wait_for_a_person_have_their_buttons() -> None:
    waiting = (delivery(1, DeliveryState.HELD), delivery(2, DeliveryState.FAILED))
    shown = board(view(deliveries=waiting))
    assert shown.view is not None
    ids = [part["custom_id"] for row in shown.view.to_components() for part in row["components"]]
    assert ids == [
        "claw:d-0000000001:approve",
        "claw:d-0000000001:reject",
        "claw:d-0000000002:resend",
    ]


def test_a_delivery_that_waits_is_named_by_its_task_and_with_what_it_waits_for() -> None:
    approval = delivery(1, DeliveryState.HELD).model_copy(update={"task_id": "t-00000001"})
    review = delivery(2, DeliveryState.HELD).model_copy(update={"held_for": "t-00000007"})
    shown = board(dataclasses.replace(view(deliveries=(approval, review)), delivery_tasks={"t-00000001": task(1)}))
    assert shown.embed is not None
    assert (shown.embed.fields[0].value or "").splitlines() == [
        "`d-0000000001` [Survey 1](http://127.0.0.1/1) to **blog**: held for approval",
        "`d-0000000002` Report to **blog**: held for the review of `t-00000007`",
    ]


def test_deliveries_with_long_names_fit() -> None:
    waiting = tuple(
        delivery(n, DeliveryState.FAILED).model_copy(update={"task_id": str(n), "error": "x" * 200}) for n in range(5)
    )
    tasks = {str(n): task(n, title="x" * 80, thread_url="http://x/" + "y" * 100) for n in range(5)}
    shown = board(dataclasses.replace(view(deliveries=waiting), delivery_tasks=tasks))
    assert shown.embed is not None
    assert len(shown.embed.fields[0].value or "") <= 1024
    assert (shown.embed.fields[0].value or "").endswith("more")


def test_a_result_in_review_says_that_it_waits() -> None:
    shown = board(view(task(1, state=TaskState.INPUT_REQUIRED)))
    assert shown.embed is not None
    assert "[Survey 1](http://127.0.0.1/1) · the result waits for a review" in (shown.embed.description or "")


def test_a_board_without_words_names_deliveries_and_their_tasks_by_ids() -> None:
    waiting = delivery(1, DeliveryState.HELD).model_copy(update={"task_id": "t-00000001"})
    other = delivery(2, DeliveryState.HELD)
    plain = dataclasses.replace(view(deliveries=(waiting, other)), delivery_tasks={"t-00000001": task(1)})
    shown = board(without_words(plain))
    assert shown.embed is not None
    assert "Survey" not in (shown.embed.fields[0].value or "")
    assert "Report" not in (shown.embed.fields[0].value or "")


def test_more_deliveries_than_buttons_are_counted() -> None:
    shown = board(view(deliveries=tuple(delivery(number, DeliveryState.FAILED) for number in range(9))))
    assert shown.embed is not None
    assert "and 4 more" in (shown.embed.fields[0].value or "")
    assert shown.view is not None
    assert len(shown.view.to_components()) == 5


def test_an_announcement_that_was_given_up_is_on_the_board() -> None:
    shown = board(dataclasses.replace(view(), not_announced=("t-00000001", "t-00000002")))
    assert shown.embed is not None
    assert shown.embed.fields[0].value == "`t-00000001`, `t-00000002`"


def test_what_agents_write_is_harmless_on_the_board() -> None:
    shown = board(view(task(1, title="@everyone [x](http://evil)")))
    assert shown.embed is not None
    assert "](http://evil)" not in (shown.embed.description or "")


def delivered(number: int, url: str | None) -> Delivery:
    receipt = Receipt(destination="reports", url=url, path="/a/b.md", size_bytes=1, sha256="0", at=NOW)
    return delivery(number, DeliveryState.DELIVERED).model_copy(update={"receipt": receipt})


def test_a_quiet_board_leads_to_what_was_finished() -> None:
    done = task(1, state=TaskState.COMPLETED, ended_at=NOW)
    urls = ("http://127.0.0.1/report", None, "http://x/(odd)")
    finished = FinishedTask(done, tuple(delivered(number, url) for number, url in enumerate(urls)))
    shown = board(dataclasses.replace(view(), finished=(finished,)))
    assert shown.embed is not None
    (field,) = shown.embed.fields
    assert field.name == "Finished lately"
    assert field.value == (
        f"✅ **research** [Survey 1](http://127.0.0.1/1) · <t:{int(NOW.timestamp())}:R> → "
        "[blog](http://127.0.0.1/report), blog, blog"
    )


def test_finished_tasks_with_long_names_fit() -> None:
    done = [task(n, title="x" * 80, thread_url="http://x/" + "y" * 300, ended_at=NOW) for n in range(5)]
    shown = board(dataclasses.replace(view(), finished=tuple(FinishedTask(one) for one in done)))
    assert shown.embed is not None
    value = shown.embed.fields[0].value or ""
    assert len(value) <= 1024
    assert value.endswith("more")
