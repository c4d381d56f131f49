"""Buttons for the actions of operators on tasks and deliveries."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Item, View

from claw_discord_coord.actions import ACTIONS, Subject, offered_for, parse, require
from claw_discord_coord.config.model import OperatorsConfig
from claw_discord_coord.errors import CoordError
from claw_discord_coord.models import Delivery, Task
from claw_discord_coord.ports import Click
from claw_discord_coord.text.sanitize import sanitize
from claw_discord_coord.workspace.connecting.discord_connection import Client
from claw_discord_coord.workspace.connecting.discord_errors import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION, mapped
from claw_discord_coord.workspace.members import role_ids

_log = logging.getLogger(__name__)

OnClick = Callable[[Click], Awaitable[str | None]]
"""Carries out a click. May return a sentence for the operator; the operator also reads a CoordError. One click may
arrive twice, and several operators may click at the same moment."""

# The action is any word: a button that a newer version posted is refused with a message, instead of never responding.
_CUSTOM_ID = re.compile(r"claw:(?P<id>[^:]{1,80}):(?P<button>[a-z_-]{1,40})")


class ControlButton(DynamicItem[Button[View]], template=_CUSTOM_ID):
    """A button for an action on a task or delivery. The custom id names both, so the button works after a restart."""

    def __init__(self, subject_id: str, button: str, *, about: str | None = None) -> None:
        action = parse(button)
        label, style = (ACTIONS[action].label, ACTIONS[action].style) if action else (button, "secondary")
        super().__init__(
            Button(
                label=f"{label} {about}" if about else label,
                style=discord.ButtonStyle[style],
                custom_id=f"claw:{subject_id}:{button}",
            )
        )
        self.subject_id = subject_id
        self.button = button

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction, item: Item[Any], match: re.Match[str], /) -> Self:
        """Build the button that a person pressed."""
        del interaction, item
        return cls(match["id"], match["button"])

    async def callback(self, interaction: discord.Interaction) -> None:
        """Pass the click to the connection's listener."""
        client = interaction.client
        if isinstance(client, Client):
            await client.connection.listener.pressed(interaction, self.subject_id, self.button)


def buttons_for(record: Task | Delivery, *, row: int | None = None, about: str | None = None) -> list[ControlButton]:
    """Return the buttons that the action table offers for the record's state."""
    buttons = [ControlButton(record.id, entry.button, about=about) for entry in offered_for(record.state)]
    for button in buttons:
        button.item.row = row
    return buttons


def view_of(buttons: Iterable[ControlButton]) -> View | None:
    """Return a view with the buttons, or None without any."""
    view = View(timeout=None)
    for button in buttons:
        view.add_item(button)
    # discord.py need not keep the view: a custom id is enough to find the button again.
    view.stop()
    return view if view.children else None


def view_of_records(records: Sequence[Task | Delivery]) -> View | None:
    """Return a view with a row of buttons for each record."""
    # With several records, a button says which of them it is about.
    about = len(records) > 1
    return view_of(
        button
        for row, record in enumerate(records)
        for button in buttons_for(record, row=row, about=record.id if about and isinstance(record, Delivery) else None)
    )


class Controls:
    """Checks who pressed a button, acknowledges within Discord's three seconds, and carries out the click."""

    def __init__(self, operators: Callable[[], OperatorsConfig], on_click: OnClick) -> None:
        self._operators = operators
        self._on_click = on_click

    async def pressed(self, interaction: discord.Interaction, subject_id: str, button: str) -> None:
        """Handle one click. Only the person who clicked sees the reply."""
        user = interaction.user
        if not self._operators().allows(str(user.id), role_ids(user)):
            _log.info("Refused %s on %s to %s (%s).", button, subject_id, user.display_name, user.id)
            with suppress(CoordError), mapped("answer a click"):
                await interaction.response.send_message(
                    "Only operators may do this. Operators are named in skill.yaml, under `operators`.", ephemeral=True
                )
            return
        answered = await _acknowledged(interaction)
        try:
            action = require(button, Subject.of(subject_id))
            click = Click(action, subject_id, str(user.id), user.display_name)
            reply = await self._on_click(click) or ACTIONS[action].confirmation
        except CoordError as error:
            reply = error.sentence()
        except Exception:  # noqa: BLE001 - the outermost edge: the user gets a short message, the log the traceback
            _log.exception("Pressing %s on %s failed.", button, subject_id)
            reply = "That failed inside the coordinator; its log says why."
        if answered:
            with suppress(CoordError), mapped("answer a click"):
                await interaction.edit_original_response(
                    content=sanitize(reply)[:2000], allowed_mentions=discord.AllowedMentions.none()
                )


async def _acknowledged(interaction: discord.Interaction) -> bool:
    """Acknowledge the click at once. Returns False when the click can no longer be answered.

    The click is carried out in any case. Error 40060 may mean that a first acknowledgment arrived whose response was
    lost, and 10062 that this bot was slow. A repeated click has the same effect as one click.
    """
    try:
        with mapped("acknowledge a click"):
            try:
                await interaction.response.defer(ephemeral=True, thinking=True)
            except discord.HTTPException as error:
                if error.code == UNKNOWN_INTERACTION:
                    return False
                if error.code != ALREADY_ACKNOWLEDGED:
                    raise
    except CoordError as error:
        _log.warning("%s", error)
        return False
    return True
