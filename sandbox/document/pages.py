"""Pages about the service: where to go, the document, and two views of it that need no internet."""

import functools
import html
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from sandbox.document import about
from sandbox.document.document import Document
from sandbox.document.site import PLACE, Site
from sandbox.http.context import RequestContext
from sandbox.storage.threads import in_thread
from sandbox.surfaces import BANK, CONTROL

_TITLE = "Cooprogreso Sandbox"
_OPENAPI = "/openapi.json"
_ASSETS = "/docs/assets"
_REDOC = f"{_ASSETS}/redoc.js"
_STATIC = files("fastapi_offline") / "static"
# Hundreds of operations and schemas: drawn only when they are opened.
_SWAGGER = {
    "filter": True,
    "persistAuthorization": True,
    "docExpansion": "none",
    "defaultModelsExpandDepth": -1,
    "displayRequestDuration": True,
    "tryItOutEnabled": True,
    "syntaxHighlight": {"activated": False},
}
_LINKS: Mapping[str, tuple[str, str]] = {
    "docs": ("/docs", "Try every operation, with examples that work unchanged"),
    "reference": ("/redoc", "Read about every operation"),
    "openapi": (_OPENAPI, "The OpenAPI 3.1 document, for generated clients"),
    "console": (f"{CONTROL}/console", "Watch and control a sandbox: codes, requests, members, clock, faults"),
    "members": (f"{CONTROL}/members", "Members to log in with, and why each exists"),
    "messages": (f"{CONTROL}/messages", "Every SMS and e-mail, with its code"),
    "scenarios": (f"{CONTROL}/scenarios", "Inputs that lead to a certain outcome"),
    "info": (f"{CONTROL}/info", "Version, seed and rules in force"),
    "health": (f"{CONTROL}/health", "Whether the server is alive"),
    "app": (f"{BANK}/app", "The bank: the app's first request"),
    "errors": (f"{BANK}/errors", "The bank: every problem that it answers with"),
}
_HANDBOOK: Mapping[str, tuple[str, str]] = {
    "handbook": (f"{PLACE}/", "Learn: a tutorial, recipes, and every setting, problem, rule and command"),
}
"""What there is once the documentation is built."""
_STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.6 system-ui,sans-serif;margin:4rem auto;max-width:46rem;padding:0 1.25rem}
h1{margin:0}h1+p{margin:.25rem 0 2rem;opacity:.75}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.5rem 1.5rem;margin:0}
dt{font-family:ui-monospace,monospace}dd{margin:0}
@media(max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.75rem}}
"""


def install(app: FastAPI, document: Document, handbook: Site) -> None:
    """Serve the way in at / and /_sandbox, the document at /openapi.json, and its views at /docs and /redoc."""
    app.add_route(_REDOC, _redoc_script, methods=["GET"])
    app.mount(_ASSETS, StaticFiles(directory=str(_STATIC)), name="docs-assets")

    async def way_in(request: Request) -> Response:
        is_built = await in_thread(lambda: handbook.is_built)
        return _way_in(request, {**_LINKS, **_HANDBOOK} if is_built else _LINKS)

    async def openapi(_: Request) -> Response:
        encoded = await in_thread(lambda: document.encoded)
        return Response(encoded, media_type="application/json")

    for path, page in (
        ("/", way_in),
        (CONTROL, way_in),
        (_OPENAPI, openapi),
        ("/docs", _swagger),
        ("/redoc", _redoc),
    ):
        app.add_route(path, page, methods=["GET"])


def _way_in(request: Request, links: Mapping[str, tuple[str, str]]) -> Response:
    """Links for people, and the same as JSON for clients."""
    call: RequestContext = request.scope["sandbox.context"]
    varies = {"Vary": "Accept"}
    if call.preferred("application/json", "text/html") == "text/html":
        return HTMLResponse(_page(links), headers=varies)
    told = {name: href for name, (href, _) in links.items()}
    return JSONResponse({"name": _TITLE, "version": version("cooprogreso-sandbox"), "links": told}, headers=varies)


def _page(links: Mapping[str, tuple[str, str]]) -> str:
    items = "".join(
        f'<dt><a href="{html.escape(href)}">{html.escape(href)}</a></dt><dd>{html.escape(words)}</dd>'
        for href, words in links.values()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{_TITLE}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{_TITLE}</h1><p>{html.escape(about.INFO['summary'])}</p><dl>{items}</dl></html>"
    )


async def _swagger(_: Request) -> HTMLResponse:
    return get_swagger_ui_html(
        openapi_url=_OPENAPI,
        title=_TITLE,
        swagger_js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{_ASSETS}/swagger-ui.css",
        swagger_favicon_url=f"{_ASSETS}/favicon.png",
        swagger_ui_parameters=_SWAGGER,
    )


@functools.cache
def _redoc_source() -> bytes:
    """Redoc, with an icon of ours in place of the logo that it would load from its makers' server."""
    logo, icon = "https://cdn.redoc.ly/redoc/logo-mini.svg", f"{_ASSETS}/favicon.png"
    return (_STATIC / "redoc.standalone.js").read_bytes().replace(logo.encode(), icon.encode())


async def _redoc_script(_: Request) -> Response:
    return Response(_redoc_source(), media_type="text/javascript")


async def _redoc(_: Request) -> HTMLResponse:
    return get_redoc_html(
        openapi_url=_OPENAPI,
        title=_TITLE,
        redoc_js_url=_REDOC,
        redoc_favicon_url=f"{_ASSETS}/favicon.png",
        with_google_fonts=False,
    )
