"""Routers of the control plane."""

from fastapi import APIRouter

from sandbox.http.route import FileRoute, NotesRoute, ProbeRoute, SharedRoute, UnitRoute, UploadRoute
from sandbox.surfaces import CONTROL


def control_router(area: str) -> APIRouter:
    """A router below /_sandbox, for the selected sandbox."""
    return APIRouter(prefix=CONTROL, tags=[f"Control: {area}"], route_class=UnitRoute)


def notes_router(area: str) -> APIRouter:
    """The same for routes that are about requests, recordings and decisions."""
    return APIRouter(prefix=CONTROL, tags=[f"Control: {area}"], route_class=NotesRoute)


def shared_router(area: str) -> APIRouter:
    """The same for routes whose GETs every process answers: apps and loads under test call them all the time."""
    return APIRouter(prefix=CONTROL, tags=[f"Control: {area}"], route_class=SharedRoute)


def file_router(area: str) -> APIRouter:
    """A router below /_sandbox whose routes work on sandboxes as files, also where one cannot be opened."""
    return APIRouter(prefix=CONTROL, tags=[f"Control: {area}"], route_class=FileRoute)


def upload_router(area: str) -> APIRouter:
    """A router below /_sandbox whose routes read their bodies themselves, as they arrive."""
    return APIRouter(prefix=CONTROL, tags=[f"Control: {area}"], route_class=UploadRoute)


def probe_router(area: str, prefix: str = CONTROL) -> APIRouter:
    """A router whose routes take any query, because monitors call them."""
    return APIRouter(prefix=prefix, tags=[f"Control: {area}"], route_class=ProbeRoute)
