"""Which messages a channel has, in order."""

from bisect import bisect_left, bisect_right, insort


class History:
    """The ids of the messages of each channel, ascending; every question is answered by bisection."""

    def __init__(self) -> None:
        self._ids: dict[str, list[int]] = {}

    def add(self, channel_id: str, message_id: str) -> None:
        """Note a message; nearly always the newest."""
        ids = self._ids.setdefault(channel_id, [])
        number = int(message_id)
        if not ids or number > ids[-1]:
            ids.append(number)
        else:
            insort(ids, number)

    def remove(self, channel_id: str, message_id: str) -> None:
        """Forget a message."""
        ids = self._ids.get(channel_id, [])
        place = bisect_left(ids, int(message_id))
        if place < len(ids) and ids[place] == int(message_id):
            del ids[place]

    def forget(self, channel_id: str) -> list[str]:
        """Forget a channel; answers the ids it had."""
        return [str(number) for number in self._ids.pop(channel_id, [])]

    def newest(self, channel_id: str) -> str | None:
        """The newest message, if any."""
        ids = self._ids.get(channel_id)
        return str(ids[-1]) if ids else None

    def count(self, channel_id: str) -> int:
        """How many messages there are."""
        return len(self._ids.get(channel_id, ()))

    def all(self, channel_id: str) -> list[str]:
        """All ids, ascending."""
        return [str(number) for number in self._ids.get(channel_id, ())]

    def page(self, channel_id: str, limit: int, *, before: int | None = None, after: int | None = None) -> list[str]:
        """Up to `limit` ids, newest first: the newest, those just before, or those just after an id (exclusive)."""
        ids = self._ids.get(channel_id, [])
        if after is not None:
            start = bisect_right(ids, after)
            chosen = ids[start : start + limit]
        else:
            end = len(ids) if before is None else bisect_left(ids, before)
            chosen = ids[max(0, end - limit) : end]
        return [str(number) for number in reversed(chosen)]

    def around(self, channel_id: str, limit: int, middle: int) -> list[str]:
        """Up to `limit` ids near an id, it included when it exists, newest first."""
        ids = self._ids.get(channel_id, [])
        place = bisect_left(ids, middle)
        start = max(0, place - limit // 2)
        return [str(number) for number in reversed(ids[start : start + limit])]
