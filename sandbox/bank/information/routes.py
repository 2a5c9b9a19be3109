"""Public information over HTTP."""

from typing import Annotated

from pydantic import Field

from sandbox.bank.access.route import open_router
from sandbox.bank.wire import Listing, View
from sandbox.http.call import Call
from sandbox.http.describe import problems
from sandbox.problems import CATALOGUE

router = open_router("App")


class CatalogueEntry(View):
    """One problem the bank can answer with."""

    code: Annotated[str, Field(examples=["insufficient_funds"])]
    status: int
    title: str
    detail: str
    type: str


@router.get("/errors", operation_id="listErrors", summary="The error catalogue", responses=problems())
async def list_errors(call: Call) -> Listing[CatalogueEntry]:
    """Every code a problem can carry, with its HTTP status and words, in the caller's language."""
    return Listing[CatalogueEntry](
        items=[
            CatalogueEntry(
                code=code,
                status=kind.status,
                title=kind.title.in_(call.language),
                detail=kind.says.in_(call.language),
                type=f"/v1/errors#{code}",
            )
            for code, kind in sorted(CATALOGUE.items())
        ]
    )
