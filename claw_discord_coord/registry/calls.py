"""Numbers the calls of agents at work, so that a repeated run finds the tasks that an earlier run created."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from claw_discord_coord.registry.part import Part
from claw_discord_coord.registry.storage.rows import insert_new
from claw_discord_coord.registry.storage.schema import calls


class Calls(Part):
    """The calls by request id."""

    async def origin_of(self, request_id: str, *, run_id: str, base: str) -> str:
        """Return the permanent name of an agent's call: `base` and the call's number among the run's calls of that
        base.

        Numbers start at 0. A request id always returns the same name. The n-th call of a run returns the same name as
        the n-th call of an earlier run of the task.
        """
        return await self._database.write(_number, request_id, run_id, base)


def _number(connection: Connection, request_id: str, run_id: str, base: str) -> str:
    mine = select(calls.c.number).where(calls.c.request_id == request_id)
    taken = select(func.count()).select_from(calls).where(calls.c.run_id == run_id, calls.c.base == base)
    # Two calls at the same moment count the same number. The unique index refuses the second, which counts again.
    while (number := connection.execute(mine).scalar_one_or_none()) is None:
        values = {"request_id": request_id, "run_id": run_id, "base": base}
        insert_new(connection, calls, {**values, "number": connection.execute(taken).scalar_one()})
    return f"{base}/{number}"
