"""Which pages may read the bank's answers: those of this machine, and those of the origins that the settings add."""

import re

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Router

from sandbox.http.answers import Answer
from sandbox.http.answers import Headers as Fields
from sandbox.http.context import RequestContext

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_EXPOSED = [
    "Date", "X-Request-Id", "Idempotency-Replayed", "Retry-After", "RateLimit", "RateLimit-Policy", "Warning",
    "Preference-Applied", "WWW-Authenticate", "Content-Disposition", "Content-Language",
]  # fmt: skip
_LOCAL = r"https?://(?:localhost|[a-z0-9-]+\.localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?"
# A phone or another machine on the local network (RFC 1918), an emulator's way to this one among them (10.0.2.2), and
# the pages inside an app's shell.
_DEVICES = (
    r"https?://(?:10(?:\.[0-9]{1,3}){3}|192\.168(?:\.[0-9]{1,3}){2}|172\.(?:1[6-9]|2[0-9]|3[01])(?:\.[0-9]{1,3}){2}"
    r"|[a-z0-9-]+\.local)(?::[0-9]{1,5})?|(?:capacitor|ionic|https)://localhost"
)


class Cors:
    """CORS (the Fetch standard) for one surface. Starlette's middleware knows the protocol; it is asked, not run,
    because it would wrap every answer."""

    def __init__(self, origins: str, *, local: bool, devices: bool, correlation_header: str = "") -> None:
        exposed = [*_EXPOSED, correlation_header] if correlation_header else _EXPOSED
        patterns = [_LOCAL] * local + [_DEVICES] * devices
        self._protocol = CORSMiddleware(
            Router(),
            allow_origins=listed(origins),
            allow_origin_regex="|".join(f"(?:{pattern})" for pattern in patterns) or None,
            allow_methods=_METHODS,
            allow_headers=["*"],
            expose_headers=exposed,
            allow_private_network=True,
        )
        self._exposed = (b"access-control-expose-headers", ", ".join(exposed).encode())

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may read answers."""
        return self._protocol.is_allowed_origin(origin)

    def headers(self, origin: bytes) -> Fields:
        """What an answer to a page of this origin carries, besides `Vary: Origin`."""
        if not self.allows(origin.decode("latin-1")):
            return []
        return [(b"access-control-allow-origin", origin), self._exposed]

    def preflight(self, call: RequestContext) -> Answer:
        """The answer to a browser that asks before it sends: 200, or 400 with what is not allowed."""
        response = self._protocol.preflight_response(Headers(raw=list(call.headers.items())))
        own = {b"content-length", b"content-type", b"access-control-allow-origin"}  # added to every answer
        fields = [field for field in response.raw_headers if field[0] not in own]
        return Answer(response.status_code, bytes(response.body), "text/plain; charset=utf-8", fields)


def is_preflight(call: RequestContext) -> bool:
    """Whether a browser asks, on behalf of a page, what it may send."""
    headers = call.headers
    return call.method == "OPTIONS" and b"origin" in headers and b"access-control-request-method" in headers


def listed(setting: str) -> list[str]:
    """The parts of a comma-separated setting, in lower case."""
    return [part for part in re.split(r"\s*,\s*", setting.strip().lower()) if part]
