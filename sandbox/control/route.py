"""Routers of the control plane."""

from fastapi import APIRouter

from sandbox.http.call import UnitRoute


def control_router(area: str) -> APIRouter:
    """A router below /_sandbox, for the selected sandbox."""
    return APIRouter(prefix="/_sandbox", tags=[f"Control: {area}"], route_class=UnitRoute)


def plain_router(area: str) -> APIRouter:
    """A router below /_sandbox whose routes read their bodies themselves and have no unit of work."""
    return APIRouter(prefix="/_sandbox", tags=[f"Control: {area}"])
