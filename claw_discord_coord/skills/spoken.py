"""Understands a skill that is called in free text, such as `/spawn_agent @research compare A and B`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from claw_discord_coord.errors import UsageError

_TASK_ID = re.compile(r"\bt-[2-9a-z]{8}\b")
_DELIVERY_ID = re.compile(r"\bd-[0-9a-f]{10}\b")
_MENTION = re.compile(r"(?<!\S)@([A-Za-z0-9][\w-]*)")
_SWITCH = re.compile(r"(?<!\S)--(review|private|dry-run)(?!\S)")
_OPTION = re.compile(r"(?<!\S)--(key|title|kind|to)[= ](\"[^\"]*\"|\S+)")


def understand(skill: str, command: str) -> dict[str, Any]:
    """The skill's input as the words say it: an agent is `@name`, a task its id, the rest is the text.

    Raises:
        UsageError: something is missing; the fix shows the form.
    """
    reader = _READERS.get(skill)
    if reader is None:
        raise UsageError(f"There is no command {skill!r}.", fix=f"Use one of: {', '.join(_READERS)}.")
    return reader(command.strip())


def _spawn_agent(command: str) -> dict[str, Any]:
    options, rest = _options(command)
    mention = _MENTION.match(rest)
    text = rest[mention.end() :].strip(" :,\n") if mention else rest
    if not text:
        raise UsageError("What is to be done?", fix="Say it like this: /spawn_agent @research compare A and B")
    return {"task": text, **({"agent": mention[1].lower()} if mention else {}), **options}


def _handoff(command: str) -> dict[str, Any]:
    task, mention = _TASK_ID.search(command), _MENTION.search(command)
    form = "Say it like this: /handoff t-abcdefgh @writing make a report of it"
    if task is None or mention is None:
        raise UsageError("Which task goes to whom?", fix=form)
    summary = _without(command, task[0], mention[0])
    if not summary:
        raise UsageError("What is the receiver to do?", fix=form)
    return {"task_id": task[0], "to_agent": mention[1].lower(), "summary": summary}


def _route_output(command: str) -> dict[str, Any]:
    options, rest = _options(command)
    task = _TASK_ID.search(rest)
    to = {"to": [name.strip() for name in options.pop("to").split(",")]} if "to" in options else {}
    if task is not None:
        return {"task_id": task[0], **to, **options}
    if not rest:
        raise UsageError("What is to be sent?", fix="Say it like this: /route_output t-abcdefgh --to blog")
    return {"content": rest, **to, **options}


def _registry_status(command: str) -> dict[str, Any]:
    task, mention = _TASK_ID.search(command), _MENTION.search(command)
    if task is not None:
        return {"task_id": task[0]}
    words = _without(command, mention[0] if mention else "")
    states = {"submitted", "working", "input-required", "completed", "failed", "canceled", "rejected"}
    state = {"state": words} if words in states else {}
    text = {"text": words} if words and not state else {}
    return {**({"agent": mention[1].lower()} if mention else {}), **state, **text}


def _control_task(command: str) -> dict[str, Any]:
    task, delivery = _TASK_ID.search(command), _DELIVERY_ID.search(command)
    action = command.split(maxsplit=1)[0].lower() if command else ""
    action = {"stop": "cancel"}.get(action, action)
    if action not in {"cancel", "approve", "reject", "resend"} or (task is None and delivery is None):
        raise UsageError("Do what with which task?", fix="Say it like this: /control_task stop t-abcdefgh")
    named = {"task_id": task[0]} if task else {"delivery_id": (delivery or [""])[0]}
    note = _without(command.split(maxsplit=1)[1], *named.values())
    return {"action": action, **named, **({"note": note} if note else {})}


def _message_agent(command: str) -> dict[str, Any]:
    task = _TASK_ID.search(command)
    text = _without(command, task[0]) if task else ""
    if task is None or not text:
        raise UsageError("Tell whom what?", fix="Say it like this: /message_agent t-abcdefgh look at 2025 only")
    return {"task_id": task[0], "text": text}


def _options(command: str) -> tuple[dict[str, Any], str]:
    """The options in a command, and what is left of it."""
    found: dict[str, Any] = {name.replace("-", "_"): True for name in _SWITCH.findall(command)}
    found.update({name: value.strip('"') for name, value in _OPTION.findall(command)})
    return found, _OPTION.sub("", _SWITCH.sub("", command)).strip()


def _without(text: str, *parts: str) -> str:
    for part in parts:
        text = text.replace(part, " ", 1) if part else text
    return " ".join(text.split()) if "\n" not in text else text.strip()


_READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "spawn_agent": _spawn_agent,
    "handoff": _handoff,
    "route_output": _route_output,
    "registry_status": _registry_status,
    "control_task": _control_task,
    "message_agent": _message_agent,
}
