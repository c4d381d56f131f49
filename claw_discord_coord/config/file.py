"""Opens skill.yaml, and reads the file again after every change."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from claw_discord_coord.config.model import Config
from claw_discord_coord.config.reading import Reader, text_of
from claw_discord_coord.errors import ConfigError

LOOK_S = 2.0
"""The seconds between two checks of skill.yaml for changes."""

log = logging.getLogger(__name__)


def load(path: Path, *, environment: Mapping[str, str] | None = None, without: Collection[str] = ()) -> Config:
    """Return the settings in a file.

    Args:
        path: The file.
        environment: The variables for `${NAME}`. Default: the environment of this process.
        without: Sections to leave out.

    Raises:
        ConfigError: A setting is invalid; the message names file, line, key and fix of every invalid setting.
    """
    try:
        text = text_of(path)
    except FileNotFoundError:
        raise ConfigError(f"{path} does not exist.", fix="Create it, or name another file with --config.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(
            f"{path}, line {line}: cannot be read: the bytes are not UTF-8.", fix="Save it as UTF-8 text."
        ) from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", fix="Make it a readable UTF-8 text file.") from None
    return Reader(path, os.environ if environment is None else environment, without).read(text)


@dataclass
class ConfigFile:
    """A skill.yaml that is read again after every change. An invalid change leaves the last valid settings in force.

    `complaint` is the ConfigError of the present file, or None when the settings in force are the file's.
    `without` names sections to leave out; `adapt` changes the file's settings before use.
    """

    path: Path
    config: Config
    complaint: ConfigError | None = None
    without: Collection[str] = ()
    adapt: Callable[[Config], Config] = lambda config: config
    _seen: tuple[int, int] = field(default=(0, 0))

    @classmethod
    def open(
        cls, path: Path, *, without: Collection[str] = (), adapt: Callable[[Config], Config] = lambda config: config
    ) -> Self:
        """Read the file for the first time.

        Raises:
            ConfigError: A setting is invalid.
        """
        stamp = cls._stamp(path)
        return cls(path, adapt(load(path, without=without)), None, without, adapt, stamp)

    def refresh(self) -> bool:
        """Read the file again after a change. Returns whether the settings in force or the complaint changed."""
        stamp = self._stamp(self.path)
        if stamp == self._seen:
            return False
        # Before the file is read, so that an invalid file is reported once and not at every look.
        self._seen = stamp
        try:
            self.config, self.complaint = self.adapt(load(self.path, without=self.without)), None
        except ConfigError as error:
            self.complaint = error
        return True

    @staticmethod
    def _stamp(path: Path) -> tuple[int, int]:
        try:
            status = path.stat()
        except OSError:
            return (0, 0)
        # The size as well: two changes may fall into one tick of the file system's clock.
        return (status.st_mtime_ns, status.st_size)


async def watch(file: ConfigFile, changed: Callable[[], Awaitable[None]], *, every_s: float = LOOK_S) -> None:
    """Read `file` again after every change until canceled, and call `changed` after every change of the settings in
    force.

    An error ends one check only; the next valid change counts.
    """
    while True:
        await asyncio.sleep(every_s)
        try:
            if not await asyncio.to_thread(file.refresh):  # long files take a second
                continue
            if file.complaint is None:
                log.info("skill.yaml has changed and is in force")
                await changed()
            else:
                log.error(
                    "skill.yaml has changed but is not valid; the previous settings stay in force.\n%s", file.complaint
                )
        except Exception:  # the outermost edge of a background task, which must outlive every error
            log.exception("could not check skill.yaml for changes; the previous settings stay in force")
