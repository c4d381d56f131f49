"""Makes receipts, the proof of arrival."""

from __future__ import annotations

import hashlib
from datetime import datetime

from claw_discord_coord.models import Delivery, Receipt


def receipt(
    delivery: Delivery,
    sent: bytes | str,
    at: datetime,
    *,
    url: str | None = None,
    path: str | None = None,
    identifier: str | None = None,
) -> Receipt:
    """Return the receipt of a delivery.

    Args:
        delivery: The delivery.
        sent: The sent bytes or text, for size and hash; text counts as UTF-8.
        at: The time of the arrival.
        url: A link for people.
        path: The path of a local file.
        identifier: The id given by the destination.

    """
    data = sent.encode() if isinstance(sent, str) else sent
    return Receipt(
        destination=delivery.destination,
        url=url,
        path=path,
        id=identifier,
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        at=at,
    )
