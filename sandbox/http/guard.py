"""Access to the control plane: no page of another origin, no foreign host name, and the token where one is set."""

import ipaddress
import re

from sandbox.http.context import RequestContext
from sandbox.http.cors import Cors, is_preflight
from sandbox.kernel.entropy import same
from sandbox.problem import Problem
from sandbox.problems import ControlTokenRequired, ForbiddenOrigin
from sandbox.surfaces import CONTROL


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
# What tells nothing: whether the server is there, the page that asks for the token, and the documentation.
_WITHOUT_TOKEN = frozenset(f"{CONTROL}/{area}" for area in ("health", "ready", "console", "docs"))
_SHOWN = 200
_FILES = (f"{CONTROL}/console/", f"{CONTROL}/docs/")


class Guard:
    """Looks at what does not belong to the bank's own surface: control plane, metrics, documents."""

    def __init__(self, control_token: str | None, allowed_hosts: frozenset[str], cors: Cors) -> None:
        self._token = control_token
        self._hosts = allowed_hosts
        self._cors = cors

    def refusal(self, call: RequestContext) -> Problem | None:
        """Why this request may not pass, or None."""
        if not call.path.startswith((CONTROL, "/metrics")):
            return None
        host = (call.header(b"host") or "").lower()
        if host and not self._is_ours(host):
            return ForbiddenOrigin(setting="SANDBOX_ALLOWED_HOSTS", value=host[:_SHOWN])
        origin = (call.header(b"origin") or "").lower()
        if origin and origin not in (f"http://{host}", f"https://{host}") and not self._cors.allows(origin):
            return ForbiddenOrigin(setting="SANDBOX_CONTROL_ORIGINS", value=origin[:_SHOWN])
        if self._token is not None and self._needs_token(call):
            brought = call.header(b"authorization") or ""
            if not same(brought, f"Bearer {self._token}"):
                return ControlTokenRequired(headers={"WWW-Authenticate": 'Bearer realm="control"'})
        return None

    def _needs_token(self, call: RequestContext) -> bool:
        if is_preflight(call):  # a browser sends it without the header it asks for
            return False
        return call.path not in _WITHOUT_TOKEN and not call.path.startswith(_FILES)

    def _is_ours(self, authority: str) -> bool:
        parts = _AUTHORITY.fullmatch(authority)
        return parts is not None and (is_loopback(parts["host"]) or parts["host"] in self._hosts)
