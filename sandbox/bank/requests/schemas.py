"""What crosses the wire of product requests."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from sandbox.bank.wire import Amount, Body, CleanText, Moment, Money, PublicId, View

RequestStatus = Literal["received", "in_review", "answered"]


class RequestableProduct(View):
    """A product that can be asked for; `minimum_amount` where one must be named."""

    id: str
    name: str
    description: str
    minimum_amount: Money | None


class NewProductRequest(Body):
    """Which product, for how much where it takes an amount, and a word besides."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"product_id": "prd_3b608cc6f15c7c222e24ae9258ac41d7", "amount": "500.00"}]}
    )

    product_id: PublicId
    amount: Amount | None = None
    note: Annotated[CleanText, Field(max_length=200)] = ""


class ProductRequestView(View):
    """A request and where it stands; its status advances with the clock."""

    id: Annotated[str, Field(examples=["prq_3b608cc6f15c7c222e24ae9258ac41d7"])]
    product: str
    amount: Money | None
    note: str
    status: RequestStatus
    created_at: Moment
    changed_at: Moment
