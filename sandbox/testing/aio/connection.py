"""The connection to a server."""

from __future__ import annotations

import os
from typing import Any

import httpx2

from sandbox.testing.refusals import result_of
from sandbox.testing.wire import Reply, Request, Result, is_control

__tracebackhide__ = True  # pytest shows where the test called

URL = "http://127.0.0.1:8000"
# Longer than the longest wait of the control plane, so that a long poll ends by its own answer.
_SECONDS = 150.0


class AsyncConnection:
    """Sends requests to a server, each on behalf of one sandbox.

    `url` and `token` default to the variables SANDBOX_URL and SANDBOX_CONTROL_TOKEN. `language` is asked for in every
    request (`es` or `en`); without one the server's own choice, Spanish, holds.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        language: str | None = None,
        client: httpx2.AsyncClient | None = None,
    ) -> None:
        self.url = url or (str(client.base_url) if client else os.environ.get("SANDBOX_URL")) or URL
        self.client = client or httpx2.AsyncClient(base_url=self.url, timeout=_SECONDS, trust_env=False)
        self._token = token or os.environ.get("SANDBOX_CONTROL_TOKEN")
        self._language = {"Accept-Language": language} if language else {}

    async def send(self, request: Request[Result], sandbox: str, headers: dict[str, str] | None = None) -> Result:
        """The answer to a request. Raises Problem, UnexpectedAnswer, and httpx2.TransportError where none came."""
        response = await self.answer(request, sandbox, headers)
        return result_of(request, Reply(response.status_code, response.headers, response.content))

    async def answer(
        self, request: Request[Any], sandbox: str, headers: dict[str, str] | None = None
    ) -> httpx2.Response:
        """The answer to a request as it came, refusals too. Raises httpx2.TransportError where none came."""
        return await self.call(
            request.method,
            request.path,
            sandbox,
            params=request.parameters() or None,
            headers=request.sent_headers(headers or {}),
            content=request.payload(),
        )

    async def call(self, method: str, path: str, sandbox: str, **options: Any) -> httpx2.Response:
        """The answer to any call, as `answer` gives it; `options` are those of `httpx2.request`."""
        own = {**self._language, **self.addressed(sandbox, is_control=is_control(path))}
        headers = {**own, **(options.pop("headers", None) or {})}
        return await self.client.request(method, path, headers=headers, **options)

    def addressed(self, sandbox: str, *, is_control: bool) -> dict[str, str]:
        """The headers that say whom a request is for. The bank is never shown the control token."""
        token = {"Authorization": f"Bearer {self._token}"} if self._token and is_control else {}
        return {"X-Sandbox": sandbox, **token}

    async def aclose(self) -> None:
        """Close the connection."""
        await self.client.aclose()
