"""Understands a skill that is called in free text, such as `/spawn_agent @research compare A and B`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from claw_discord_coord.errors import UsageError
from claw_discord_coord.models import TaskState

FORMS = {
    "spawn_agent": "/spawn_agent @research compare A and B",
    "handoff": "/handoff t-abcdefgh @writing make a report of it",
    "route_output": "/route_output t-abcdefgh blog",
    "registry_status": "/registry_status t-abcdefgh",
    "message_agent": "/message_agent t-abcdefgh look at 2025 only",
    "control_task": "/control_task t-abcdefgh cancel",
}
"""How each command is said, for whoever has said it otherwise."""

_TASK_ID = re.compile(r"\bt-[2-9a-z]{8}\b")
_DELIVERY_ID = re.compile(r"\bd-[0-9a-f]{10}\b")
_MENTION = re.compile(r"(?<!\S)@([A-Za-z0-9][\w-]*)")
_TASK_FIRST = re.compile(r"(t-[2-9a-z]{8})(?![\w-])[:,]?\s*")
_ID_FIRST = re.compile(r"(?:t-[2-9a-z]{8}|d-[0-9a-f]{10})(?![\w-])[:,]?\s+")
_OPTION = re.compile(r"--([a-z][a-z-]*)(?![\w-])(?:=(\"[^\"]*\"|\S+))?\s*")
_VALUE = re.compile(r"(\"[^\"]*\"|(?!--)\S+)\s*")
_ACTIONS = {"cancel": "cancel", "stop": "cancel", "approve": "approve", "reject": "reject", "resend": "resend"}

_SPAWN = {"review": False, "private": False, "key": True, "title": True, "kind": True, "to": True}
_ROUTE = {"dry-run": False, "kind": True, "to": True}
"""The options of a command, and whether each takes a value."""


def understand(skill: str, command: str) -> dict[str, Any]:
    """The skill's input as the words say it: an agent is `@name`, a task its id, the rest is the text. Options stand
    before the text; `--` ends them.

    Raises:
        UsageError: something is missing, or no option of the command; the fix shows the form.
    """
    reader = _READERS.get(skill)
    if reader is None:
        raise UsageError(f"There is no command {skill!r}.", fix=f"Use one of: {', '.join(_READERS)}.")
    return reader(command.strip())


def how_to_say(skill: str) -> str:
    """What to do about a command that was not understood."""
    return f"Say it like this: {FORMS[skill]}"


def _spawn_agent(command: str) -> dict[str, Any]:
    options, rest = _options("spawn_agent", command, _SPAWN)
    mention = _MENTION.match(rest)
    if mention:
        more, rest = _options("spawn_agent", rest[mention.end() :].lstrip(" :,\n"), _SPAWN)
        options |= more
    if not rest:
        raise UsageError("What is to be done?", fix=how_to_say("spawn_agent"))
    return {"task": rest, **({"agent": mention[1].lower()} if mention else {}), **options}


def _handoff(command: str) -> dict[str, Any]:
    task, mention = _TASK_ID.search(command), _MENTION.search(command)
    if task is None or mention is None:
        raise UsageError("Which task goes to whom?", fix=how_to_say("handoff"))
    summary = _without(command, task[0], mention[0])
    if not summary:
        raise UsageError("What is the receiver to do?", fix=how_to_say("handoff"))
    return {"task_id": task[0], "to_agent": mention[1].lower(), "summary": summary}


def _route_output(command: str) -> dict[str, Any]:
    options, rest = _options("route_output", command, _ROUTE)
    task = _TASK_FIRST.match(rest)
    if task is not None:
        to: list[str] = options.pop("to", [])
        words = rest[task.end() :]
        while words:
            more, words = _options("route_output", words, _ROUTE)
            to += more.pop("to", [])
            options |= more
            word, words = [*words.split(maxsplit=1), "", ""][:2]
            to += _names(word)
        return {"task_id": task[1], **options, **({"to": to} if to else {})}
    if not rest:
        raise UsageError("What is to be sent?", fix=how_to_say("route_output"))
    if rest.endswith(" --dry-run"):  # what was meant to be tried only must not be sent
        raise UsageError("Is --dry-run part of what is to be sent?", fix="Options come before the text.")
    return {"content": rest, **options}


def _registry_status(command: str) -> dict[str, Any]:
    task, mention = _TASK_ID.search(command), _MENTION.search(command)
    if task is not None:
        return {"task_id": task[0]}
    words = _without(command, mention[0] if mention else "")
    state = {"state": words} if words in set(TaskState) else {}
    text = {"text": words} if words and not state else {}
    return {**({"agent": mention[1].lower()} if mention else {}), **state, **text}


def _control_task(command: str) -> dict[str, Any]:
    """The action is the first word, or the one after the id: further on it may be part of the note."""
    task, delivery = _TASK_ID.search(command), _DELIVERY_ID.search(command)
    id_first = _ID_FIRST.match(command)
    words = command[id_first.end() if id_first else 0 :].split(maxsplit=1)
    action = _ACTIONS.get(words[0].lower().strip(".,:!")) if words else None
    if action is None or (task is None and delivery is None):
        raise UsageError("Do what with which task?", fix=how_to_say("control_task"))
    named = {"task_id": task[0]} if task else {"delivery_id": (delivery or [""])[0]}
    note = words[1] if len(words) > 1 else ""
    note = note if id_first else _without(note, *named.values())
    return {"action": action, **named, **({"note": note} if note else {})}


def _message_agent(command: str) -> dict[str, Any]:
    task = _TASK_ID.search(command)
    text = _without(command, task[0]) if task else ""
    if task is None or not text:
        raise UsageError("Tell whom what?", fix=how_to_say("message_agent"))
    return {"task_id": task[0], "text": text}


def _options(skill: str, command: str, known: dict[str, bool]) -> tuple[dict[str, Any], str]:
    """The options with which a command begins, and what follows them."""
    found: dict[str, Any] = {}
    while (option := _OPTION.match(command)) is not None:
        name, value, command = option[1], option[2], command[option.end() :]
        if name not in known:
            offered = ", ".join(f"--{each}" for each in known)
            raise UsageError(
                f"/{skill} has no option --{name}.", fix=f"It has {offered}. A text that begins like one follows `--`."
            )
        if not known[name]:
            if value:
                raise UsageError(f"--{name} takes no value.", fix=f"Leave out ={value}.")
            found[name.replace("-", "_")] = True
            continue
        if not value:
            following = _VALUE.match(command)
            if following is None:
                raise UsageError(f"--{name} lacks its value.", fix=f"Give it like this: --{name} VALUE")
            value, command = following[1], command[following.end() :]
        value = value.strip('"')
        found[name] = [*found.get("to", []), *_names(value)] if name == "to" else value
    return found, re.sub(r"\A--(?:\s+|\Z)", "", command)


def _names(text: str) -> list[str]:
    return [name for name in (part.strip() for part in text.split(",")) if name]


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
