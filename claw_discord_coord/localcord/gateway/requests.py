"""What a client may ask for over the gateway once it has a session.

Source: Discord documentation, events/gateway-events, "Send Events".
"""

from typing import Any, cast

from ..intents import Intent
from ..shapes import Json
from ..wire.user import member_json
from .hub import Hub
from .session import Session

PRESENCE, VOICE, REQUEST_MEMBERS, REQUEST_SOUNDS = 3, 4, 8, 31
_IGNORED = frozenset({PRESENCE, VOICE, *range(12, 50)})
_CHUNK = 1000
_FOUND = 100
"""How many members a search or a list of ids finds at most."""
_NONCE_BYTES = 32
"""A longer nonce is ignored."""


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
    for guild_id in _texts(data.get("guild_ids") or []):
        session.dispatch_json("SOUNDBOARD_SOUNDS", {"guild_id": guild_id, "soundboard_sounds": []})


def _send_members(hub: Hub, session: Session, data: Json) -> None:
    """Answer op 8, unless it asks for the whole list without the GUILD_MEMBERS intent: to that Discord says nothing
    (discord-api-docs#5855).
    """
    world = hub.world
    guild_id = next(iter(_texts(data.get("guild_id"))), "")
    if world.member(guild_id, session.user.id) is None:
        return
    members = world.members_of(guild_id)
    limit = data.get("limit")
    limit = limit if isinstance(limit, int) and limit > 0 else len(members)
    not_found: list[str] = []
    if data.get("user_ids") is not None:
        ids = _texts(data["user_ids"])[:_FOUND]
        not_found = [user for user in ids if world.member(guild_id, user) is None]
        members = [member for member in members if member.user_id in ids]
    elif query := str(data.get("query") or "").lower():
        members = [m for m in members if (m.nick or world.users[m.user_id].username).lower().startswith(query)]
        members = members[: min(limit, _FOUND)]
    elif session.wants(Intent.GUILD_MEMBERS):
        members = members[:limit]
    else:
        return
    chunks = [members[start : start + _CHUNK] for start in range(0, len(members), _CHUNK)] or [[]]
    for number, chunk in enumerate(chunks):
        body: Json = {
            "guild_id": guild_id,
            "members": [member_json(world, member) for member in chunk],
            "chunk_index": number,
            "chunk_count": len(chunks),
            "not_found": not_found,
        }
        if data.get("presences") and session.wants(Intent.GUILD_PRESENCES):
            body["presences"] = []
        nonce = data.get("nonce")
        if isinstance(nonce, str) and len(nonce.encode()) <= _NONCE_BYTES:
            body["nonce"] = nonce
        session.dispatch_json("GUILD_MEMBERS_CHUNK", body)


def _texts(value: Any) -> list[str]:
    """What may be sent alone or in a list."""
    return [str(item) for item in cast("list[Any]", value)] if isinstance(value, list) else [str(value)]
