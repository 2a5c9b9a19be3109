"""Where the page and its modules are served; they hold nothing secret, the control plane they call is guarded."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

ASSETS = files("sandbox.console") / "assets"
# Nothing but our own modules runs, and nothing is called but this server.
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:"


def install(app: FastAPI) -> None:
    """Serve the page at /_sandbox/console."""
    app.mount("/_sandbox/console/assets", StaticFiles(directory=str(ASSETS)), name="console-assets")

    async def console(_: Request) -> FileResponse:
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return FileResponse(str(ASSETS / "console.html"), media_type="text/html", headers=headers)

    app.add_route("/_sandbox/console", console, methods=["GET"])
