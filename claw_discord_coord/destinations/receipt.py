"""Makes receipts: the proof of what was sent, and where it is now."""

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
    """Write the receipt of a delivery: size and hash are those of what was sent, text as UTF-8."""
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
