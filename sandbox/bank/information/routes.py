"""Public information over HTTP."""

from typing import Annotated

from fastapi import Header, Query

from sandbox.bank.information import service
from sandbox.bank.information.schemas import AppInfo, ContactChannel, Faq
from sandbox.bank.members.route import MemberCall, member_router, open_router
from sandbox.bank.wire import Listing, ProblemKind, catalogue
from sandbox.http.call import Call
from sandbox.http.describe import MEMBER_PROBLEMS, problems
from sandbox.problems import AppUpdateRequired
from sandbox.surfaces import BANK

router = open_router("App")
questions = member_router("7 Frequent questions")
contact = open_router("9 Contact")


@router.get("/app", operation_id="getAppInfo", summary="About the app", responses=problems(AppUpdateRequired))
async def get_app_info(
    call: Call, x_app_version: Annotated[str | None, Header(max_length=30, examples=["3.2.1"])] = None
) -> AppInfo:
    """The oldest version that may be used, whether there is maintenance, and the menu's options. A version that is too
    old by rule gets 426."""
    return await service.app_info(call.unit, x_app_version, call.language)


@questions.get("/faqs", operation_id="listFaqs", summary="Frequent questions", responses=problems(*MEMBER_PROBLEMS))
async def list_faqs(
    call: MemberCall,
    q: Annotated[
        str | None, Query(max_length=100, description="Part of question or answer; case and accents do not matter.")
    ] = None,
    category: Annotated[str | None, Query(max_length=50)] = None,
) -> Listing[Faq]:
    """Questions by category, or those with a word in them."""
    return await service.faqs(call.unit, q, category, call.language)


@contact.get("/contact-channels", operation_id="listContactChannels", summary="Contact", responses=problems())
async def list_contact_channels(call: Call) -> Listing[ContactChannel]:
    """Call centre, WhatsApp, e-mail, branches."""
    return await service.contact_channels(call.unit, call.language)


@router.get("/errors", operation_id="listErrors", summary="The bank's errors", responses=problems())
async def list_errors(call: Call) -> Listing[ProblemKind]:
    """Every code that a problem of `/v1` can carry, with its HTTP status and words, in the caller's language."""
    return catalogue(call.server.index.problems_of(BANK), BANK, call.language)
