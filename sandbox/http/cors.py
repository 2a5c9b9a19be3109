"""Which pages may call the bank: local ones by default; none may call the control plane."""

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class BankCors:
    """CORS for /v1 alone."""

    def __init__(self, app: ASGIApp, origins: str) -> None:
        self._plain = app
        self._cors = CORSMiddleware(
            app,
            allow_origin_regex=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["*"],
            expose_headers=["X-Request-Id", "Idempotency-Replayed", "Retry-After",
                            "RateLimit", "RateLimit-Policy", "Warning", "Preference-Applied", "WWW-Authenticate"],
        )  # fmt: skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            for name, _ in scope["headers"]:
                if name == b"origin":
                    await self._cors(scope, receive, send)
                    return
        await self._plain(scope, receive, send)
