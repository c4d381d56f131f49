"""Chooses the agent for a task, with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from claw_discord_coord.config.model import AgentConfig, Config
from claw_discord_coord.errors import UnknownAgent

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Choice:
    """The name of the chosen agent, and the reason of the choice for people."""

    agent: str
    because: str


def choose(config: Config, text: str, *, named: str | None = None) -> Choice:
    """Choose the agent for a task with this text.

    The order of preference: the agent that the call names, an agent mentioned as `@name`, the agent with most of its
    words in the text, the default agent.

    Raises:
        UnknownAgent: There is no agent of that name, or no agent fits; the message lists the agents.
    """
    if named is not None:
        name = named.removeprefix("@").strip().lower()
        if name not in config.agents:
            raise UnknownAgent(f"There is no agent {named!r}.", fix=f"Name one of: {', '.join(config.agents)}.")
        return Choice(name, "named in the call")
    for mention in re.findall(r"(?<!\w)@([a-z0-9][a-z0-9_-]*)", text.lower()):
        if mention in config.agents:
            return Choice(mention, f"mentioned as @{mention}")
    scores = {name: _matches(agent, text) for name, agent in config.agents.items()}
    best = max(scores, key=lambda name: len(scores[name]))
    if scores[best]:
        return Choice(best, f"takes {', '.join(scores[best])}")
    if config.default_agent is not None:
        return Choice(config.default_agent, "the default agent, since the task matches no agent's words")
    raise UnknownAgent(
        "The task matches no agent's words, and there is no default agent.",
        fix=f"Name one of: {_introduce(config.agents)}.",
    )


def _matches(agent: AgentConfig, text: str) -> list[str]:
    words = {word.lower() for word in _WORD.findall(text)}
    return [word for word in agent.takes if {part.lower() for part in _WORD.findall(word)} <= words]


def _introduce(agents: Mapping[str, AgentConfig]) -> str:
    return "; ".join(f"{name} ({agent.purpose.rstrip('.')})" for name, agent in agents.items())
