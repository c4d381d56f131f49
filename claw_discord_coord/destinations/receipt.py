"""Makes receipts: the proof that a delivery has arrived."""

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
        sent: The bytes that were sent, or text, which counts as UTF-8. The receipt has their size and hash.
        at: The time of the arrival.
        url: A link for people.
        path: The path on this machine.
        identifier: The id that the destination gave.

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
