"""Where the page and its modules are served. They hold nothing secret: the control plane that they call is guarded."""

import hashlib
import json
import mimetypes
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from sandbox.http.gate import CONTEXT

if TYPE_CHECKING:
    from jinja2 import Template

_HERE = Path(str(files("sandbox.console")))
ASSETS = _HERE / "assets"
TEMPLATES = _HERE / "templates"
VIEWS = ("phone", "traffic", "members", "clock", "faults", "rules", "ledger", "sandboxes", "load")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Only our own files run, and only this server is called."""
_SAFE = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_PLACE = "/_sandbox/console"
_MODULES = frozenset({".js", ".css", ".svg"})


class Asset(NamedTuple):
    """A file of the page, as it is served."""

    content: bytes
    media_type: str
    etag: str


def install(app: FastAPI) -> None:
    """Serve the page at /_sandbox/console, each of its views below it, and its files below `assets`."""

    async def page(request: Request) -> Response:
        view = request.path_params.get("view", VIEWS[0])
        if view not in VIEWS:
            return Response(status_code=404, headers=_SAFE)
        text, etag = _page(view, request.scope[CONTEXT].language)
        headers = {**_SAFE, "Cache-Control": "no-cache", "ETag": etag, "Vary": "Accept-Language"}
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return Response(text, media_type="text/html", headers=headers)

    async def asset(request: Request) -> Response:
        found = assets().get(request.path_params["name"])
        if found is None or request.path_params["version"] != version():
            return Response(status_code=404, headers=_SAFE)
        headers = {**_SAFE, "Cache-Control": "public, max-age=31536000, immutable", "ETag": found.etag}
        if request.headers.get("if-none-match") == found.etag:
            return Response(status_code=304, headers=headers)
        return Response(found.content, media_type=found.media_type, headers=headers)

    app.add_route(_PLACE, page, methods=["GET"])
    app.add_route(f"{_PLACE}/assets/{{version}}/{{name:path}}", asset, methods=["GET"])
    app.add_route(f"{_PLACE}/{{view}}", page, methods=["GET"])


@cache
def assets() -> dict[str, Asset]:
    """The files of the page by their paths below `assets`."""
    found = {}
    for path in sorted(ASSETS.rglob("*")):
        if path.suffix in _MODULES:
            content = path.read_bytes()
            media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            found[path.relative_to(ASSETS).as_posix()] = Asset(content, media_type, _etag(content))
    return found


@cache
def version() -> str:
    """Another one for every change of a file: what is fetched by it never changes."""
    return hashlib.sha256("".join(f"{name}{each.etag}" for name, each in assets().items()).encode()).hexdigest()[:16]


@cache
def texts(language: str) -> dict[str, str]:
    """The page's texts. Their modules hold an object that is JSON, too, so that the shell can be written in them."""
    module = assets()[f"texts/{language}.js"].content.decode()
    read: dict[str, str] = json.loads(module[module.index("{") : module.rindex("}") + 1])
    return read


@cache
def _page(view: str, language: str) -> tuple[str, str]:
    # All modules at once: a browser that finds them one in another takes a round trip for each step.
    modules = [name for name in assets() if name.endswith(".js") and name not in {"app.js", "theme.js", "worker.js"}]
    text = _template().render(
        view=view, views=VIEWS, language=language, t=texts(language), modules=modules,
        assets=f"{_PLACE}/assets/{version()}",
    )  # fmt: skip
    return text, _etag(text.encode())


@cache
def _template() -> "Template":
    # Jinja takes longer to import than the page to write, and a server without readers needs neither.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415  # see above

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("console.html")


def _etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'
