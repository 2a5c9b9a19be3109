"""Names that the shell completes: asked of the server that the command would ask. Without one there are none."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sandbox.testing import Sandbox

URL = "http://127.0.0.1:8000"
DEFAULT = "default"


def sandboxes(context: typer.Context, incomplete: str) -> list[str]:
    """The server's sandboxes."""
    return _listed(context, incomplete, lambda server: [each["name"] for each in server.sandboxes()])


def snapshots(context: typer.Context, incomplete: str) -> list[str]:
    """The snapshots of the selected sandbox."""
    return _listed(context, incomplete, lambda server: [each["name"] for each in server.snapshots()])


def sources(context: typer.Context, incomplete: str) -> list[str]:
    """What can be forked: sandboxes, and behind an @ their snapshots."""
    name, at, _ = incomplete.partition("@")
    if not at:
        return sandboxes(context, incomplete)
    return _listed(
        context, incomplete, lambda server: [f"{name}@{each['name']}" for each in server.other(name).snapshots()]
    )


def personas(context: typer.Context, incomplete: str) -> list[str]:
    """The personas of the selected sandbox."""
    return _listed(
        context, incomplete, lambda server: [each["persona"] for each in server.members.all() if each["persona"]]
    )


def documents(context: typer.Context, incomplete: str) -> list[str]:
    """The rule documents."""
    return _listed(context, incomplete, lambda server: [each["name"] for each in server.rules.all()["documents"]])


def _listed(context: typer.Context, incomplete: str, names: Callable[["Sandbox"], list[str]]) -> list[str]:
    import httpx2

    from sandbox.testing import Problem, Sandbox, UnexpectedAnswer

    given: dict[str, Any] = context.params
    url = given.get("url") or os.environ.get("SANDBOX_URL") or URL
    selected = given.get("sandbox") or os.environ.get("SANDBOX_NAME") or DEFAULT
    try:
        with Sandbox(selected, url=url) as server:
            return [name for name in names(server) if name.startswith(incomplete)]
    except (httpx2.TransportError, httpx2.InvalidURL, Problem, UnexpectedAnswer):
        return []  # a shell has no place for what went wrong; the command itself says it
