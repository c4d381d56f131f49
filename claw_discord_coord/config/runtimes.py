"""The settings of runtimes: the programs or services that carry out an agent's runs.

A new kind of this package needs a model here, a line in `BUILT_IN`, and a member of `RuntimeConfig`.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    SerializeAsAny,
    Tag,
    model_validator,
)

from claw_discord_coord.config.plugins import PluginGroup
from claw_discord_coord.config.values import OpenClawName, Switch, Text, VariableName, Whole

BUILT_IN = {
    "command": "claw_discord_coord.runtimes.command.runtime:CommandRuntime",
    "openclaw": "claw_discord_coord.runtimes.openclaw.runtime:OpenClawRuntime",
}
"""The kinds of this package. Each class is named as in an entry point, since `config` may not import `runtimes`."""


class RuntimeSettings(BaseModel):
    """The base of every runtime's settings. Settings are immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    needs_openclaw: ClassVar[bool] = False
    """Whether runs need OpenClaw's Gateway, and skill.yaml therefore a section `openclaw`."""


RUNTIMES = PluginGroup("claw_discord_coord.runtimes", "runtime", BUILT_IN, settings_base=RuntimeSettings)
"""The entry points by which other packages bring kinds of runtime."""


class IsolationConfig(RuntimeSettings):
    """A wall around an agent's programs: bubblewrap (Linux) hides all files but the session's folder and these paths.

    The state folder and the processes of others are out of sight, the environment is minimal.
    """

    kind: Literal["bwrap"] = "bwrap"
    """The program that builds the wall, which must be installed."""
    read: tuple[Text, ...] = ()
    """Files and folders that the programs may read. Relative paths start at the folder of skill.yaml."""
    write: tuple[Text, ...] = ()
    """Files and folders that the programs may also write."""
    network: Switch = True
    """Whether the programs may use the network. Skills work without a network, too."""


class CommandRuntimeConfig(RuntimeSettings):
    """A program that runs once for every task. The program reads the task as JSON from standard input and prints
    progress as lines to standard output. The last JSON object is the result; without a JSON object, the whole output
    is.
    """

    kind: Literal["command"]
    command: tuple[Text, ...] = Field(min_length=1)
    """The program and its arguments; never a shell line. `python` as the first word is the Python that runs the
    coordinator. Relative paths start at the folder of skill.yaml."""
    env: dict[VariableName, str] = {}
    """Variables added to the program's environment, which otherwise has none of the coordinator's secrets. Write
    secrets as ${NAME}."""
    isolation: IsolationConfig | None = None
    """A wall around the program. Default: none, the program may do what the user of the coordinator may do."""
    output_limit_bytes: Whole = Field(default=8_000_000, ge=1_000)
    """The size of output, in bytes, after which the program is stopped."""


class OpenClawRuntimeConfig(RuntimeSettings):
    """A session of OpenClaw: a long-lived session for a specialist, a fresh session for each intern."""

    needs_openclaw: ClassVar[bool] = True

    kind: Literal["openclaw"]
    agent_id: OpenClawName = "main"
    """The agent of OpenClaw, as in `openclaw agents list`. A missing agent is never created silently."""
    model: Text | None = None
    """The model as provider/name. Default: OpenClaw's model for the agent."""
    thinking: Text | None = None
    """The thinking level, in OpenClaw's words (off, low, medium, high, ...). Default: OpenClaw's choice."""
    keep_transcript: Switch = False
    """Whether the session of an intern stays in OpenClaw after its task has ended."""


class PluginRuntimeConfig(RuntimeSettings):
    """A kind of runtime that another installed package brings (entry points `claw_discord_coord.runtimes`)."""

    kind: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,63}$", json_schema_extra={"not": {"enum": list(BUILT_IN)}})
    """The name of the entry point."""
    settings: Annotated[
        SerializeAsAny[RuntimeSettings],
        PlainValidator(RUNTIMES.validate_settings, json_schema_input_type=dict[str, object]),
    ] = Field(default=cast("Any", {}), validate_default=True, repr=False)
    """The settings of that package."""

    @model_validator(mode="before")
    @classmethod
    def _is_installed(cls, section: object) -> object:
        return RUNTIMES.check_kind(section)


RuntimeConfig = Annotated[
    Annotated[CommandRuntimeConfig, Tag("[command]")]
    | Annotated[OpenClawRuntimeConfig, Tag("[openclaw]")]
    | Annotated[PluginRuntimeConfig, Tag("[plugin]")],
    Discriminator(RUNTIMES.tag),
]
"""The settings of one agent's runtime; `kind` names the runtime."""


def settings_of(runtime: RuntimeConfig) -> RuntimeSettings:
    """Return the settings as the runtime's class declares them, in one form for built-in and other kinds."""
    return runtime.settings if isinstance(runtime, PluginRuntimeConfig) else runtime
