"""What a process serves with: made once by the composition root, and at hand in every request."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.http.index import RouteIndex
from sandbox.sandboxes.registry import Registry
from sandbox.settings import Settings


@dataclass(frozen=True, slots=True)
class Server:
    """The sandboxes, the settings, the routes, the SQL of the audit's checks by their names, and the name
    of the header with the client's own id, in lower case; empty for none."""

    registry: Registry
    settings: Settings
    index: RouteIndex
    checks: Mapping[str, str]
    correlation_header: bytes
