"""Lists of what the local Discord doesn't have: always empty, because clients ask for them when they start.

Source of the shapes: Discord's OpenAPI document.
"""

from typing import Any

from ...permissions import Permission
from ...shapes import Json
from ..call import Call
from ..routing import Routes
from .applications import own_application

routes = Routes()

_OF_GUILD: dict[str, tuple[int, Any]] = {
    "regions": (0, []),
    "stickers": (0, []),
    "soundboard-sounds": (0, {"items": []}),
    "scheduled-events": (0, []),
    "auto-moderation/rules": (int(Permission.MANAGE_GUILD), []),
    "integrations": (int(Permission.MANAGE_GUILD), []),
    "templates": (int(Permission.MANAGE_GUILD), []),
}
_OF_APPLICATION: dict[str, Any] = {"emojis": {"items": []}, "entitlements": [], "role-connections/metadata": []}
_OF_ALL: dict[str, Any] = {
    "/soundboard-default-sounds": [],
    "/sticker-packs": {"sticker_packs": []},
    "/voice/regions": [],
}


def _add_of_guild(name: str, needed: int, nothing: Any) -> None:
    @routes.on("GET", f"/guilds/{{guild_id}}/{name}")
    def of_guild(call: Call) -> Any:  # pyright: ignore[reportUnusedFunction]
        call.guild(needed)
        return nothing


def _add_of_application(name: str, nothing: Any) -> None:
    @routes.on("GET", f"/applications/{{application_id}}/{name}")
    def of_application(call: Call) -> Any:  # pyright: ignore[reportUnusedFunction]
        own_application(call)
        return nothing


def _add_of_all(path: str, nothing: Any) -> None:
    @routes.on("GET", path)
    def of_all(call: Call) -> Any:  # pyright: ignore[reportUnusedFunction]
        del call
        return nothing


for _name, (_needed, _nothing) in _OF_GUILD.items():
    _add_of_guild(_name, _needed, _nothing)
for _name, _nothing in _OF_APPLICATION.items():
    _add_of_application(_name, _nothing)
for _name, _nothing in _OF_ALL.items():
    _add_of_all(_name, _nothing)


@routes.on("GET", "/guilds/{guild_id}/roles/member-counts")
def count_members(call: Call) -> Json:
    """How many members each role has."""
    guild = call.guild()
    members = call.world.members_of(guild.id)
    roles = (role.id for role in call.world.roles_of(guild.id) if role.id != guild.id)
    return {role_id: sum(role_id in member.roles for member in members) for role_id in roles}
