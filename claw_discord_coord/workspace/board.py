"""Lays out the board: one live message with the work of all agents and the deliveries that wait for a person."""

from __future__ import annotations

import discord

from claw_discord_coord.models import Delivery, DeliveryState, Task
from claw_discord_coord.ports import BoardView
from claw_discord_coord.text.sanitize import one_line
from claw_discord_coord.workspace.cards import FACES, link_to
from claw_discord_coord.workspace.controls import buttons_for, view_of
from claw_discord_coord.workspace.posting.draft import Draft

CHANNEL = "registry"
"""The board's channel."""
_DESCRIPTION_CHARS = 4096
"""Discord's limit (Discord documentation, resources/message, "Embed Limits")."""
_DELIVERIES = 5
"""The number of deliveries with buttons: Discord allows five rows (Discord documentation, components/reference, "Action
Row")."""
_FOOTER = "The board of all agents"


def board(view: BoardView) -> Draft:
    """Lay out the board."""
    lines = [_task_line(task) for task in view.tasks] or ["Nothing is going on."]
    if view.more_tasks:
        lines.append(f"-# and {view.more_tasks} more")
    embed = discord.Embed(title="What is going on", description=_fitting(lines), colour=0x5865F2)
    if view.deliveries:
        waiting = [_delivery_line(delivery) for delivery in view.deliveries[:_DELIVERIES]]
        if len(view.deliveries) > _DELIVERIES:
            waiting.append(f"-# and {len(view.deliveries) - _DELIVERIES} more")
        embed.add_field(name="Waiting for a person", value="\n".join(waiting)[:1024], inline=False)
    counts = " · ".join(f"{count} {state.value}" for state, count in view.counts.items() if count)
    embed.set_footer(text=f"{_FOOTER} · {counts}" if counts else _FOOTER)
    return Draft(embed=embed, view=_buttons(view.deliveries[:_DELIVERIES]))


def _task_line(task: Task) -> str:
    face = FACES[task.state]
    title = one_line(task.title, 80)
    name = link_to(title, task.thread_url) if task.thread_url else title
    since = int((task.started_at or task.created_at).timestamp())
    return f"{face.icon} **{one_line(task.agent, 32)}** {name} · <t:{since}:R>"


def _delivery_line(delivery: Delivery) -> str:
    why = "asks for approval" if delivery.state is DeliveryState.HELD else one_line(delivery.error or "failed", 90)
    return f"`{delivery.id}` to **{one_line(delivery.destination, 32)}**: {why}"


def _buttons(deliveries: tuple[Delivery, ...]) -> discord.ui.View | None:
    rows = [buttons_for(delivery, row=row, about=delivery.id) for row, delivery in enumerate(deliveries)]
    return view_of(button for buttons in rows for button in buttons)


def _fitting(lines: list[str]) -> str:
    """Return as many lines as fit, and the number of the others."""
    text = ""
    for number, line in enumerate(lines):
        rest = f"\n-# and {len(lines) - number} more"
        if len(text) + len(line) + len(rest) + 1 > _DESCRIPTION_CHARS:
            return text + rest
        text = f"{text}\n{line}" if text else line
    return text
