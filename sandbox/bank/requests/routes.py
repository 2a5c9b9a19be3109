"""Product requests over HTTP."""

from sandbox.bank.members.route import MemberCall, member_router
from sandbox.bank.requests import service
from sandbox.bank.requests.schemas import NewProductRequest, ProductRequestView, RequestableProduct
from sandbox.bank.wire import Listing, Page
from sandbox.http.describe import BODY_PROBLEMS, KEY_PROBLEMS, MEMBER_PROBLEMS, problems
from sandbox.http.paging import Cursor, Limit
from sandbox.problems import InvalidCursor, NotFound

router = member_router("10 Requests")


@router.get(
    "/requestable-products",
    operation_id="listRequestableProducts",
    summary="Products that can be requested",
    responses=problems(*MEMBER_PROBLEMS),
)
async def list_requestable_products(call: MemberCall) -> Listing[RequestableProduct]:
    """Savings, deposits, credits and cards a member may ask for."""
    return await service.products(call.unit, call.language)


@router.post(
    "/product-requests",
    operation_id="createProductRequest",
    summary="Request a product",
    status_code=201,
    responses=problems(NotFound, *MEMBER_PROBLEMS, *BODY_PROBLEMS, *KEY_PROBLEMS),
)
async def create_product_request(request: NewProductRequest, call: MemberCall) -> ProductRequestView:
    """The request is received; its status advances with the clock."""
    return await service.create(call.unit, call.member, request, call.language)


@router.get(
    "/product-requests",
    operation_id="listProductRequests",
    summary="My requests",
    responses=problems(InvalidCursor, *MEMBER_PROBLEMS),
)
async def list_product_requests(call: MemberCall, limit: Limit = 50, cursor: Cursor = None) -> Page[ProductRequestView]:
    """Requests made, newest first."""
    return await service.page(call.unit, call.member, call.language, limit, cursor)


@router.get(
    "/product-requests/{request_id}",
    operation_id="getProductRequest",
    summary="One request",
    responses=problems(NotFound, *MEMBER_PROBLEMS),
)
async def get_product_request(request_id: str, call: MemberCall) -> ProductRequestView:
    """Where it stands."""
    return await service.find(call.unit, call.member, call.key(service.PREFIX, request_id), call.language)
