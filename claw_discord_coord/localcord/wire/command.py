"""Application commands as JSON."""

from ..shapes import Json
from ..world.command import Command


def command_json(command: Command, *, localizations: bool = True) -> Json:
    """`ApplicationCommandResponse`."""
    body: Json = {
        "id": command.id,
        "application_id": command.application_id,
        "version": command.version,
        "default_member_permissions": command.default_member_permissions,
        "type": command.type,
        "name": command.name,
        "description": command.description,
        "dm_permission": command.dm_permission if command.dm_permission is not None else True,
        "contexts": command.contexts,
        "integration_types": command.integration_types,
        "nsfw": command.nsfw,
    }
    if localizations:
        body["name_localizations"] = command.name_localizations
        body["description_localizations"] = command.description_localizations
    if command.options:
        body["options"] = command.options
    if command.guild_id is not None:
        body["guild_id"] = command.guild_id
        del body["dm_permission"]
    return body
