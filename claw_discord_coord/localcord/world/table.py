"""A kind of thing, all of them by key, with a note of what changed since it was last saved."""

import json
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar, cast

from ..json_text import write_json
from ..shapes import Json


class Entity(Protocol):
    """What can be kept in a table: a dataclass with slots whose fields are JSON values, and a key."""

    __slots__: Any

    @property
    def key(self) -> str:
        """What it is stored under."""
        ...


E = TypeVar("E", bound=Entity)

Changes = dict[tuple[str, str], Entity | None]
"""By kind and key: the thing to write, or None when it is gone."""


class Table(Generic[E]):
    """All things of one kind, in the order they were made."""

    def __init__(self, shape: type[E], changes: Changes) -> None:
        self.kind = shape.__name__
        self._shape = shape
        self._changes = changes
        self._rows: dict[str, E] = {}
        self._before: dict[str, E] = {}

    def put(self, entity: E) -> E:
        """Add a thing, or note that it was changed in place."""
        self._rows[entity.key] = entity
        self._changes[self.kind, entity.key] = entity
        return entity

    def drop(self, key: str) -> E | None:
        """Remove a thing; answers what was removed."""
        gone = self._rows.pop(key, None)
        if gone is not None:
            self._changes[self.kind, key] = None
        return gone

    def get(self, key: str | None) -> E | None:
        """The thing with this key, if there is one."""
        return None if key is None else self._rows.get(key)

    def oldest(self) -> E | None:
        """What was added first of all that is still there."""
        return next(iter(self._rows.values()), None)

    def __getitem__(self, key: str) -> E:
        return self._rows[key]

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[E]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def forget_all(self) -> None:
        """Be empty, to be restored; things that are restored under their old key stay the same objects."""
        self._before, self._rows = self._rows, {}

    def restore(self, body: str) -> E:
        """Read a thing back from what `encode` wrote, without counting it as changed."""
        entity = self._shape(**cast(Json, json.loads(body)))
        known = self._before.pop(entity.key, None)
        if known is not None:
            for name in cast("tuple[str, ...]", self._shape.__slots__):
                setattr(known, name, getattr(entity, name))
            entity = known
        self._rows[entity.key] = entity
        return entity


def encode(entity: Entity) -> str:
    """Write a thing as JSON."""
    slots = cast("tuple[str, ...]", type(entity).__slots__)
    return write_json({name: getattr(entity, name) for name in slots})
