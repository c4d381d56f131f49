"""The order of a person or agent, and its effect."""

from __future__ import annotations

from dataclasses import dataclass

from claw_discord_coord.actions import Action, Subject


@dataclass(frozen=True)
class Order:
    """The order of a person or agent: one action on one task or delivery.

    Attributes:
        action: The action.
        subject_id: The id of the task or delivery.
        by: The name of the caller, for the records.
        request_id: The id of the call. A retry has the same id and changes nothing. None for a click.
        note: The reason, if one was given.
    """

    action: Action
    subject_id: str
    by: str
    request_id: str | None = None
    note: str | None = None

    @property
    def by_with_note(self) -> str:
        """The caller and the reason, for records without a field for the reason."""
        return f"{self.by}: {self.note}" if self.note else self.by

    @property
    def subject(self) -> Subject:
        """The kind of record that the order is about."""
        return Subject.of(self.subject_id)


@dataclass(frozen=True)
class OrderTaken:
    """The effect of an order at the time of the order.

    Attributes:
        state: The state of the task or delivery; the workflow changes the state soon afterwards.
        affected: The ids of the affected tasks or deliveries.
    """

    state: str
    affected: tuple[str, ...]
