"""What skill.yaml may say, as pydantic models; the JSON Schema for editors is made from them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from claw_discord_coord import __version__
from claw_discord_coord.config.destinations import DestinationConfig
from claw_discord_coord.config.mistake import Mistake
from claw_discord_coord.config.routes import RouteConfig
from claw_discord_coord.config.runtimes import RuntimeConfig, settings_of
from claw_discord_coord.models import Kind

# A skill has the name of its file. Listing the files keeps the settings below the skills in the order of imports.
SKILLS: tuple[str, ...] = tuple(
    sorted(file.stem for file in (Path(__file__).parent.parent / "skills").glob("*.py") if file.stem != "__init__")
)
"""The names of all skills of this package, under which assistants call them."""

MISTAKE = "mistake"
"""Pydantic's name for the mistakes that this module itself finds; their context has `problem` and `fix`."""


def _skill(value: str) -> str:
    if value not in SKILLS:
        raise Mistake("is not a skill", f"Use one of: {', '.join(SKILLS)}.")
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", value):
        raise Mistake(
            "is no name", "Use 1 to 64 lower-case letters, digits, - and _, beginning with a letter or digit."
        )
    return value


def _channel(value: str) -> str:
    if not re.fullmatch(r"[^\sA-Z#@:,`]{1,100}", value):
        raise Mistake(
            "is no channel name",
            "Write it as Discord does: 1 to 100 characters, lower case, no spaces, no #.",
        )
    return value


SkillName = Annotated[str, AfterValidator(_skill), WithJsonSchema({"type": "string", "enum": list(SKILLS)})]
"""The name of one of `SKILLS`."""
Name = Annotated[str, AfterValidator(_name)]
ChannelName = Annotated[str, AfterValidator(_channel)]
"""Discord's rule for text channels: 1 to 100 characters, lower case, no spaces (resources/channel, "Channel
Object")."""


class Section(BaseModel):
    """The common form of every part of skill.yaml: immutable, and a key nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class AgentConfig(Section):
    """A named role: what it is for, where it works, who does the work, and its limits."""

    purpose: str = Field(min_length=1)
    """One sentence on what this agent is for; shown to people and to assistants."""
    channel: ChannelName
    """The Discord channel of this agent's tasks; created if missing."""
    takes: tuple[str, ...] = ()
    """Words that mark a task as this agent's when the caller names none."""
    kind: Kind = Kind.INTERN
    """How it takes tasks unless the caller says otherwise."""
    runtime: RuntimeConfig
    """Who does the work."""
    produces: Name | None = None
    """The kind of its outputs, unless the caller or the output itself says otherwise."""
    concurrency: int = Field(default=2, ge=1, le=100)
    """How many tasks it may work on at once; more wait in line."""
    timeout_s: float = Field(default=900, gt=0, le=7 * 86_400)
    """How long one run may take before it is stopped."""


class DiscordConfig(Section):
    """Where Discord is. Without a token the embedded local Discord is used."""

    token: SecretStr | None = None
    """The bot's token, as ${DISCORD_BOT_TOKEN}; left out: the local Discord."""
    guild_id: str | None = Field(default=None, pattern=r"^\d{15,20}$")
    """The server to work in; needed with a token."""
    category: str | None = Field(default=None, min_length=1, max_length=100)
    """A category under which missing channels are created."""
    api_base: str = "https://discord.com/api/v10"
    """The HTTP API; set by the embedded local Discord, and for proxies."""
    gateway_url: str = "wss://gateway.discord.gg"
    """The gateway; set by the embedded local Discord, and for proxies."""

    @model_validator(mode="after")
    def _token_needs_guild(self) -> DiscordConfig:
        if self.token is not None and self.guild_id is None:
            raise Mistake("guild_id is missing", "With a token, say which server to work in.")
        return self


class OpenClawConfig(Section):
    """Where OpenClaw's Gateway is. With this section the coordinator connects to it; `openclaw: {}` takes the
    defaults.
    """

    gateway_url: str = "ws://127.0.0.1:18789"
    """The Gateway's WebSocket address."""
    token: SecretStr | None = None
    """The Gateway's shared token, as ${OPENCLAW_GATEWAY_TOKEN}; left out: the pairing that `install` has made."""


class OperatorsConfig(Section):
    """The Discord users and roles who may command: stop, approve, reject. Without any, nobody commands from Discord."""

    users: tuple[str, ...] = ()
    """Discord user ids."""
    roles: tuple[str, ...] = ()
    """Discord role ids."""

    def allows(self, user_id: str, role_ids: Collection[str]) -> bool:
        """Whether the Discord user of that id, who has those roles, may command."""
        return user_id in self.users or not set(role_ids).isdisjoint(self.roles)


class LimitsConfig(Section):
    """Limits that hold for a whole task tree: a task with all it led to."""

    depth: int = Field(default=4, ge=0, le=50)
    """How many levels of tasks below the first one."""
    children: int = Field(default=16, ge=0, le=1_000)
    """How many tasks one task may start, handoffs included."""
    handoffs: int = Field(default=8, ge=0, le=1_000)
    """How many handoffs there may be in a tree."""
    tasks: int = Field(default=64, ge=1, le=10_000)
    """How many tasks there may be in a tree."""
    runs_per_task: int = Field(default=3, ge=1, le=20)
    """How many times one task may be run when a run is lost."""
    delivery_attempts: int = Field(default=6, ge=1, le=100)
    """How many times one delivery may be attempted."""
    tree_delivery_attempts: int = Field(default=200, ge=1, le=100_000)
    """How many attempts all deliveries of a tree may take together."""
    task_chars: int = Field(default=100_000, ge=100, le=1_000_000)
    """How long a task's text may be."""


class ServerConfig(Section):
    """The coordinator's own address, on the loopback interface only."""

    port: int = Field(default=0, ge=0, le=65_535)
    """The port for MCP clients and the command line; 0 takes a free one, which commands find by themselves."""


class RegistryConfig(Section):
    """Where the registry is kept."""

    url: SecretStr | None = None
    """An SQLAlchemy address such as ${DATABASE_URL} for PostgreSQL; left out: an SQLite file in the state folder."""


class Config(Section):
    """The whole of skill.yaml."""

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
    """Who takes a task that matches no agent's words; left out: such a task needs an agent named by the caller."""
    destinations: dict[Name, DestinationConfig] = {}
    """Where output may go, by name."""
    routes: tuple[RouteConfig, ...] = ()
    """Which output goes where."""
    routing: Literal["first", "all"] = "first"
    """Whether the first route that matches decides alone, or every route that matches is taken."""
    kinds: tuple[str, ...] = ()
    """The kinds that outputs may have; left out: those that routes name."""
    limits: LimitsConfig = LimitsConfig()

    @model_validator(mode="after")
    def _names_exist(self) -> Config:
        mistakes = [*self._unknown_agents(), *self._unknown_destinations()]
        if mistakes:
            raise ValidationError.from_exception_data("skill.yaml", mistakes)
        return self

    def _unknown_agents(self) -> Iterator[InitErrorDetails]:
        for name, agent in self.agents.items():
            if settings_of(agent.runtime).needs_openclaw and self.openclaw is None:
                at = ("agents", name, "runtime", "kind")
                yield _mistake(
                    at,
                    "needs OpenClaw, and skill.yaml does not say where OpenClaw is",
                    "Add `openclaw: {}` at the top.",
                )
        if self.default_agent is not None and self.default_agent not in self.agents:
            yield _mistake(("default_agent",), *_none_such("agent", self.default_agent, self.agents))

    def _unknown_destinations(self) -> Iterator[InitErrorDetails]:
        for number, route in enumerate(self.routes):
            for position, destination in enumerate(route.to):
                if destination not in self.destinations:
                    at = ("routes", number, "to", position)
                    yield _mistake(at, *_none_such("destination", destination, self.destinations))


def _none_such(what: str, name: str, known: Collection[str]) -> tuple[str, str]:
    there_are = ", ".join(known) or "none"
    return f"there is no {what} {name!r}; there are: {there_are}", "Correct the name, or add it."


def _mistake(at: tuple[str | int, ...], problem: str, fix: str) -> InitErrorDetails:
    """A mistake at a key of its own, where a validator's ValueError would be told of the whole file."""
    error = PydanticCustomError(MISTAKE, "{problem}. {fix}", {"problem": problem, "fix": fix})
    return InitErrorDetails(type=error, loc=at, input=None)
