"""Finding a route by walking its path's segments: as fast for the hundredth route as for the first.

Starlette tries one regular expression after another, which on a bank's hundred routes costs more than a transfer's
whole database work. What is not found here is a page, or nothing.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sandbox.http.describe import codes
from sandbox.http.route import UnitRoute
from sandbox.problem import CATALOGUE, Problem
from sandbox.surfaces import BANK

# Where a parameter branches off: no segment of a path is called so.
_ANY = "/"


class Found(NamedTuple):
    """A route, and the values of the parameters in the path."""

    route: UnitRoute
    params: dict[str, str]


class RouteIndex:
    """All compiled routes, by path and method. HEAD finds what GET finds."""

    def __init__(self, routes: Iterable[UnitRoute]) -> None:
        self.routes = tuple(routes)
        self._tree: dict[str, Any] = {}
        for route in self.routes:
            self._plant(route)

    @property
    def of_bank(self) -> list[UnitRoute]:
        """The routes of the bank."""
        return [route for route in self.routes if route.path.startswith(f"{BANK}/")]

    def problems_of(self, surface: str) -> list[type[Problem]]:
        """Every problem that a request to `surface` can meet, by code: those that its operations declare, and those
        that any request may be answered with."""
        declared = {code for route in self.routes if route.path.startswith(surface) for code in codes(route.responses)}
        return [kind for code, kind in sorted(CATALOGUE.items()) if code in declared or surface in kind.met_on]

    def _plant(self, route: UnitRoute) -> None:
        node = self._tree
        names = []
        for segment in route.path.split("/"):
            is_param = segment.startswith("{")
            if is_param:
                names.append(segment[1:-1])
            node = node.setdefault(_ANY if is_param else segment, {})
        for method in route.methods or ():
            node.setdefault("/" + method, (route, tuple(names)))
            if method == "GET":
                node.setdefault("/HEAD", (route, tuple(names)))

    def find(self, method: str, path: str) -> Found | None:
        """The route of a call, or None: then `allowed` tells which methods there are."""
        node, values = self._walk(path)
        leaf = node.get("/" + method) if node else None
        if leaf is None:
            return None
        route, names = leaf
        return Found(route, dict(zip(names, values, strict=True)) if values else {})

    def allowed(self, path: str) -> list[str]:
        """Every method that the path answers to, in order; empty for a path that there is not."""
        node, _ = self._walk(path)
        methods = [name[1:] for name in node or () if name[0] == "/" and len(name) > 1]
        return sorted([*methods, "OPTIONS"]) if methods else []

    def _walk(self, path: str) -> tuple[dict[str, Any] | None, list[str]]:
        node: dict[str, Any] | None = self._tree
        values: list[str] = []
        for segment in path.split("/"):
            if node is None:
                break
            inner = node.get(segment)
            if inner is None and segment:
                inner = node.get(_ANY)
                values.append(segment)
            node = inner
        return node, values
