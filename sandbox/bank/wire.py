"""What crosses the wire in every chapter: strict requests, exact amounts, clean text."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from sandbox.domain.vocabulary import PartyAccount
from sandbox.kernel import money
from sandbox.kernel.forms import form
from sandbox.problem import Problem, Text, type_of


class Body(BaseModel):
    """A request body. Unknown fields are refused, numbers never pass for text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class View(BaseModel):
    """A response body. Every field is always sent, so the document calls those with defaults required, too."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)


def refuse(code: str, es: str, en: str) -> PydanticCustomError:
    """The error of a field check of ours: a stable code and its words."""
    # The type wants a literal message; ours is chosen by language when the problem is told, from `words`.
    return PydanticCustomError(code, en, {"words": Text(es, en)})


def _amount(value: Any) -> int:
    if not isinstance(value, str):
        raise refuse("not_text", "Escribe el monto como texto: «10.00».", "Write the amount as text: “10.00”.")
    try:
        cents = money.parse(value)
    except ValueError:
        raise refuse(
            "bad_amount", "Escribe el monto con dos decimales, como «10.00».", "Write two decimals, as in “10.00”."
        ) from None
    if cents < 1:
        raise refuse("too_small", "El monto mínimo es 0.01.", "The minimum amount is 0.01.")
    return cents


def _clean(value: Any) -> Any:
    if isinstance(value, str) and not value.isprintable():
        raise refuse("bad_character", "Hay caracteres no permitidos.", "There are characters that are not allowed.")
    return value


POSITIVE_AMOUNT = r"^(?!0+\.00$)[0-9]{1,9}\.[0-9]{2}$"
_AMOUNT_SCHEMA = {"type": "string", "pattern": POSITIVE_AMOUNT, "examples": ["10.00"]}

Amount = Annotated[int, BeforeValidator(_amount), WithJsonSchema(_AMOUNT_SCHEMA)]
"""A positive amount: text on the wire, cents inside."""

CLEAN = BeforeValidator(_clean)
"""Refuses characters that cannot be seen. It stands behind a pattern, which pydantic would leave out of the JSON Schema
where a function comes first."""

CleanText = Annotated[str, CLEAN]
Reference = Annotated[CleanText, Field(max_length=100)]
PublicId = Annotated[CleanText, Field(min_length=1, max_length=64, examples=["acc_3b608cc6f15c7c222e24ae9258ac41d7"])]

PHONE = form(
    r"^09[0-9]{8}$", es="Escribe diez dígitos que empiecen por 09", en="Write ten digits that begin with 09",
    example="0991234567",
)  # fmt: skip
Phone = Annotated[str, Field(pattern=PHONE.pattern, examples=[PHONE.example]), CLEAN]
EMAIL = form(
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$", es="Escribe una dirección de correo", en="Write an e-mail address",
    example="rosa@example.com",
)  # fmt: skip
Email = Annotated[str, Field(max_length=254, pattern=EMAIL.pattern, examples=[EMAIL.example]), CLEAN]
Money = Annotated[str, Field(pattern=r"^-?[0-9]+\.[0-9]{2}$", examples=["10.00"])]
Moment = Annotated[str, Field(examples=["2026-11-23T09:15:00-05:00"], json_schema_extra={"format": "date-time"})]
Day = date


class Party(View):
    """One end of a payment: whose account it is, its number (masked), where it is kept, and of what type."""

    name: str
    number: Annotated[str, Field(examples=["410XXXXXX098"])]
    institution: str
    account_type: PartyAccount


Item = TypeVar("Item")


class Page(View, Generic[Item]):
    """A keyset page: `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None = None


class Listing(View, Generic[Item]):
    """A whole short list, in the shape of a page."""

    items: list[Item]
    next_cursor: None = None


class ProblemKind(View):
    """One problem that a surface can answer with."""

    code: Annotated[str, Field(examples=["insufficient_funds"])]
    status: int
    title: str
    detail: str
    type: Annotated[str, Field(examples=["/v1/errors#insufficient_funds"])]


def catalogue(kinds: Sequence[type[Problem]], surface: str, language: str) -> Listing[ProblemKind]:
    """The problems of a surface, as its list of errors shows them."""
    return Listing[ProblemKind](
        items=[
            ProblemKind(
                code=kind.code,
                status=kind.status,
                title=kind.title.in_(language),
                detail=kind.says.in_(language),
                type=type_of(kind.code, surface),
            )
            for kind in kinds
        ]
    )
