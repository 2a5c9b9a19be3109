"""The document as it is served: made when it is first asked for, so that a start does not wait for it."""

import functools
import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from sandbox.http.route import UnitRoute

Json = dict[str, Any]


class Document:
    """The OpenAPI document of these routes."""

    def __init__(self, routes: Sequence[UnitRoute]) -> None:
        self._routes = routes

    @functools.cached_property
    def content(self) -> Json:
        """The document itself."""
        from sandbox.document.assembly import assemble  # a start does not pay for what few starts need

        return assemble(self._routes, version("cooprogreso-sandbox"))

    @functools.cached_property
    def encoded(self) -> bytes:
        """The same as it travels."""
        return json.dumps(self.content, ensure_ascii=False, separators=(",", ":")).encode()
