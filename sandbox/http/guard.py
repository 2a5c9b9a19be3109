"""Who may steer the bank: no page of another origin, no foreign host name, and nobody without the token where one is
set."""

import ipaddress

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


# What tells nothing: whether the server is there, and the page that asks for the token.
_WITHOUT_TOKEN = ("/_sandbox/health", "/_sandbox/ready", "/_sandbox/console")


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
        if host and not self._is_ours(_without_port(host)):
            return ForbiddenOrigin()
        origin = headers.get(b"origin")
        if origin is not None and origin.decode("latin-1").lower() not in (f"http://{host}", f"https://{host}"):
            return ForbiddenOrigin()
        if self._token is not None and not scope["path"].startswith(_WITHOUT_TOKEN):
            brought = headers.get(b"authorization", b"").decode("latin-1")
            if not same(brought, f"Bearer {self._token}"):
                return ControlTokenRequired(headers={"WWW-Authenticate": 'Bearer realm="control"'})
        return None

    def _is_ours(self, host: str) -> bool:
        return is_loopback(host) or host in self._hosts


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
