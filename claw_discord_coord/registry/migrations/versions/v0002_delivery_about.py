"""Gives deliveries a column for their metadata, which older versions stored as front matter inside the text."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from claw_discord_coord.registry.storage.columns import Document, Number, Words
from claw_discord_coord.text import front_matter

revision = "0002"
down_revision = "0001"

BATCH_ROWS = 100
"""The number of texts in memory at the same time; a text may have megabytes."""

_DELIVERIES = sa.table(
    "claw_deliveries", sa.column("number", Number), sa.column("text", Words), sa.column("about", Document)
)


def upgrade() -> None:
    """Add `about`, and move the front matter at the head of each stored text into it."""
    # Both databases need a default for the rows that exist; SQLite cannot drop the default afterwards.
    op.add_column("claw_deliveries", sa.Column("about", Document, nullable=False, server_default="{}"))
    connection, last = op.get_bind(), 0
    # In batches by number, because SQLite does not define the result of changing rows below an open cursor.
    while rows := connection.execute(_batch_after(last)).all():
        for row in rows:
            # Older destinations split every text once, also a text without metadata in front. Splitting once here
            # therefore sends pending deliveries as they would have been sent before.
            about, body = front_matter.split(row.text)
            if about:
                change = sa.update(_DELIVERIES).where(_DELIVERIES.c.number == row.number)
                connection.execute(change.values(about=about, text=body))
        last = rows[-1].number


def _batch_after(last: int) -> sa.Select[Any, Any]:
    columns = _DELIVERIES.c
    with_fence = sa.select(columns.number, columns.text).where(columns.number > last, columns.text.contains("---"))
    return with_fence.order_by(columns.number).limit(BATCH_ROWS)
