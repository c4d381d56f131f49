"""The actions on tasks and deliveries: one table, one parser.

Buttons, command-line choices, thread messages, texts and the dispatcher derive from `ACTIONS`. A new action needs an
entry here and a method in `coordination.people.orders.Orders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import DeliveryState, TaskState


class Action(StrEnum):
    """An action, by the name in `control_task`."""

    CANCEL = "cancel"
    APPROVE = "approve"
    REJECT = "reject"
    RESEND = "resend"


class Subject(StrEnum):
    """The kind of record of an action."""

    TASK = "task"
    DELIVERY = "delivery"

    @classmethod
    def of(cls, record_id: str) -> Subject:
        """Return the kind of record of an id; ids of deliveries begin with `d-`."""
        return cls.DELIVERY if record_id.startswith("d-") else cls.TASK


@dataclass(frozen=True, kw_only=True)
class ActionEntry:
    """The spelling and the limits of one action.

    Attributes:
        action: The action.
        button: The action's name inside a button's custom id. Discord keeps posted buttons, so a name never changes.
        words: The words for the action in messages and commands, in lower case.
        label: The button's label.
        style: The button's style, a name of discord.py's `ButtonStyle`.
        confirmation: The sentence shown after a click.
        past: The past participle, for the output of the command line.
        task_states: The task states in which a card offers the button; empty when the action does not apply to tasks.
        delivery_states: The delivery states in which the board offers the button; empty when the action does not apply
            to deliveries.
        operators_only: True when an unverified caller may not order the action, even on a task of its own session.
    """

    action: Action
    button: str
    words: tuple[str, ...]
    label: str
    style: Literal["success", "danger", "secondary", "primary"]
    confirmation: str
    past: str
    # Two sets, since a task and a delivery may both be `failed`, and equal strings are one member of a set.
    task_states: frozenset[TaskState] = frozenset()
    delivery_states: frozenset[DeliveryState] = frozenset()
    operators_only: bool = True

    @property
    def subjects(self) -> frozenset[Subject]:
        """The kinds of record that the action applies to."""
        offered = {Subject.TASK: self.task_states, Subject.DELIVERY: self.delivery_states}
        return frozenset(subject for subject, states in offered.items() if states)


ACTIONS: Mapping[Action, ActionEntry] = {
    entry.action: entry
    for entry in (
        ActionEntry(
            action=Action.APPROVE,
            button="approve",
            words=("approve", "approved", "lgtm"),
            label="Approve",
            style="success",
            confirmation="Approved.",
            past="approved",
            task_states=frozenset({TaskState.INPUT_REQUIRED}),
            delivery_states=frozenset({DeliveryState.HELD}),
        ),
        ActionEntry(
            action=Action.REJECT,
            button="reject",
            words=("reject", "rejected"),
            label="Reject",
            style="danger",
            confirmation="Rejected.",
            past="rejected",
            task_states=frozenset({TaskState.INPUT_REQUIRED}),
            delivery_states=frozenset({DeliveryState.HELD}),
        ),
        ActionEntry(
            action=Action.CANCEL,
            button="stop",
            # People write `stop`; `cancel` is the action's name in A2A.
            words=("stop", "cancel", "abort", "halt", "terminate"),
            label="Stop",
            style="secondary",
            confirmation="Stopping it, and all it led to.",
            past="canceled",
            task_states=frozenset({TaskState.SUBMITTED, TaskState.WORKING, TaskState.INPUT_REQUIRED}),
            operators_only=False,
        ),
        ActionEntry(
            action=Action.RESEND,
            button="resend",
            words=("resend",),
            label="Send again",
            style="primary",
            confirmation="Sending it again.",
            past="sent again",
            # Not in threads: without task states, the word stays a message for the agent.
            delivery_states=frozenset({DeliveryState.FAILED}),
        ),
    )
}
"""Every action, in the order of the buttons on a card."""

_BY_WORD = {
    word: entry.action for entry in ACTIONS.values() for word in (entry.action.value, entry.button, *entry.words)
}


def parse(word: str, subject: Subject | None = None) -> Action | None:
    """Return the action of a word, or None for a word that is not an action.

    Args:
        word: One word; case, surrounding spaces, punctuation and Markdown do not matter.
        subject: The kind of record; an action of other kinds gives None.
    """
    # People end a command as they end a sentence, "Stop!", and begin it as a slash command, "/stop".
    action = _BY_WORD.get(word.strip(" \t\r\n.,:!/*_`'\"").lower())
    if action is None or (subject is not None and subject not in ACTIONS[action].subjects):
        return None
    return action


def require(word: str, subject: Subject | None = None) -> Action:
    """Return the action of a word, as `parse` does.

    Raises:
        UsageError: The word is not an action, or the action does not apply to this kind of record.
    """
    action = parse(word, subject)
    if action is not None:
        return action
    known = ", ".join(action for action in Action if subject is None or subject in ACTIONS[action].subjects)
    of_subject = "" if subject is None else f" of a {subject}"
    raise UsageError(f"{str(word)!r} is not an action{of_subject}.", fix=f"Use one of: {known}.")


def offered_for(state: TaskState | DeliveryState) -> tuple[ActionEntry, ...]:
    """Return the actions with a button in this state, in the order of the buttons."""
    if isinstance(state, TaskState):
        return tuple(entry for entry in ACTIONS.values() if state in entry.task_states)
    return tuple(entry for entry in ACTIONS.values() if state in entry.delivery_states)
