"""Archives threads that nobody used for as long as they allow.

Source: Discord documentation, topics/threads, "Active & Archived Threads".
"""

from .parts import Parts
from .threads import emit_thread, set_archived
from .world.channel import PINNED

EVERY_S = 15.0


class Archiver:
    """Looks at the active threads every few seconds of the server's clock."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def start(self) -> None:
        """Begin; ends when the clock is closed."""
        self._parts.clock.call_later(EVERY_S, self._look)

    def _look(self) -> None:
        self.start()
        world, now_ms = self._parts.world, self._parts.clock.now_ms()
        for guild in world.guilds:
            for thread in list(world.active_threads(guild.id)):
                idle_min = (now_ms - thread.last_activity_ms) / 60_000
                if idle_min >= thread.auto_archive_duration and not thread.flags & PINNED:
                    set_archived(world, thread, archived=True)
                    emit_thread(world, "THREAD_UPDATE", thread)
        self._parts.flush()
