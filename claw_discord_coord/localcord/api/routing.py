"""From a method and a path to a handler."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..shapes import Json
from .call import Call


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that says more than its JSON: a status, headers, or the `raw` bytes that stand for the body."""

    body: Any = None
    status: int = 200
    raw: bytes | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=lambda: dict[str, str]())


Handler = Callable[[Call], "Reply | Json | list[Any] | None"]
"""Answers a call at once, without awaiting: a JSON value (200), None (204), or a Reply."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path template, e.g. GET `/channels/{channel_id}`.

    `anonymous` routes take no token of a user (they carry one of their own in the path). `exempt` routes don't count
    for the global limit.
    """

    method: str
    template: str
    handler: Handler
    anonymous: bool = False
    exempt: bool = False


@dataclass(slots=True)
class _Node:
    fixed: dict[str, "_Node"] = field(default_factory=lambda: dict[str, "_Node"]())
    parameter: "_Node | None" = None
    methods: dict[str, Route] = field(default_factory=lambda: dict[str, Route]())


class Routes:
    """A tree of path segments; fixed words win over parameters."""

    def __init__(self) -> None:
        self._root = _Node()
        self.all: list[Route] = []

    def on(
        self, method: str, template: str, *, anonymous: bool = False, exempt: bool = False
    ) -> Callable[[Handler], Handler]:
        """Decorate the handler of a route."""

        def register(handler: Handler) -> Handler:
            self.add(Route(method, template, handler, anonymous, exempt))
            return handler

        return register

    def add(self, route: Route) -> None:
        """Add a route; a path must name its parameters alike in all routes."""
        node = self._root
        for segment in route.template.strip("/").split("/"):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.fixed.setdefault(segment, _Node())
        node.methods[route.method] = route
        self.all.append(route)

    def include(self, other: "Routes") -> None:
        """Add all routes of another tree."""
        for route in other.all:
            self.add(route)

    def match(self, method: str, segments: list[str]) -> tuple[Route, dict[str, str]] | set[str] | None:
        """The route and its parameters; or the methods the path does allow; or None when there is no such path.

        `segments` are those of the path, decoded.
        """
        node = self._descend(self._root, segments, 0, method)
        if node is None:
            return None
        route = node.methods.get(method)
        if route is None:
            return set(node.methods)
        names = route.template.strip("/").split("/")
        return route, {name[1:-1]: value for name, value in zip(names, segments, strict=True) if name[0] == "{"}

    def _descend(self, node: _Node, segments: list[str], depth: int, method: str) -> _Node | None:
        if depth == len(segments):
            return node if node.methods else None
        found = None
        for child in (node.fixed.get(segments[depth]), node.parameter):
            if child is None:
                continue
            deeper = self._descend(child, segments, depth + 1, method)
            if deeper is not None and method in deeper.methods:
                return deeper
            found = found or deeper
        return found
