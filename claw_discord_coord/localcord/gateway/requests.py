"""What a client may ask for over the gateway once it has a session.

Source: Discord documentation, events/gateway-events, "Send Events".
"""

from typing import Any, cast

from ..shapes import Json
from ..wire.user import member_json
from .hub import Hub
from .session import Session

PRESENCE, VOICE, REQUEST_MEMBERS, REQUEST_SOUNDS = 3, 4, 8, 31
_IGNORED = frozenset({PRESENCE, VOICE, *range(12, 50)})
_CHUNK = 1000


def handle_request(hub: Hub, session: Session, op: int, data: Any) -> bool:
    """Do what an opcode asks; False when the opcode is unknown. Presence and voice are accepted and go nowhere."""
    if op == REQUEST_MEMBERS:
        _send_members(hub, session, cast(Json, data) if isinstance(data, dict) else {})
        return True
    if op == REQUEST_SOUNDS:
        _send_sounds(session, cast(Json, data) if isinstance(data, dict) else {})
        return True
    if op in (PRESENCE, VOICE):
        return True
    return not session.user.bot and op in _IGNORED


def _send_sounds(session: Session, data: Json) -> None:
    ids = data.get("guild_ids")
    for guild_id in cast("list[Any]", ids) if isinstance(ids, list) else []:
        session.dispatch_json("SOUNDBOARD_SOUNDS", {"guild_id": str(guild_id), "soundboard_sounds": []})


def _send_members(hub: Hub, session: Session, data: Json) -> None:
    guild_id = data.get("guild_id")
    guild_id = str(cast("list[Any]", guild_id)[0]) if isinstance(guild_id, list) else str(guild_id)
    world = hub.world
    if world.member(guild_id, session.user.id) is None:
        return
    members = world.members_of(guild_id)
    wanted = data.get("user_ids")
    not_found: list[str] = []
    if wanted is not None:
        ids = [str(user) for user in (cast("list[Any]", wanted) if isinstance(wanted, list) else [wanted])]
        not_found = [user for user in ids if world.member(guild_id, user) is None]
        members = [member for member in members if member.user_id in ids]
    elif query := str(data.get("query") or "").lower():
        members = [m for m in members if (m.nick or world.users[m.user_id].username).lower().startswith(query)]
    limit = data.get("limit")
    if isinstance(limit, int) and limit > 0:
        members = members[:limit]
    chunks = [members[start : start + _CHUNK] for start in range(0, len(members), _CHUNK)] or [[]]
    for number, chunk in enumerate(chunks):
        body: Json = {
            "guild_id": guild_id,
            "members": [member_json(world, member) for member in chunk],
            "chunk_index": number,
            "chunk_count": len(chunks),
            "not_found": not_found,
        }
        if data.get("presences"):
            body["presences"] = []
        if data.get("nonce") is not None:
            body["nonce"] = data["nonce"]
        session.dispatch_json("GUILD_MEMBERS_CHUNK", body)
