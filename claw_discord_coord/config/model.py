"""The settings in skill.yaml as pydantic models, and the source of the JSON Schema for editors."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from claw_discord_coord import __version__
from claw_discord_coord.config.destinations import DestinationConfig, DiscordDestinationConfig
from claw_discord_coord.config.invalid_setting import InvalidSetting
from claw_discord_coord.config.routes import RouteConfig
from claw_discord_coord.config.runtimes import RuntimeConfig, settings_of
from claw_discord_coord.config.values import (
    ChannelName,
    DiscordId,
    Number,
    SharedToken,
    SocketBase,
    Text,
    Token,
    WebBase,
    Whole,
)
from claw_discord_coord.models import BOARD_CHANNEL, Kind

# A skill has the name of its file. Listing the files keeps the settings below the skills in the order of imports.
SKILLS: tuple[str, ...] = tuple(
    sorted(file.stem for file in (Path(__file__).parent.parent / "skills").glob("*.py") if file.stem != "__init__")
)
"""The names of all skills of this package."""

INVALID_SETTING = "invalid_setting"
"""The name of this package's own errors in pydantic; their context has `problem` and `fix`."""


def _skill(value: str) -> str:
    if value not in SKILLS:
        raise InvalidSetting("is not a skill", f"Use one of: {', '.join(SKILLS)}.")
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", value):
        raise InvalidSetting(
            "is not a valid name", "Use 1 to 64 lower-case letters, digits, - and _, beginning with a letter or digit."
        )
    return value


def _agent_channel(value: str) -> str:
    if value == BOARD_CHANNEL:
        raise InvalidSetting("is the channel of the board", "Choose another name for the agent's channel.")
    return value


SkillName = Annotated[str, AfterValidator(_skill), WithJsonSchema({"type": "string", "enum": list(SKILLS)})]
"""The name of one of `SKILLS`."""
Name = Annotated[str, AfterValidator(_name)]
AgentChannel = Annotated[ChannelName, AfterValidator(_agent_channel)]
"""The channel of an agent's tasks, which the board may not share."""

_DATABASE = re.compile(
    r"sqlite(\+\w+)?:///(?!:memory:|file:)\S.*"
    r"|postgres(ql)?(\+\w+)?://(.*@)?(\[[^\]\s]*\]|[^\s/:@?]*)(:\d{1,5})?([/?]\S*)?"
)


class Section(BaseModel):
    """The base of every section of skill.yaml: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class AgentConfig(Section):
    """A named role: purpose, channel, runtime, and limits."""

    purpose: Text
    """The agent's purpose in one sentence, for people and assistants."""
    channel: AgentChannel
    """The Discord channel of the agent's tasks. A missing channel is created."""
    takes: tuple[Text, ...] = ()
    """Words in a task that select this agent when the caller names no agent."""
    kind: Kind = Kind.INTERN
    """`intern`: a fresh session for every task. `specialist`: one long-lived session. A caller may choose otherwise."""
    runtime: RuntimeConfig
    """The software that executes the agent's runs."""
    produces: Name | None = None
    """The kind of the agent's outputs, unless the caller or the output names another kind."""
    destinations: tuple[Name, ...] | None = None
    """The destinations that the agent may name in calls. Default: the destinations that need no approval and
    have a route other than those for alerts."""
    concurrency: Whole = Field(default=2, ge=1, le=100)
    """The number of tasks at the same time; further tasks wait."""
    timeout_s: Number = Field(default=900, gt=0, le=7 * 86_400)
    """The limit of one run in seconds."""


class DiscordConfig(Section):
    """The Discord server. Without a token the coordinator serves a local Discord."""

    token: Token | None = None
    """The bot's token, as ${DISCORD_BOT_TOKEN}. Default: the local Discord."""
    guild_id: DiscordId | None = None
    """The id of the server; required with a token."""
    category: Annotated[Text, Field(max_length=100)] | None = None
    """The category for missing channels that are created."""
    api_base: WebBase = "https://discord.com/api/v10"
    """The address of the HTTP API, for proxies."""
    gateway_url: SocketBase = "wss://gateway.discord.gg"
    """The address of the gateway, for proxies."""

    @model_validator(mode="after")
    def _token_needs_guild(self) -> DiscordConfig:
        if self.token is not None and self.guild_id is None:
            raise InvalidSetting("guild_id is missing", "With a token, say which server to work in.")
        return self


class OpenClawConfig(Section):
    """The connection to OpenClaw's Gateway. `openclaw: {}` takes the defaults; without the section there is no
    connection.
    """

    gateway_url: SocketBase = "ws://127.0.0.1:18789"
    """The Gateway's WebSocket address."""
    token: SharedToken | None = None
    """The Gateway's shared token, as ${OPENCLAW_GATEWAY_TOKEN}. Default: the pairing that `install` has made."""


class OperatorsConfig(Section):
    """The Discord users and roles that may stop, approve and reject. Default: no Discord user may."""

    users: tuple[DiscordId, ...] = ()
    """Discord user ids."""
    roles: tuple[DiscordId, ...] = ()
    """Discord role ids."""

    def allows(self, user_id: str, role_ids: Collection[str]) -> bool:
        """Return whether a Discord user with these roles is an operator."""
        return user_id in self.users or not set(role_ids).isdisjoint(self.roles)


class LimitsConfig(Section):
    """Limits for a whole task tree."""

    depth: Whole = Field(default=4, ge=0, le=50)
    """The number of levels below the first task."""
    children: Whole = Field(default=16, ge=0, le=1_000)
    """The number of tasks that one task may start, handoffs included."""
    handoffs: Whole = Field(default=8, ge=0, le=1_000)
    """The number of handoffs in a tree."""
    tasks: Whole = Field(default=64, ge=1, le=10_000)
    """The number of tasks in a tree."""
    runs_per_task: Whole = Field(default=3, ge=1, le=20)
    """The number of runs of one task; a lost run is run again."""
    delivery_attempts: Whole = Field(default=6, ge=1, le=100)
    """The number of attempts of one delivery."""
    tree_delivery_attempts: Whole = Field(default=200, ge=1, le=100_000)
    """The number of attempts of all deliveries in a tree."""
    task_chars: Whole = Field(default=100_000, ge=100, le=1_000_000)
    """The largest size of a task's text in characters."""


class ServerConfig(Section):
    """The coordinator's own address, on the loopback interface."""

    port: Whole = Field(default=0, ge=0, le=65_535)
    """The port for MCP clients over HTTP. 0: a free port at every start, which commands find by themselves."""


class RegistryConfig(Section):
    """The registry's database."""

    url: SecretStr | None = None
    """An SQLAlchemy URL such as ${DATABASE_URL} for PostgreSQL. Default: an SQLite file in the state folder."""

    @field_validator("url")
    @classmethod
    def _is_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _DATABASE.fullmatch(value.get_secret_value()):
            raise InvalidSetting(
                "is not the address of a database",
                "Write sqlite:///path/to/registry.sqlite3 or postgresql://user:password@host:5432/database.",
            )
        return value


class Config(Section):
    """All settings of skill.yaml."""

    name: Name = "claw-discord-coord"
    version: str = __version__
    description: str = ""
    skills: tuple[SkillName, ...] = SKILLS
    """The skills offered to assistants."""
    discord: DiscordConfig = DiscordConfig()
    openclaw: OpenClawConfig | None = None
    operators: OperatorsConfig = OperatorsConfig()
    registry: RegistryConfig = RegistryConfig()
    server: ServerConfig = ServerConfig()
    agents: dict[Name, AgentConfig] = Field(min_length=1)
    """The agents by name."""
    default_agent: Name | None = None
    """The agent for a task that matches no agent's words. Default: such a task needs an agent named by the caller."""
    destinations: dict[Name, DestinationConfig] = {}
    """The destinations by name."""
    routes: tuple[RouteConfig, ...] = ()
    """The rules that decide which output goes where."""
    routing: Literal["first", "all"] = "first"
    """`first`: the first matching route decides. `all`: every matching route applies."""
    review_holds: Literal["all", "result"] = "all"
    """What waits for the review of a task. `all`: also what the task sends while at work, and what the tasks below it
    send. `result`: the task's own result only."""
    kinds: tuple[Text, ...] = ()
    """The kinds of output. Default: the kinds that routes name."""
    limits: LimitsConfig = LimitsConfig()

    @property
    def gateway_port(self) -> int | None:
        """The port of OpenClaw's Gateway on this machine, or None."""
        if self.openclaw is None:
            return None
        url = urlsplit(self.openclaw.gateway_url)
        return url.port if url.hostname in {"127.0.0.1", "localhost", "::1"} else None

    @model_validator(mode="after")
    def _names_exist(self) -> Config:
        errors = [*self._unknown_agents(), *self._unknown_destinations(), *self._unmatchable(), *self._two_types()]
        if errors:
            raise ValidationError.from_exception_data("skill.yaml", errors)
        return self

    def _unknown_agents(self) -> Iterator[InitErrorDetails]:
        for name, agent in self.agents.items():
            if settings_of(agent.runtime).needs_openclaw and self.openclaw is None:
                at = ("agents", name, "runtime", "kind")
                yield _invalid(
                    at,
                    "needs OpenClaw, and skill.yaml does not say where OpenClaw is",
                    "Add `openclaw: {}` at the top.",
                )
        if self.default_agent is not None and self.default_agent not in self.agents:
            yield _invalid(("default_agent",), *_none_such("agent", self.default_agent, self.agents))

    def _unknown_destinations(self) -> Iterator[InitErrorDetails]:
        for agent, settings in self.agents.items():
            for position, destination in enumerate(settings.destinations or ()):
                if destination not in self.destinations:
                    at = ("agents", agent, "destinations", position)
                    yield _invalid(at, *_none_such("destination", destination, self.destinations))
        for number, route in enumerate(self.routes):
            for position, destination in enumerate(route.to):
                if destination not in self.destinations:
                    at = ("routes", number, "to", position)
                    yield _invalid(at, *_none_such("destination", destination, self.destinations))

    def _unmatchable(self) -> Iterator[InitErrorDetails]:
        """Yield the conditions of routes that no output can meet, and the kinds that `kinds` does not permit."""
        channels = dict.fromkeys(agent.channel for agent in self.agents.values())
        for number, route in enumerate(self.routes):
            when = ("routes", number, "when")
            for key, noun, words, known in (
                ("agent", "agent", route.when.agent, self.agents),
                ("channel", "agent with the channel", route.when.channel, channels),
                ("kind", "kind", route.when.kind, self.kinds or route.when.kind),
            ):
                for position, word in enumerate(words):
                    if word not in known:
                        yield _invalid((*when, key, position), *_none_such(noun, word, known))
        for name, agent in self.agents.items():
            if self.kinds and agent.produces is not None and agent.produces not in self.kinds:
                yield _invalid(("agents", name, "produces"), *_none_such("kind", agent.produces, self.kinds))

    def _two_types(self) -> Iterator[InitErrorDetails]:
        """Yield the channels that would have to be a text channel and a forum at once."""
        text = {BOARD_CHANNEL, *(agent.channel for agent in self.agents.values())}
        posting = {name: to for name, to in self.destinations.items() if isinstance(to, DiscordDestinationConfig)}
        text.update(to.channel for to in posting.values() if not to.forum)
        for name, to in posting.items():
            if to.forum and to.channel in text:
                problem = f"is a forum here, and {to.channel} is a text channel elsewhere"
                yield _invalid(("destinations", name, "channel"), problem, "Choose another channel for the forum.")


def _none_such(what: str, name: str, known: Collection[str]) -> tuple[str, str]:
    there_are = ", ".join(known) or "none"
    near = difflib.get_close_matches(name, list(known), n=1)
    fix = f"Write {near[0]} if you mean that, or add it." if near else "Correct the name, or add it."
    return f"there is no {what} {name!r}; there are: {there_are}", fix


def _invalid(at: tuple[str | int, ...], problem: str, fix: str) -> InitErrorDetails:
    """Return an error at a key of its own; pydantic would report a validator's ValueError at the whole file."""
    error = PydanticCustomError(INVALID_SETTING, "{problem}. {fix}", {"problem": problem, "fix": fix})
    return InitErrorDetails(type=error, loc=at, input=None)
