"""Builds runtimes by kind: those of this package, and those that other installed packages bring."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import EntryPoint
from typing import Protocol, cast

from claw_discord_coord.config.model import Config
from claw_discord_coord.config.runtimes import BUILT_IN, RUNTIMES
from claw_discord_coord.errors import CoordError, RunFailed
from claw_discord_coord.ports import Runtime
from claw_discord_coord.runtimes.context import RuntimeContext
from claw_discord_coord.runtimes.missing import MissingRuntime


class RuntimeClass(Protocol):
    """The form in which every class of runtime is called."""

    def __call__(self, context: RuntimeContext) -> Runtime:
        """Build the runtime; nothing is started or written yet.

        Raises:
            CoordError: The runtime cannot work in this context.
        """
        ...


class Runtimes(dict[str, Runtime]):
    """The runtimes of one coordinator by kind; a kind that was not asked for before is built then.

    Kinds are added while the coordinator runs: skill.yaml may change, and recorded runs may name kinds that skill.yaml
    no longer names.
    """

    def __init__(self, context: RuntimeContext) -> None:
        super().__init__()
        self._context = context

    def __missing__(self, kind: str) -> Runtime:
        try:
            runtime = runtime_class(kind)(self._context)
        except CoordError as error:
            # Not stored: the package may be installed, or the problem solved, before the next run.
            return MissingRuntime(error)
        self[kind] = runtime
        return runtime

    async def run_of_session(self, session_key: str) -> str | None:
        """Return the run for which a session works, or None for a session that works for no run.

        Raises:
            NotAuthorized: The session belongs to this coordinator's agents, and no run is known for the session.
            Unavailable: No runtime can tell now.
        """
        for runtime in list(self.values()):
            if runtime.sessions is not None:
                run_id = await runtime.sessions.run_of(session_key)
                if run_id is not None:
                    return run_id
        return None

    def run_of_process(self, marks: Sequence[str]) -> str | None:
        """Return the run to which a process belongs, by the marks of the process and its ancestors."""
        for runtime in list(self.values()):
            if runtime.processes is not None and (run_id := runtime.processes.run_of(marks)) is not None:
                return run_id
        return None


def build(config: Config, context: RuntimeContext) -> Runtimes:
    """Build the runtimes that skill.yaml names, and this package's own where the context allows."""
    runtimes = Runtimes(context)
    # This package's own also when no agent names them: the sessions of earlier runs in OpenClaw must still be
    # recognized, or their calls would pass for calls of a person's assistant.
    for kind in [*BUILT_IN, *(agent.runtime.kind for agent in config.agents.values())]:
        runtimes[kind]
    return runtimes


def runtime_class(kind: str) -> RuntimeClass:
    """Import the class of a kind.

    Raises:
        RunFailed: No class can be imported for the kind.
    """
    try:
        if kind in BUILT_IN:
            entry = EntryPoint(name=kind, value=BUILT_IN[kind], group=RUNTIMES.name)
            return cast("RuntimeClass", RUNTIMES.import_class(entry))
        return cast("RuntimeClass", RUNTIMES.load_class(kind))
    except ValueError as error:
        raise RunFailed(
            f"The agent's runtime cannot be used: {error}.",
            fix="Install the package that brings the runtime, or name another runtime in skill.yaml.",
        ) from None
