"""Changing what no client can: clock, limits, faults, and who and what there is."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast, get_args

from aiohttp import web

from . import emojis
from .api.routes.members import emit_member
from .channels import create
from .clock import iso
from .faults import Action, HttpFault
from .intents import PRIVILEGED
from .json_text import read_json
from .limits import OFF, Limits
from .parts import Parts
from .permissions import BOT
from .ready import ReadyBot, ReadyPerson
from .shapes import Json, JsonList
from .world.channel import ChannelType
from .world.guild import Emoji, Guild, member_key
from .world.seed import add_bot, add_person, join
from .world.user import User


class Admin:
    """The admin interface for tests in the same process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def _guild(self) -> Guild:
        return next(iter(self._parts.world.guilds))

    def bots(self) -> list[ReadyBot]:
        """All bots with their tokens."""
        return [_bot(user) for user in self._parts.world.users if user.bot]

    def people(self) -> list[ReadyPerson]:
        """All people with their tokens."""
        return [_person(user) for user in self._parts.world.users if not user.bot]

    def people_json(self) -> JsonList:
        """All people as the page wants them."""
        return [
            {
                "name": user.username,
                "token": user.token,
                "user_id": user.id,
                "username": user.username,
                "global_name": user.global_name,
            }
            for user in self._parts.world.users
            if not user.bot
        ]

    def add_person(self, name: str) -> ReadyPerson:
        """Let another person join the guild."""
        world = self._parts.world
        user = add_person(world, name)
        emit_member(world, "GUILD_MEMBER_ADD", join(world, self._guild, user))
        self._parts.flush()
        return _person(user)

    def add_bot(
        self, name: str, *, permissions: int = BOT, privileged: tuple[str, ...] = tuple(PRIVILEGED)
    ) -> ReadyBot:
        """Add a bot with an application of its own; `privileged` are the privileged intents that are switched on."""
        world = self._parts.world
        user = add_bot(world, self._guild, name, permissions)
        self.set_privileged(user.id, *privileged)
        emit_member(world, "GUILD_MEMBER_ADD", world.members[member_key(self._guild.id, user.id)])
        self._parts.flush()
        return _bot(user)

    def set_privileged(self, bot_id: str, *names: str) -> None:
        """Switch privileged intents of a bot on, all others off: `presences`, `members`, `message_content`."""
        world = self._parts.world
        application = world.applications[world.users[bot_id].application_id or ""]
        if unknown := set(names) - set(PRIVILEGED):
            raise ValueError(f"no such privileged intent: {', '.join(sorted(unknown))}")
        application.privileged = list(names)
        world.applications.put(application)
        self._parts.flush()

    def add_channel(self, name: str, kind: int = ChannelType.TEXT) -> str:
        """Add a channel; answers its id."""
        world, guild = self._parts.world, self._guild
        channel = create(world, self._parts.limits, guild.id, kind, {"name": name}, by=guild.owner_id, reason=None)
        self._parts.flush()
        return channel.id

    def add_emoji(self, name: str) -> str:
        """Add a custom emoji to the guild; answers its id."""
        world, guild = self._parts.world, self._guild
        emoji = emojis.add(world, guild, Emoji(world.new_id(), guild.id, name, guild.owner_id))
        self._parts.flush()
        return emoji.id

    def advance(self, seconds: float) -> None:
        """Move the clock forward; whatever became due has happened when this returns."""
        self._parts.clock.advance(seconds)
        self._parts.flush()

    async def until_disconnected(self, user_id: str) -> None:
        """Wait until the server has noticed that a user has no connection to the gateway (any more)."""
        hub = self._parts.hub
        while hub.has_session(user_id):
            hub.left.clear()
            await hub.left.wait()

    def now(self) -> str:
        """The time on the clock."""
        return iso(self._parts.clock.now_s())

    def set_limits(self, limits: Limits | bool) -> None:
        """Change the limits from now on; what was counted is forgotten."""
        chosen = limits if isinstance(limits, Limits) else Limits() if limits else OFF
        parts = self._parts
        parts.limits = parts.rate_limits.limits = parts.hub.limits = parts.hub.starts.limits = chosen
        parts.rate_limits.reset()

    @property
    def limits(self) -> Limits:
        """The limits in force."""
        return self._parts.limits

    def stats(self) -> Json:
        """How much there is."""
        return self._parts.world.stats() | {"sessions": len(self._parts.hub.sessions)}


def _bot(user: User) -> ReadyBot:
    return ReadyBot(user.username, user.token, user.application_id or "", user.id)


def _person(user: User) -> ReadyPerson:
    return ReadyPerson(user.username, user.token, user.id)


class AdminRoutes:
    """The admin interface over HTTP, below `/localcord/admin`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._admin = Admin(parts)
        self._actions: dict[tuple[str, str], Callable[[Json], Any]] = {
            ("GET", "/"): lambda body: self._admin.stats(),
            ("GET", "/clock"): lambda body: {"now": self._admin.now()},
            ("POST", "/clock"): self._advance,
            ("GET", "/limits"): lambda body: asdict(self._admin.limits),
            ("PATCH", "/limits"): self._set_limits,
            ("POST", "/faults/http"): self._add_fault,
            ("DELETE", "/faults"): lambda body: self._parts.faults.clear(),
            ("POST", "/faults/gateway"): self._gateway,
            ("POST", "/world/people"): lambda body: asdict(self._admin.add_person(str(body["name"]))),
            ("POST", "/world/bots"): self._add_bot,
            ("POST", "/world/emojis"): lambda body: {"id": self._admin.add_emoji(str(body["name"]))},
            ("POST", "/world/channels"): lambda body: {
                "id": self._admin.add_channel(str(body["name"]), int(body.get("type", 0)))
            },
        }

    async def answer(self, request: web.BaseRequest, path: str) -> web.Response:
        """Answer a request; `path` is what follows `/localcord/admin`."""
        action = self._actions.get((request.method, path))
        if action is None:
            return web.json_response({"message": "no such admin action"}, status=404)
        try:
            body = read_json(await request.read() or b"{}")
            if not isinstance(body, dict):
                raise TypeError("the body must be a JSON object")
            answer = action(cast(Json, body))
        except (ValueError, KeyError, TypeError) as error:
            return web.json_response({"message": f"{type(error).__name__}: {error}"}, status=400)
        return web.Response(status=204) if answer is None else web.json_response(answer)

    def _advance(self, body: Json) -> Json:
        self._admin.advance(float(body["advance_s"]))
        return {"now": self._admin.now()}

    def _set_limits(self, body: Json) -> Json:
        self._admin.set_limits(self._admin.limits.changed(body))
        return asdict(self._admin.limits)

    def _add_bot(self, body: Json) -> Json:
        privileged = tuple(str(name) for name in body.get("privileged", PRIVILEGED))
        permissions = int(body.get("permissions", BOT))
        return asdict(self._admin.add_bot(str(body["name"]), permissions=permissions, privileged=privileged))

    def _add_fault(self, body: Json) -> Json:
        if body["action"] not in get_args(Action):
            raise ValueError(f"no such action: {body['action']}; there are {', '.join(get_args(Action))}")
        known = ("method", "path", "when", "status", "seconds", "via", "overall", "scope", "body", "times", "skip")
        fault = HttpFault(body["action"], **{name: body[name] for name in known if name in body})
        self._parts.faults.add(fault)
        return {"added": True}

    def _gateway(self, body: Json) -> Json:
        faults, user_id = self._parts.faults, body.get("user_id")
        action = body["action"]
        if action == "close":
            return {"connections": faults.close_gateway(int(body.get("code", 4000)), user_id=user_id)}
        if action == "reconnect":
            return {"connections": faults.reconnect(user_id=user_id)}
        if action == "invalidate":
            return {"connections": faults.invalidate(resumable=bool(body.get("resumable")), user_id=user_id)}
        if action == "refuse_resume":
            faults.refuse_resume(int(body.get("times", 1)))
        elif action == "lose_events":
            faults.lose_events(int(body.get("count", 1)), str(body.get("name", "*")), user_id=user_id)
        elif action == "down":
            faults.down()
            if "seconds" in body:
                self._parts.clock.call_later(float(body["seconds"]), faults.back_up)
        elif action == "up":
            faults.back_up()
        else:
            raise ValueError(f"no such gateway fault: {action}")
        return {}
