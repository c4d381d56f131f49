"""The form of a skill's input: the short JSON Schema that models read, and the reading of values in another form.

Models write `"a,b"` for a list, `"60"` for a number and `""` for a field that is not given. The schema accepts all of
them, since OpenClaw refuses a call that does not fit the schema before the coordinator sees the call.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, EnumType
from typing import Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_LIST_BRACKETS = ("[", "]")
_QUOTES_AND_MARKS = " \t\r\n`'\"*.,:;!"
_QUOTES = " \t\r\n`'\""
_NULLS = {"null", "None", "undefined"}
"""Words for "not given" that models write as texts."""
_PROSE = {"task", "text", "content", "summary", "note", "title"}
"""Fields whose text is taken as given, since quotes and marks in the text may be Markdown."""
_SEPARATORS = re.compile(r"[,;\n]")
_BULLET = re.compile(r"^\s*[-*•]\s+")
_WITH_UNIT = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?)?\.?", re.IGNORECASE)
_UNIT_S = {"s": 1, "m": 60, "h": 3600}
_SYNONYMS = {
    "running": "working",
    "in-progress": "working",
    "pending": "submitted",
    "queued": "submitted",
    "waiting": "input-required",
    "done": "completed",
    "finished": "completed",
    "succeeded": "completed",
    "success": "completed",
    "error": "failed",
    "cancelled": "canceled",
    "medium": "normal",
}
"""Other words for choices; a word counts only in a field that has the choice."""


@dataclass(frozen=True)
class FieldForm:
    """The form of one field.

    Attributes:
        type: The type of the value, or of each value of a list.
        choices: The allowed values; empty when every value of the type is allowed.
        is_list: The field takes a list.
    """

    type: type
    choices: tuple[str, ...] = ()
    is_list: bool = False

    @property
    def is_number(self) -> bool:
        """Return whether the field takes a number."""
        return self.type in {int, float}


def field_form(annotation: Any) -> FieldForm:
    """Return the form of a field with this annotation; `X | None` counts as `X`."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    if get_origin(annotation) is tuple:
        return FieldForm(field_form(get_args(annotation)[0]).type, is_list=True)
    if get_origin(annotation) is Literal:
        return FieldForm(str, choices=get_args(annotation))
    if isinstance(annotation, EnumType):
        return FieldForm(str, choices=tuple(str(member.value) for member in cast("type[Enum]", annotation)))
    return FieldForm(cast("type", annotation))


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a skill's input, without limits: a value beyond a limit gets a plain error message."""
    fields = model.model_fields
    made: dict[str, Any] = {
        "type": "object",
        "properties": {name: _property(info) for name, info in fields.items()},
    }
    required = [name for name, info in fields.items() if info.is_required()]
    return made | ({"required": required} if required else {})


def read(model: type[BaseModel], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments without the empty ones, and with lists, numbers and choices in the model's form."""
    return {
        name: _read(name, value, model.model_fields[name]) if name in model.model_fields else value
        for name, value in arguments.items()
        if not _is_empty(value) and not (name not in _PROSE and isinstance(value, str) and value.strip() in _NULLS)
    }


def _property(info: FieldInfo) -> dict[str, Any]:
    form = field_form(info.annotation)
    description = " ".join((info.description or "").split())
    missing = [choice for choice in form.choices if f"`{choice}`" not in description]
    if missing:
        description = f"{description.rstrip('.')}: {', '.join(form.choices)}."
    return {**_type(form), "description": description}


def _type(form: FieldForm) -> dict[str, Any]:
    # One list of types and no `anyOf`: OpenClaw repeats the refusal of every branch of an `anyOf`. `string` comes
    # before `number`, since OpenClaw makes null the empty value of the first type, and 0 seconds is not "not given".
    if form.is_list:
        return {"type": ["array", "string"], "items": {"type": "string"}}
    if form.is_number:
        return {"type": ["string", "number"]}
    if form.type is bool:
        return {"type": ["boolean", "string"]}
    # No `enum`: OpenClaw would refuse "Stop!", which the coordinator understands.
    return {"type": "string"}


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _read(name: str, value: object, info: FieldInfo) -> object:
    form = field_form(info.annotation)
    if form.is_list:
        return _read_list(value)
    if form.choices and isinstance(value, str):
        word = value.strip(_QUOTES_AND_MARKS).lower().replace("_", "-").replace(" ", "-")
        word = _SYNONYMS.get(word, word)
        return word if word in form.choices else value
    if form.is_number and isinstance(value, bool):
        return str(value)  # pydantic reads True as 1, but a caller that writes `true` gives no number
    if form.is_number and isinstance(value, str):
        return _read_number(value, seconds=name.endswith("_s"))
    # A text of one word is a name or an id; spaces around a longer text may be Markdown.
    if isinstance(value, str) and len(value.split()) == 1:
        return value.strip() if name in _PROSE else value.strip(_QUOTES).removeprefix("@")
    return value


def _read_number(text: str, *, seconds: bool) -> str | float:
    """Return the number in a text such as `1,000` or `5 min`; any other text as given."""
    match = _WITH_UNIT.fullmatch(text.strip(_QUOTES))
    if match is None or (match[2] and not seconds):
        return text
    number = match[1].replace(",", "")
    return float(number) * _UNIT_S[match[2][0].lower()] if match[2] else number


def _read_list(value: object) -> object:
    if isinstance(value, str):
        text = value.strip()
        if text.startswith(_LIST_BRACKETS[0]) and text.endswith(_LIST_BRACKETS[1]):
            value = _json_list(text)
        else:
            value = [_BULLET.sub("", entry) for entry in _SEPARATORS.split(text)]
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, list | tuple):
        return value
    entries = [
        str(entry) if isinstance(entry, int | float) and not isinstance(entry, bool) else entry
        for entry in cast("list[object]", value)
    ]
    read_entries = [entry.strip(_QUOTES) if isinstance(entry, str) else entry for entry in entries]
    return [entry for entry in read_entries if not _is_empty(entry)]


def _json_list(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        # `[a, b]` as YAML writes a list
        return [part.strip(" '\"") for part in text[1:-1].split(",")]
