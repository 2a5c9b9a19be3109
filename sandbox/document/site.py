"""The documentation as it is served: the files that `make docs` built, and nothing beside them."""

import base64
import hashlib
import re
from pathlib import Path
from typing import NamedTuple

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.problem import Text
from sandbox.problems import NotFound
from sandbox.storage.threads import in_thread
from sandbox.surfaces import CONTROL

PLACE = f"{CONTROL}/docs"
_INDEX = "index.html"
# Not asked of the system, whose table a machine's owner may have changed.
_MEDIA_TYPES = {
    ".css": "text/css", ".gz": "application/gzip", ".html": "text/html", ".js": "text/javascript",
    ".json": "application/json", ".map": "application/json", ".png": "image/png", ".svg": "image/svg+xml",
    ".txt": "text/plain", ".xml": "application/xml",
}  # fmt: skip
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}
_NOT_BUILT = Text(
    "La documentación no está construida: ejecuta make docs.", "The documentation is not built: run make docs."
)


class Found(NamedTuple):
    """A file of the site, as it is served."""

    content: bytes
    media_type: str
    etag: str
    policy: str


class Site:
    """The files below a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.resolve()

    @property
    def is_built(self) -> bool:
        """Whether there is a site."""
        return (self._directory / _INDEX).is_file()

    def find(self, path: str) -> Found | None:
        """The file of a path, or the page of a directory; None where there is neither."""
        place = self._place(path)
        if place is None:
            return None
        try:
            content = (place / _INDEX if path.endswith("/") or not path else place).read_bytes()
        except OSError:  # nothing is there, or a directory
            return None
        suffix = ".html" if path.endswith("/") or not path else place.suffix
        media_type = _MEDIA_TYPES.get(suffix, "application/octet-stream")
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        return Found(content, media_type, etag, _policy(content if suffix == ".html" else b""))

    def _place(self, path: str) -> Path | None:
        """Where a path leads; None for one that leads out of the directory."""
        try:
            place = (self._directory / path).resolve()
        except (OSError, ValueError):  # too long, or with a null character
            return None
        return place if place.is_relative_to(self._directory) else None


def install(app: FastAPI, site: Site) -> None:
    """Serve the site below /_sandbox/docs."""

    async def page(request: Request) -> Response:
        return await in_thread(_answer, site, request)

    app.add_route(PLACE, page, methods=["GET"])
    app.add_route(f"{PLACE}/{{path:path}}", page, methods=["GET"])


def _answer(site: Site, request: Request) -> Response:
    if not site.is_built:
        raise NotFound(detail=_NOT_BUILT)
    if "path" not in request.path_params:
        return RedirectResponse("docs/")
    path: str = request.path_params["path"]
    found, status = site.find(path), 200
    if found is None:
        if site.find(f"{path}/") is not None:
            return RedirectResponse(f"{path.rpartition('/')[2]}/")
        found, status = site.find("404.html"), 404
        if found is None:
            raise NotFound
    headers = {**_SAFE, "Content-Security-Policy": found.policy, "ETag": found.etag}
    if status == 200 and request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, status, headers, found.media_type)


def _policy(page: bytes) -> str:
    """Only files of this server run, and the theme's few lines in the page, which are named by their hashes."""
    hashes = [base64.b64encode(hashlib.sha256(each).digest()).decode() for each in _INLINE.findall(page)]
    scripts = " ".join(["'self'", *(f"'sha256-{each}'" for each in hashes)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
