"""A delivery as JSON, for programs and webhooks."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from claw_discord_coord.errors import DeliveryFailed
from claw_discord_coord.models import Delivery
from claw_discord_coord.text.sanitize import outgoing, outgoing_metadata


def payload_of(delivery: Delivery) -> dict[str, object]:
    """Return the delivery as a JSON object, without the files.

    `key` is the same at every attempt, so receivers recognize a repeat.
    """
    return {
        "id": delivery.id,
        "key": delivery.key,
        "destination": delivery.destination,
        "route": delivery.route,
        "kind": delivery.kind,
        "task_id": delivery.task_id,
        "title": outgoing(delivery.title),
        "text": outgoing(delivery.text),
        "about": outgoing_metadata(delivery.about),
        "created_at": delivery.created_at.isoformat(),
    }


def files_of(delivery: Delivery) -> list[dict[str, object]]:
    """Return the delivery's files with content in base64. Reads the files, so call the function in a thread.

    Raises:
        DeliveryFailed: a file is gone.

    """
    return [_file(Path(artifact)) for artifact in delivery.artifacts]


def _file(path: Path) -> dict[str, object]:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DeliveryFailed(
            f"The attachment {path.name} cannot be read: {reason}.", fix="Run the task again."
        ) from None
    return {
        "name": path.name,
        "size_bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "content_base64": base64.b64encode(data).decode(),
    }
