"""All sessions, and the way of each event to those that may have it."""

import asyncio
import logging
from collections.abc import Generator
from contextlib import contextmanager

from ..access import can_view
from ..clock import Clock
from ..events import Event
from ..faults import Faults
from ..json_text import write_json
from ..limits import Limits
from ..world.world import World
from .session import Session
from .starts import SessionStarts
from .visibility import CHANGES_ACCESS, update_visible, visible_channels

log = logging.getLogger(__name__)

TOLD_UNSEEN = frozenset({"CHANNEL_CREATE", "CHANNEL_UPDATE"})
"""Dispatches whose body decides by itself who may have it."""


class Hub:
    """Sends events to sessions. Events reach each session in the order they happened."""

    def __init__(self, world: World, clock: Clock, limits: Limits, faults: Faults) -> None:
        self.world = world
        self.clock = clock
        self.limits = limits
        self.faults = faults
        self.url = ""
        self.starts = SessionStarts(clock, limits)
        self.sessions: dict[str, Session] = {}
        self.left = asyncio.Event()
        faults.on_close = self._close
        faults.on_down = self.abort_all
        faults.on_op = self._send_op

    def send(self, events: list[Event]) -> None:
        """Send events to all sessions that may have them.

        What caused them is saved already, so this never fails: a session that can't be told is ended.
        """
        for event in events:
            text = None if callable(event.body) else write_json(event.body)
            for session in self._audience(event):
                with self._ended_if_untold(session):
                    self._send_one(session, event, text)
        if any(event.name in CHANGES_ACCESS for event in events):
            created = {event.channel_id or "" for event in events if event.name == "CHANNEL_CREATE"}
            for session in list(self.sessions.values()):
                with self._ended_if_untold(session):
                    update_visible(self.world, session, created)

    @contextmanager
    def _ended_if_untold(self, session: Session) -> Generator[None]:
        try:
            yield
        except Exception:
            log.exception("a session of user %s can't be told what happened; it is ended", session.user.id)
            self.sessions.pop(session.id, None)
            if session.connection is not None:
                session.connection.replace()

    def _send_one(self, session: Session, event: Event, text: str | None) -> None:
        if not self._may_have(session, event):
            return
        if callable(event.body):
            body = event.body(session.viewer)
            if body is None:
                return
            text = write_json(body)
        if self.faults.loses(event.name, session.user.id):
            session.sequence += 1
        else:
            session.dispatch(event.name, text or "null")

    def _audience(self, event: Event) -> list[Session]:
        if event.session_id is not None:
            named = self.sessions.get(event.session_id)
            if named is not None and (event.only is None or named.user.id in event.only):
                return [named]
        return list(self.sessions.values())

    def _may_have(self, session: Session, event: Event) -> bool:
        if session.id == event.session_id:
            return event.only is None or session.user.id in event.only
        if not session.wants(event.intents):
            return False
        user_id = session.user.id
        if event.only is not None and user_id not in event.only:
            return False
        direct = event.guild_id is None
        if session.shard[1] > 1 and not self._on_shard(session, event.guild_id):
            return False
        if event.channel_id is not None and event.name not in TOLD_UNSEEN:
            channel = self.world.channels.get(event.channel_id)
            return channel is not None and can_view(self.world, channel, user_id)
        return direct or self.world.member(event.guild_id, user_id) is not None

    def _on_shard(self, session: Session, guild_id: str | None) -> bool:
        number, count = session.shard
        return number == (0 if guild_id is None else (int(guild_id) >> 22) % count)

    def has_session(self, user_id: str) -> bool:
        """Whether a user is connected."""
        return any(s.user.id == user_id and s.connection is not None for s in self.sessions.values())

    def add(self, session: Session) -> None:
        """Begin a session, and forget those nobody came back to."""
        self.forget_expired()
        self.sessions[session.id] = session
        session.visible = visible_channels(self.world, session)

    def forget_expired(self) -> None:
        """Forget sessions that have been without a connection for too long."""
        limit_s = self.clock.now_s() - self.limits.resume_within_s
        for session in list(self.sessions.values()):
            if session.left_s is not None and session.left_s < limit_s:
                del self.sessions[session.id]

    def disconnected(self, session: Session, *, keep: bool) -> None:
        """Note that a session lost its connection."""
        session.connection = None
        self.left.set()
        session.left_s = self.clock.now_s()
        if not keep:
            self.sessions.pop(session.id, None)

    def abort_all(self) -> None:
        """Reset all connections."""
        for session in self._connected(None):
            if session.connection is not None:
                session.connection.abort()

    def close_all(self) -> None:
        """End all connections because the server stops."""
        for session in self._connected(None):
            if session.connection is not None:
                session.connection.close_soon(1001)

    def _connected(self, user_id: str | None) -> list[Session]:
        return [s for s in self.sessions.values() if s.connection and user_id in (None, s.user.id)]

    def _close(self, code: int, user_id: str | None) -> int:
        sessions = self._connected(user_id)
        for session in sessions:
            if session.connection is not None:
                session.connection.close_soon(code)
        return len(sessions)

    def _send_op(self, op: int, data: bool | None, user_id: str | None) -> int:
        sessions = self._connected(user_id)
        for session in sessions:
            if session.connection is not None:
                session.connection.send_op(op, data)
                if op == 9 and not data:
                    self.sessions.pop(session.id, None)
                    session.connection.forget_session()
        return len(sessions)
