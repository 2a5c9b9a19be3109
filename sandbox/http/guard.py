"""Who may steer the bank: no page of another origin, no foreign host name, and nobody without the token where one is
set."""

import ipaddress
import re

from starlette.types import Scope

from sandbox.kernel.entropy import same
from sandbox.problems import ControlTokenRequired, ForbiddenOrigin, Problem


def is_loopback(host: str) -> bool:
    """Whether an address or host name means this machine alone."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


# A name or an address, and a port: nothing that one reader takes for the port and another for the name.
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]:@/\\?#\s]+)(?::[0-9]{1,5})?")
# What tells nothing: whether the server is there, and the page that asks for the token.
_WITHOUT_TOKEN = frozenset({"/_sandbox/health", "/_sandbox/ready", "/_sandbox/console"})
_ASSETS = "/_sandbox/console/"


class Guard:
    """Looks at what does not belong to the bank's own surface: control plane, metrics, documents."""

    def __init__(self, control_token: str | None, allowed_hosts: frozenset[str]) -> None:
        self._token = control_token
        self._hosts = allowed_hosts

    def refusal(self, scope: Scope) -> Problem | None:
        """Why this request may not pass, or None."""
        if not scope["path"].startswith(("/_sandbox", "/metrics")):
            return None
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if host and not self._is_ours(host):
            return ForbiddenOrigin()
        origin = headers.get(b"origin")
        if origin is not None and origin.decode("latin-1").lower() not in (f"http://{host}", f"https://{host}"):
            return ForbiddenOrigin()
        if self._token is not None and scope["path"] not in _WITHOUT_TOKEN and not scope["path"].startswith(_ASSETS):
            brought = headers.get(b"authorization", b"").decode("latin-1")
            if not same(brought, f"Bearer {self._token}"):
                return ControlTokenRequired(headers={"WWW-Authenticate": 'Bearer realm="control"'})
        return None

    def _is_ours(self, authority: str) -> bool:
        parts = _AUTHORITY.fullmatch(authority)
        return parts is not None and (is_loopback(parts["host"]) or parts["host"] in self._hosts)
