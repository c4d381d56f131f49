"""The table of actions and its parser."""

from __future__ import annotations

import pytest

from claw_discord_coord.actions import ACTIONS, Action, Subject, offered_for, parse, require
from claw_discord_coord.coordination.people.orders import Orders
from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import DeliveryState, TaskState


def test_every_action_has_an_entry_and_no_entry_another_key() -> None:
    assert set(ACTIONS) == set(Action)
    assert all(entry.action is action for action, entry in ACTIONS.items())


def test_every_action_of_the_table_is_dispatched_and_nothing_else() -> None:
    allowed = {(action, subject) for action, entry in ACTIONS.items() for subject in entry.subjects}
    assert set(Orders.METHODS) == allowed


def test_no_word_names_two_actions() -> None:
    words = [word for entry in ACTIONS.values() for word in {entry.action.value, entry.button, *entry.words}]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("action", Action)
def test_an_action_is_found_by_its_name_its_button_and_each_of_its_words(action: Action) -> None:
    entry = ACTIONS[action]
    for word in (action.value, entry.button, *entry.words):
        assert parse(word) is parse(f" {word.title()}! ") is require(word) is action


@pytest.mark.parametrize("word", ["", "rejct", "approve it", "delete", "!"])
@pytest.mark.proves("obeyed.unknown-action")
def test_an_unknown_action_is_an_error_and_never_another_action(word: str) -> None:
    assert parse(word) is None
    with pytest.raises(UsageError) as caught:
        require(word)
    assert caught.value.fix == "Use one of: cancel, approve, reject, resend."


def test_an_action_of_the_other_kind_of_record_is_an_error() -> None:
    assert parse("stop", Subject.DELIVERY) is None
    with pytest.raises(UsageError, match="not an action of a delivery") as caught:
        require("stop", Subject.of("d-0123456789"))
    assert caught.value.fix == "Use one of: approve, reject, resend."


def test_buttons_are_offered_by_state() -> None:
    offered = {state: [entry.button for entry in offered_for(state)] for state in (*TaskState, *DeliveryState)}
    assert offered_for(TaskState.FAILED) == ()  # a delivery of the same state's name offers a button
    assert [entry.button for entry in offered_for(TaskState.INPUT_REQUIRED)] == ["approve", "reject", "stop"]
    assert [entry.button for entry in offered_for(DeliveryState.HELD)] == ["approve", "reject"]
    assert [entry.button for entry in offered_for(DeliveryState.FAILED)] == ["resend"]
    assert offered[TaskState.WORKING] == offered[TaskState.SUBMITTED] == ["stop"]
