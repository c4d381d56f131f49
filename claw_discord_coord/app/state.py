"""The state folder of a coordinator, and the shared files in the folder."""

from __future__ import annotations

from pathlib import Path

from claw_discord_coord.config.locate import Located
from claw_discord_coord.config.model import Config
from claw_discord_coord.errors import CoordError

DEVICE_FILE_NAME = "openclaw-device.json"
"""The file with the device key and token for OpenClaw's Gateway."""


def make_state_folder(folder: Path) -> None:
    """Create the state folder, or make an existing folder private.

    Raises:
        CoordError: The folder cannot be used.
    """
    # For this user only: the folder holds tokens, and the texts of private tasks.
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise CoordError(
            f"The state folder {folder} cannot be used: {error.strerror}.", fix="Name another one with --state-folder."
        ) from error


def registry_url(config: Config, folders: Located) -> str:
    """Return the URL of the registry, from skill.yaml or else of a file in the state folder.

    The URL may contain a password.
    """
    if config.registry.url is not None:
        return config.registry.url.get_secret_value()
    return f"sqlite:///{folders.state / 'registry.sqlite3'}"
