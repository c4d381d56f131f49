"""The sessions of runs: opened for a run, recognized as the caller of a skill, deleted after an intern's task."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from claw_discord_coord.errors import NotAuthorized, OpenClawRefused, OpenClawUnavailable, RunFailed
from claw_discord_coord.openclaw.gateway import Gateway, briefly
from claw_discord_coord.openclaw.gateway_connection import ADMIN
from claw_discord_coord.openclaw.run_records import RunRecord, RunRecords
from claw_discord_coord.runtimes.openclaw.times import given_at
from claw_discord_coord.text.excerpts import one_line_of

CATEGORY = "Delegated"
"""The group under which OpenClaw's control page lists the sessions."""

SUBAGENT = ":subagent:"
"""The part of the key of every session that another session has opened ("Sub-agents", "Depth levels")."""

OUR_SESSIONS = f"{SUBAGENT}claw-"
"""The part of the key of every session that was opened for a run."""

LINEAGE_LIMIT = 10
"""How many sessions may have opened one another; OpenClaw's own limit is 5."""

TITLE_CHARS = 200
DELETE_LIMIT_S = 30.0

log = logging.getLogger(__name__)


def key_of(agent_id: str, name: str) -> str:
    """Return the key of the session of that name; `name` is an agent's for a specialist, a task's id for an intern."""
    # OpenClaw stores keys in lower case.
    return f"agent:{agent_id}{OUR_SESSIONS}{name}".lower()


class OpenClawSessions:
    """The sessions of this coordinator's runs."""

    def __init__(self, gateway: Gateway, records: RunRecords) -> None:
        self._gateway = gateway
        self._records = records

    async def run_of(self, session_key: str) -> str | None:
        """Return the run for which a session works, or None for a session of another owner.

        A session that an agent has opened while working on a run works for the same run.

        Raises:
            NotAuthorized: The session was opened for runs, and no run is known for the session now.
            OpenClawUnavailable: OpenClaw cannot be asked which session opened this session.
        """
        key = session_key.lower()
        for _ in range(LINEAGE_LIMIT):
            run_id = self._run_in(key)
            if run_id is not None or SUBAGENT not in key:
                return run_id
            key = await self._opener_of(key)
        raise NotAuthorized("No run is known for this session.")

    async def open(self, record: RunRecord) -> None:
        """Open the run's session, or take the session that is there.

        Raises:
            RunFailed: OpenClaw refuses the agent, the model or the thinking level.
            OpenClawUnavailable: OpenClaw cannot be reached now.
        """
        params = {
            "key": record.session,
            "agentId": record.agent_id,
            "displayName": one_line_of(record.title, TITLE_CHARS),
            "category": CATEGORY,
        }
        optional = {"model": record.model, "thinkingLevel": record.thinking}
        params |= {name: value for name, value in optional.items() if value}
        try:
            await self._gateway.call("sessions.create", params)
        except OpenClawRefused as error:
            raise RunFailed(
                f"{error}.",
                fix=f"Check agent_id, model and thinking in skill.yaml; "
                f"`openclaw agents add {record.agent_id}` makes the agent.",
            ) from error

    async def delete(self, record: RunRecord) -> None:
        """Delete the session of an intern, unless the transcript is to be kept.

        Raises:
            OpenClawUnavailable: OpenClaw cannot be reached now.
        """
        if not record.intern or record.keep_transcript:
            return
        try:
            # The lasting connection has no admin scope, which only this call needs.
            async with asyncio.timeout(DELETE_LIMIT_S), briefly(self._gateway.access, ADMIN) as connection:
                await connection.call("sessions.delete", {"key": record.session})
        except (NotAuthorized, OpenClawRefused) as error:
            log.warning("the session %s stays in OpenClaw: %s", record.session, error.sentence())
        except TimeoutError:
            raise OpenClawUnavailable from None

    def _run_in(self, key: str) -> str | None:
        running = [record for record in self._records.all() if record.session == key and not record.ended]
        if running:
            # Of several runs in a session, the earliest that OpenClaw was given is at work; the others wait.
            given = [record for record in running if record.boot]
            return min(given or running, key=given_at).run_id
        if OUR_SESSIONS in key:
            raise NotAuthorized("No task runs in this session now.", fix="Call this from a session of your own.")
        return None

    async def _opener_of(self, key: str) -> str:
        described = await self._gateway.call("sessions.describe", {"key": key})
        session: dict[str, Any] = described.get("session") or {}
        opener = session.get("spawnedBy") or session.get("parentSessionKey")
        if not isinstance(opener, str):
            raise NotAuthorized("No run is known for this session.", fix="Call this from the main session.")
        return opener.lower()
