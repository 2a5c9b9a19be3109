"""Routers of the control plane."""

from fastapi import APIRouter

from sandbox.http.call import FileRoute, UnitRoute


def control_router(area: str) -> APIRouter:
    """A router below /_sandbox, for the selected sandbox."""
    return APIRouter(prefix="/_sandbox", tags=[f"Control: {area}"], route_class=UnitRoute)


def file_router(area: str) -> APIRouter:
    """A router below /_sandbox whose routes work on sandboxes as files, also where one cannot be opened."""
    return APIRouter(prefix="/_sandbox", tags=[f"Control: {area}"], route_class=FileRoute)


def plain_router(area: str) -> APIRouter:
    """A router below /_sandbox whose routes read their bodies themselves and have no unit of work."""
    return APIRouter(prefix="/_sandbox", tags=[f"Control: {area}"])
