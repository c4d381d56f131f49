"""Application commands. Source: Discord documentation, interactions/application-commands."""

from typing import Any

from ...access import guild_permissions
from ...checks.command import CHAT_INPUT, read_command
from ...checks.form import Form, form_of
from ...errors import (
    MISSING_ACCESS,
    TOO_MANY_COMMAND_CREATES,
    TOO_MANY_COMMANDS,
    UNKNOWN_APPLICATION_COMMAND,
    DiscordError,
    FormErrors,
    invalid,
)
from ...permissions import ALL
from ...shapes import Json, JsonList
from ...wire.command import command_json
from ...wire.user import public_application_json, user_json
from ...world.command import Command
from ..call import Call
from ..routing import Reply, Routes
from .applications import own_application

routes = Routes()

_COUNTS = {CHAT_INPUT: 100, 2: 15, 3: 15}
_DAY_MS = 86_400_000
_GLOBAL = "/applications/{application_id}/commands"
_GUILD = "/applications/{application_id}/guilds/{guild_id}/commands"


def _scope(call: Call) -> str | None:
    application = own_application(call)
    if "guild_id" not in call.params:
        return None
    guild_id = call.id("guild_id")
    if call.world.member(guild_id, application.bot_id) is None:
        raise DiscordError(MISSING_ACCESS)
    return guild_id


def _commands(call: Call, guild_id: str | None) -> list[Command]:
    application = own_application(call)
    return [c for c in call.world.commands if c.application_id == application.id and c.guild_id == guild_id]


def _command(call: Call) -> Command:
    guild_id = _scope(call)
    command = call.world.commands.get(call.id("command_id"))
    if command is None or command.guild_id != guild_id or command.application_id != call.user.application_id:
        raise DiscordError(UNKNOWN_APPLICATION_COMMAND)
    return command


def list_commands(call: Call) -> JsonList:
    """The application's commands, global or of a guild."""
    guild_id = _scope(call)
    localizations = call.flag("with_localizations")
    return [command_json(command, localizations=localizations) for command in _commands(call, guild_id)]


def create_command(call: Call) -> Reply:
    """Create a command (201), or change the one of that name and kind (200)."""
    guild_id = _scope(call)
    form = form_of(call.body)
    fields = read_command(form)
    form.errors.raise_if_any()
    existing = _named(call, guild_id, fields)
    command = _upsert(call, guild_id, fields)
    return Reply(command_json(command), 200 if existing else 201)


def _named(call: Call, guild_id: str | None, fields: dict[str, Any]) -> Command | None:
    same = (c for c in _commands(call, guild_id) if (c.type, c.name) == (fields["type"], fields["name"]))
    return next(same, None)


def _upsert(call: Call, guild_id: str | None, fields: dict[str, Any]) -> Command:
    command = _named(call, guild_id, fields)
    if command is None:
        siblings = [c for c in _commands(call, guild_id) if c.type == fields["type"]]
        if len(siblings) >= _COUNTS[fields["type"]]:
            raise DiscordError(TOO_MANY_COMMANDS)
        _count_create(call, guild_id)
        application = own_application(call)
        command = Command(call.world.new_id(), application.id, guild_id, fields["type"], fields["name"])
    else:
        call.world.commands.drop(command.id)
        command = Command(
            command.id, command.application_id, guild_id, command.type, command.name, permissions=command.permissions
        )
    _set(call, command, fields)
    return command


def _count_create(call: Call, guild_id: str | None) -> None:
    application = own_application(call)
    now_ms = call.world.clock.now_ms()
    key = guild_id or ""
    recent = [moment for moment in application.command_creates.get(key, []) if moment > now_ms - _DAY_MS]
    if len(recent) >= call.parts.limits.command_creates_per_day:
        raise DiscordError(TOO_MANY_COMMAND_CREATES)
    application.command_creates[key] = [*recent, now_ms]
    call.world.applications.put(application)


def _set(call: Call, command: Command, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(command, name, value)
    command.version = call.world.new_id()
    call.world.commands.put(command)


def overwrite_commands(call: Call) -> JsonList:
    """Make the given commands all there are; those of the same name and kind keep their ids."""
    guild_id = _scope(call)
    whole = Form({"commands": call.items}, FormErrors())
    forms = [Form(item.body, whole.errors, item.path[1:]) for item in whole.objects("commands", 130) or []]
    read = [read_command(form) for form in forms]
    whole.errors.raise_if_any()
    keys = [(fields["type"], fields["name"]) for fields in read]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            code = "APPLICATION_COMMANDS_DUPLICATE_NAME"
            raise invalid((number, "name"), code, "Application command names must be unique")
    for kind, high in _COUNTS.items():
        if sum(key[0] == kind for key in keys) > high:
            raise DiscordError(TOO_MANY_COMMANDS)
    for command in _commands(call, guild_id):
        if (command.type, command.name) not in keys:
            call.world.commands.drop(command.id)
    return [command_json(_upsert(call, guild_id, fields)) for fields in read]


def get_command(call: Call) -> Json:
    """One command."""
    return command_json(_command(call))


def edit_command(call: Call) -> Json:
    """Change a command."""
    command = _command(call)
    form = form_of(call.body | {"type": command.type})
    fields = read_command(form, partial=True)
    form.errors.raise_if_any()
    _set(call, command, fields)
    return command_json(command)


def delete_command(call: Call) -> None:
    """Delete a command."""
    call.world.commands.drop(_command(call).id)


for _path in (_GLOBAL, _GUILD):
    routes.on("GET", _path)(list_commands)
    routes.on("POST", _path)(create_command)
    routes.on("PUT", _path)(overwrite_commands)
    routes.on("GET", f"{_path}/{{command_id}}")(get_command)
    routes.on("PATCH", f"{_path}/{{command_id}}")(edit_command)
    routes.on("DELETE", f"{_path}/{{command_id}}")(delete_command)


@routes.on("GET", f"{_GUILD}/permissions")
def list_permissions(call: Call) -> JsonList:
    """Who may use the commands, of those that say so."""
    _scope(call)
    guild_id = call.id("guild_id")
    mine = [command for scope in (None, guild_id) for command in _commands(call, scope)]
    return [_permissions_json(command, guild_id) for command in mine if command.permissions]


@routes.on("GET", f"{_GUILD}/{{command_id}}/permissions")
def get_permissions(call: Call) -> Json:
    """Who may use a command; nothing is said for everybody (10066 at Discord, an empty list here)."""
    guild_id = _scope(call)
    command = call.world.commands.get(call.id("command_id"))
    if command is None or command.application_id != call.user.application_id:
        raise DiscordError(UNKNOWN_APPLICATION_COMMAND)
    return _permissions_json(command, guild_id or "")


def _permissions_json(command: Command, guild_id: str) -> Json:
    return {
        "id": command.id,
        "application_id": command.application_id,
        "guild_id": guild_id,
        "permissions": command.permissions,
    }


@routes.on("GET", "/guilds/{guild_id}/application-command-index")
def command_index(call: Call) -> Json:
    """All commands a person may use in the guild, with their applications.

    Source: docs.discord.food (unofficial), "Get Guild Application Command Index".
    """
    guild = call.guild()
    world = call.world
    applications = [a for a in world.applications if world.member(guild.id, a.bot_id) is not None]
    ids = {application.id for application in applications}
    commands = [c for c in world.commands if c.application_id in ids and c.guild_id in (None, guild.id)]
    return {
        "applications": [
            public_application_json(application)
            | {"bot": user_json(world.users[application.bot_id]), "permissions": {}}
            for application in applications
        ],
        "application_commands": [
            command_json(command) for command in commands if may_use_by_default(call, command, guild.id)
        ],
        "version": str(guild.command_version),
    }


def may_use_by_default(call: Call, command: Command, guild_id: str) -> bool:
    """Whether the caller has the permissions a command asks for by default (0: administrators only)."""
    needed = command.default_member_permissions
    if needed is None:
        return True
    permissions = guild_permissions(call.world, call.world.guilds[guild_id], call.user.id)
    return permissions == ALL or (int(needed) != 0 and permissions & int(needed) == int(needed))
