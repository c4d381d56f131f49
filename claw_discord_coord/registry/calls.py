"""The calls that agents at work have made, numbered, so that a run that is run again finds what it started before."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.rows import insert_new
from claw_discord_coord.registry.schema import calls


class Calls(Part):
    """The calls that there are, by request id."""

    async def origin_of(self, request_id: str, *, run_id: str, base: str) -> str:
        """The lasting name of an agent's call: `base` and its number among the calls of that base by that run, from 0.

        The same request id always gets the same name, and the n-th call of a run the name that the n-th call of an
        earlier run got.
        """
        return await self._database.write(_number, request_id, run_id, base)


def _number(connection: Connection, request_id: str, run_id: str, base: str) -> str:
    mine = select(calls.c.number).where(calls.c.request_id == request_id)
    taken = select(func.count()).select_from(calls).where(calls.c.run_id == run_id, calls.c.base == base)
    while (number := connection.execute(mine).scalar_one_or_none()) is None:
        values = {"request_id": request_id, "run_id": run_id, "base": base}
        insert_new(connection, calls, {**values, "number": connection.execute(taken).scalar_one()})
    return f"{base}/{number}"
