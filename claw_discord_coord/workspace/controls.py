"""The buttons of a card: what operators may do to a task by a click."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Self

import discord
from discord.ui import Button, DynamicItem, Item, View

from claw_discord_coord.config.model import OperatorsConfig
from claw_discord_coord.errors import CoordError
from claw_discord_coord.models import Task, TaskState
from claw_discord_coord.registry.transitions import FINAL
from claw_discord_coord.text.sanitize import sanitize
from claw_discord_coord.workspace.connection import Client
from claw_discord_coord.workspace.discord_errors import ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION, mapped
from claw_discord_coord.workspace.members import role_ids

_log = logging.getLogger(__name__)

OnControl = Callable[[str, str, str, str], Awaitable[str | None]]
"""Takes a task's or delivery's id, what to do with it, and the operator's user id and name; does it, and may answer
with a sentence for the operator. May be called more than once for one click, and for several operators at once; a
CoordError that it raises is shown to the operator."""

_FACES: dict[str, tuple[str, discord.ButtonStyle]] = {
    "approve": ("Approve", discord.ButtonStyle.success),
    "reject": ("Reject", discord.ButtonStyle.danger),
    "stop": ("Stop", discord.ButtonStyle.secondary),
    "resend": ("Send again", discord.ButtonStyle.primary),
}
_DONE = {
    "approve": "Approved.",
    "reject": "Rejected.",
    "stop": "Stopping it, and all it led to.",
    "resend": "Sending it again.",
}


class ControlButton(
    DynamicItem[Button[View]], template=re.compile(r"claw:(?P<id>[^:]{1,80}):(?P<action>stop|approve|reject|resend)")
):
    """A button that names its task or delivery and its action in its custom id, so that it works after any restart."""

    def __init__(self, subject_id: str, action: str, *, about: str | None = None) -> None:
        word, style = _FACES[action]
        label = f"{word} {about}" if about else word
        super().__init__(Button(label=label, style=style, custom_id=f"claw:{subject_id}:{action}"))
        self.subject_id = subject_id
        self.action = action

    @classmethod
    async def from_custom_id(cls, interaction: discord.Interaction, item: Item[Any], match: re.Match[str], /) -> Self:
        """Make the button anew that somebody has pressed."""
        del interaction, item
        return cls(match["id"], match["action"])

    async def callback(self, interaction: discord.Interaction) -> None:
        """Pass the click on to whom the client belongs."""
        client = interaction.client
        if isinstance(client, Client):
            await client.connection.listener.pressed(interaction, self.subject_id, self.action)


def buttons_for(task: Task) -> View | None:
    """Choose the buttons that fit the task's state; None when it has ended."""
    if task.state in FINAL:
        return None
    actions = ("approve", "reject", "stop") if task.state is TaskState.INPUT_REQUIRED else ("stop",)
    view = View(timeout=None)
    for action in actions:
        view.add_item(ControlButton(task.id, action))
    view.stop()  # discord.py need not keep it: the buttons are recognised by their custom ids
    return view


class Controls:
    """Decides who may press a button, answers within Discord's three seconds, and has it done."""

    def __init__(self, operators: Callable[[], OperatorsConfig], on_control: OnControl) -> None:
        self._operators = operators
        self._on_control = on_control

    async def pressed(self, interaction: discord.Interaction, subject_id: str, action: str) -> None:
        """Deal with one click. Only the person who clicked sees the answer."""
        user = interaction.user
        if not self._operators().allows(str(user.id), role_ids(user)):
            _log.info("Refused %s on %s to %s (%s).", action, subject_id, user.display_name, user.id)
            with suppress(CoordError), mapped("answer a click"):
                await interaction.response.send_message(
                    "Only operators may do this. Operators are named in skill.yaml, under `operators`.", ephemeral=True
                )
            return
        answered = await _acknowledged(interaction)
        try:
            said = await self._on_control(subject_id, action, str(user.id), user.display_name) or _DONE[action]
        except CoordError as error:
            said = error.sentence()
        except Exception:  # noqa: BLE001 - the outermost edge: whoever clicked gets a word, the log the rest
            _log.exception("Pressing %s on %s failed.", action, subject_id)
            said = "That failed inside the coordinator; its log says why."
        if answered:
            with suppress(CoordError), mapped("answer a click"):
                await interaction.edit_original_response(
                    content=sanitize(said)[:2000], allowed_mentions=discord.AllowedMentions.none()
                )


async def _acknowledged(interaction: discord.Interaction) -> bool:
    """Tell Discord at once that the click has arrived; false when it can no longer be answered.

    What was clicked is done in any case: 40060 may mean that a first, lost answer of ours was taken, 10062 that we were
    slow, and doing it twice is the same as once.
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
