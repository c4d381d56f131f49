"""Lays out the board: one live message with the work of all agents, their last results, and the deliveries that wait
for a person.
"""

from __future__ import annotations

import re
from dataclasses import replace

import discord

from claw_discord_coord.models import Delivery, DeliveryState, Task, TaskState
from claw_discord_coord.ports import BoardView, FinishedTask
from claw_discord_coord.text.sanitize import one_line
from claw_discord_coord.workspace.cards import FACES, FIELD_CHARS, link_to
from claw_discord_coord.workspace.controls import buttons_for, view_of
from claw_discord_coord.workspace.posting.draft import Draft

_DESCRIPTION_CHARS = 4096
"""Discord's limit (Discord documentation, resources/message, "Embed Limits")."""
_DELIVERIES = 5
"""The number of deliveries with buttons: Discord allows five rows (Discord documentation, components/reference, "Action
Row")."""
_RESULTS = 3
"""The number of results named for a finished task."""
_LINKABLE = re.compile(r"https?://[^\s()<>]{1,200}")
"""Addresses that Discord's Markdown takes whole; a longer address would leave no room for the other tasks."""
_NOT_ANNOUNCED = 40
"""The number of tasks by their ids of 12 characters, within an embed field's 1,024."""
_FOOTER = "The board of all agents"


def board(view: BoardView) -> Draft:
    """Lay out the board."""
    lines = [_task_line(task) for task in view.tasks] or ["Nothing is going on."]
    if view.more_tasks:
        lines.append(f"-# and {view.more_tasks} more")
    embed = discord.Embed(title="What is going on", description=_fitting(lines, _DESCRIPTION_CHARS), color=0x5865F2)
    if view.deliveries:
        waiting = [
            _delivery_line(delivery, view.delivery_tasks.get(delivery.task_id or ""))
            for delivery in view.deliveries[:_DELIVERIES]
        ]
        if len(view.deliveries) > _DELIVERIES:
            waiting.append(f"-# and {len(view.deliveries) - _DELIVERIES} more")
        embed.add_field(name="Waiting for a person", value=_fitting(waiting, FIELD_CHARS), inline=False)
    if view.finished:
        finished = _fitting([_finished_line(ended) for ended in view.finished], FIELD_CHARS)
        embed.add_field(name="Finished lately", value=finished, inline=False)
    if view.not_announced:
        # Only ids: the board must not say what a private task is about.
        ids = ", ".join(f"`{task_id}`" for task_id in view.not_announced[:_NOT_ANNOUNCED])
        more = len(view.not_announced) - _NOT_ANNOUNCED
        ids += f" and {more} more" if more > 0 else ""
        embed.add_field(name="Not announced to the session that asked", value=ids, inline=False)
    if view.not_posted:
        ids = ", ".join(f"`{task_id}`" for task_id in view.not_posted[:_NOT_ANNOUNCED])
        embed.add_field(name="Refused by Discord, or waiting", value=ids, inline=False)
    counts = " · ".join(f"{count} {state.value}" for state, count in view.counts.items() if count)
    embed.set_footer(text=f"{_FOOTER} · {counts}" if counts else _FOOTER)
    return Draft(embed=embed, view=_buttons(view.deliveries[:_DELIVERIES]))


def without_words(view: BoardView) -> BoardView:
    """Return the view with ids in place of the words of people and agents, which a server may not allow."""
    tasks = tuple(task.model_copy(update={"title": task.id}) for task in view.tasks)
    finished = tuple(
        replace(ended, task=ended.task.model_copy(update={"title": ended.task.id})) for ended in view.finished
    )
    deliveries = tuple(delivery.model_copy(update={"title": delivery.id}) for delivery in view.deliveries)
    delivery_tasks = {id_: task.model_copy(update={"title": id_}) for id_, task in view.delivery_tasks.items()}
    return replace(view, tasks=tasks, finished=finished, deliveries=deliveries, delivery_tasks=delivery_tasks)


def _task_line(task: Task) -> str:
    face = FACES[task.state]
    since = int((task.ended_at or task.started_at or task.created_at).timestamp())
    waits = " · the result waits for a review" if task.state is TaskState.INPUT_REQUIRED else ""
    return f"{face.icon} **{one_line(task.agent, 32)}** {_name(task, 80)}{waits} · <t:{since}:R>"


def _name(task: Task, limit_chars: int) -> str:
    title = one_line(task.title, limit_chars)
    return link_to(title, task.thread_url) if task.thread_url else title


def _finished_line(ended: FinishedTask) -> str:
    results = ", ".join(_result_link(delivery) for delivery in ended.delivered[:_RESULTS])
    return f"{_task_line(ended.task)} → {results}" if results else _task_line(ended.task)


def _result_link(delivery: Delivery) -> str:
    name = one_line(delivery.destination, 32)
    url = (delivery.receipt and delivery.receipt.url) or ""
    return link_to(name, url) if _LINKABLE.fullmatch(url) else name


def _delivery_line(delivery: Delivery, task: Task | None) -> str:
    if delivery.state is not DeliveryState.HELD:
        why = one_line(delivery.error or "failed", 90)
    elif delivery.held_for is None:
        why = "held for approval"
    else:
        why = f"held for the review of `{delivery.held_for}`"
    name = one_line(delivery.title, 50) if task is None else _name(task, 50)
    return f"`{delivery.id}` {name} to **{one_line(delivery.destination, 32)}**: {why}"


def _buttons(deliveries: tuple[Delivery, ...]) -> discord.ui.View | None:
    rows = [buttons_for(delivery, row=row, about=delivery.id) for row, delivery in enumerate(deliveries)]
    return view_of(button for buttons in rows for button in buttons)


def _fitting(lines: list[str], limit_chars: int) -> str:
    """Return as many lines as fit, and the number of the others."""
    text = ""
    for number, line in enumerate(lines):
        rest = f"\n-# and {len(lines) - number} more"
        if len(text) + len(line) + len(rest) + 1 > limit_chars:
            return (text + rest).lstrip("\n")
        text = f"{text}\n{line}" if text else line
    return text
