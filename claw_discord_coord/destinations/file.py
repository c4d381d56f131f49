"""A folder of result files: the unchanged text, and the attachments in a folder beside the file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from claw_discord_coord.config.destinations import FileDestinationConfig
from claw_discord_coord.destinations.blocking import in_thread
from claw_discord_coord.destinations.context import DestinationContext
from claw_discord_coord.destinations.files.attachments import named, rewrite
from claw_discord_coord.destinations.files.folder import Folder
from claw_discord_coord.destinations.files.slug import slug, tail
from claw_discord_coord.destinations.guarantee import Guarantee
from claw_discord_coord.destinations.receipt import receipt
from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.models import Delivery, Receipt
from claw_discord_coord.text.sanitize import outgoing


class File:
    """Writes each delivery as a file. The name ends in a mark of the delivery's key, so a repeat finds the file."""

    guarantee: ClassVar[Guarantee] = Guarantee.ONCE_BY_LOOKING
    Settings: ClassVar[type[FileDestinationConfig]] = FileDestinationConfig

    def __init__(self, name: str, settings: FileDestinationConfig, context: DestinationContext) -> None:
        """Write to the folder of `settings`, created with the first file."""
        self._settings = settings
        self._clock = context.clock
        self._folder = Folder(context.work_folder / Path(settings.folder).expanduser())

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Write the attachments, then the file."""
        return await in_thread(self._write, delivery)

    async def find(self, delivery: Delivery) -> Receipt | None:
        """Look for the delivery's file."""
        return await in_thread(self._receipt, delivery)

    def leaves_machine(self) -> bool:
        """Return False."""
        return False

    def _name(self, delivery: Delivery) -> str:
        return f"{slug(delivery.title)}-{tail(delivery.key)}"

    def _write(self, delivery: Delivery) -> Receipt:
        name = self._name(delivery)
        attachments = named(delivery.artifacts)
        for attachment in attachments:
            path = f"{name}/{attachment.name}"
            # An earlier attempt may have been interrupted after this attachment.
            if not self._folder.write_new(path, attachment.source) and not self._folder.holds(path, attachment.source):
                raise DeliveryFailed(f"{path} exists and is another file.", fix="Remove it, then resend.")
        # A file of that name was written by an earlier attempt: the mark in the name belongs to this delivery alone.
        text, _ = rewrite(outgoing(delivery.text), attachments, lambda attachment: f"./{name}/{attachment.name}")
        self._folder.write_new(f"{name}.{self._settings.extension}", text.encode())
        proof = self._receipt(delivery)
        if proof is None:
            raise DeliveryFailed(f"{name}.{self._settings.extension} is not a file.", fix="Remove it, then resend.")
        return proof

    def _receipt(self, delivery: Delivery) -> Receipt | None:
        name = f"{self._name(delivery)}.{self._settings.extension}"
        path = self._folder.place(name)
        if path.is_symlink() or not path.is_file():
            return None
        return receipt(delivery, path.read_bytes(), self._clock(), path=str(path), identifier=name)
