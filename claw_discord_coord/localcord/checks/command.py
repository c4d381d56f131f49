"""Application commands as an application defines them.

Source: Discord documentation, interactions/application-commands, "Application Command Structure".
"""

import re
from typing import Any, cast

from ..json_text import whole_number
from ..shapes import Json, JsonList
from .form import Form, without_none

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)
CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
TOTAL_CHARS = 8000

_NAME = re.compile(r"[-_'\w]{1,32}")


def read_command(form: Form, *, partial: bool = False) -> dict[str, Any]:
    """The fields of a command by the name of the stored field; with `partial` only those that were sent."""
    kind = form.choice("type", (CHAT_INPUT, USER_MENU, MESSAGE_MENU), default=CHAT_INPUT) or CHAT_INPUT
    fields: dict[str, Any] = {} if partial else {"type": kind}
    if form.has("name") or not partial:
        fields["name"] = _name(form, slash=kind == CHAT_INPUT)
    if kind == CHAT_INPUT and (form.has("description") or not partial):
        fields["description"] = form.text("description", 100, low=1, required=True) or ""
    if form.has("options"):
        fields["options"] = _options(form, 0) if kind == CHAT_INPUT else []
    for name in ("name_localizations", "description_localizations"):
        if form.has(name):
            fields[name] = form.body[name]
    if form.has("default_member_permissions"):
        bits = form.integer("default_member_permissions", low=0)
        fields["default_member_permissions"] = None if bits is None else str(bits)
    if form.body.get("dm_permission") is not None:
        fields["dm_permission"] = form.boolean("dm_permission", True)
    for name, high in (("contexts", 2), ("integration_types", 1)):
        values = form.values(name, 3)
        if values is not None:
            fields[name] = [n for n in map(whole_number, values) if n is not None and 0 <= n <= high]
    if form.body.get("nsfw") is not None:
        fields["nsfw"] = form.boolean("nsfw")
    if _chars(fields) > TOTAL_CHARS:
        form.fault(None, "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({TOTAL_CHARS})")
    return fields


def _name(form: Form, *, slash: bool) -> str:
    name = form.text("name", 32, low=1, required=True) or ""
    if slash and name and (not _NAME.fullmatch(name) or name != name.lower()):
        form.fault("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    return name


def _options(form: Form, depth: int) -> JsonList:
    forms = form.objects("options", 25) or []
    options = [_option(option, depth) for option in forms]
    names = [option["name"] for option in options]
    if len(set(names)) != len(names):
        form.fault("options", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
    seen_optional = False
    for option in options:
        if option["type"] in (SUBCOMMAND, GROUP):
            continue
        if option.get("required") and seen_optional:
            form.fault(
                "options",
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        seen_optional = seen_optional or not option.get("required")
    nested = [option["type"] in (SUBCOMMAND, GROUP) for option in options]
    if any(nested) and not all(nested):
        form.fault(
            "options",
            "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
            "Sub-command and sub-command group option types are mutually exclusive to all other types",
        )
    return options


def _option(form: Form, depth: int) -> Json:
    allowed = range(STRING, ATTACHMENT + 1) if depth == 2 else range(SUBCOMMAND, ATTACHMENT + 1)
    kind = form.choice("type", allowed, required=True) or STRING
    option: Json = {
        "type": kind,
        "name": _name(form, slash=True),
        "description": form.text("description", 100, low=1, required=True) or "",
        "name_localizations": form.body.get("name_localizations"),
        "description_localizations": form.body.get("description_localizations"),
    }
    if kind in (SUBCOMMAND, GROUP):
        deeper = _options(form, depth + 1 if kind == GROUP else 2)
        return without_none(option) | ({"options": deeper} if deeper else {})
    option |= {
        "required": form.boolean("required") or None,
        "autocomplete": form.boolean("autocomplete") or None,
        "choices": _choices(form, kind),
        "channel_types": form.values("channel_types", 20) if kind == CHANNEL else None,
    }
    for name in ("min_value", "max_value"):
        if kind in (INTEGER, NUMBER) and isinstance(form.body.get(name), (int, float)):
            option[name] = form.body[name]
    if kind == STRING:
        option["min_length"] = form.integer("min_length", low=0, high=6000)
        option["max_length"] = form.integer("max_length", low=1, high=6000)
    if option["autocomplete"] and option["choices"]:
        form.fault(
            "autocomplete",
            "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES",
            "Choices and autocomplete are mutually exclusive",
        )
    return without_none(option)


def _choices(form: Form, kind: int) -> JsonList | None:
    if kind not in (STRING, INTEGER, NUMBER):
        return None
    return read_choices(form, kind)


def read_choices(form: Form, kind: int) -> JsonList | None:
    """Choices of an option, or of an answer to autocompletion; None when there are none."""
    forms = form.objects("choices", 25)
    if not forms:
        return None
    choices: JsonList = []
    for item in forms:
        value: Any = item.body.get("value")
        if kind == STRING:
            value = item.text("value", 100, required=True) or ""
        elif not isinstance(value, (int, float)) or isinstance(value, bool):
            item.fault(
                "value", "NUMBER_TYPE_COERCE", f'Value "{value}" is not {"int" if kind == INTEGER else "float"}.'
            )
        choice: Json = {"name": item.text("name", 100, low=1, required=True) or "", "value": value}
        if item.body.get("name_localizations") is not None:
            choice["name_localizations"] = item.body["name_localizations"]
        choices.append(choice)
    return choices


def _chars(fields: dict[str, Any]) -> int:
    total = len(fields.get("name") or "") + len(fields.get("description") or "")
    for option in cast(JsonList, fields.get("options") or []):
        total += _chars(option)
        total += sum(len(choice["name"]) + len(str(choice["value"])) for choice in option.get("choices", []))
    return total
