"""Pages about the service: the document, and Swagger UI from a package's files, so that it works without internet."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from sandbox.document.document import Document
from sandbox.storage.threads import in_thread


def install(app: FastAPI, document: Document) -> None:
    """Serve the document at /openapi.json and its documentation at /docs."""
    assets = files("fastapi_swagger") / "resources"
    app.mount("/docs/assets", StaticFiles(directory=str(assets)), name="docs-assets")

    async def openapi(_: Request) -> Response:
        encoded = await in_thread(lambda: document.encoded)
        return Response(encoded, media_type="application/json")

    async def docs(_: Request) -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Cooprogreso Sandbox",
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon-32x32.png",
            swagger_ui_parameters=_SETTINGS,
        )

    app.add_route("/openapi.json", openapi, methods=["GET"])
    app.add_route("/docs", docs, methods=["GET"])


# Hundreds of operations and schemas: drawn only when they are opened.
_SETTINGS = {
    "filter": True,
    "persistAuthorization": True,
    "docExpansion": "none",
    "defaultModelsExpandDepth": -1,
    "displayRequestDuration": True,
    "tryItOutEnabled": True,
    "syntaxHighlight": {"activated": False},
}
