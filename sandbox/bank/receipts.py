"""Receipts: what proves a payment that was made, as JSON or as one small page of PDF, written by fpdf2.

The date of the page is the payment's, so the same receipt is the same file.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar

from pydantic import Field

from sandbox.bank.wire import Moment, Money, Party, View
from sandbox.domain.vocabulary import Language
from sandbox.http.answers import JSON, Answer, document
from sandbox.http.call import Call
from sandbox.problem import Text

PDF = "application/pdf"
AS_PDF: dict[int | str, dict[str, Any]] = {200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}}
"""What a route that answers a receipt declares beside its model."""


class Line(NamedTuple):
    """A line of the page: what it is, and its value."""

    label: Text
    value: str


class ReceiptView(View):
    """What all receipts have. Numbers are masked."""

    heading: ClassVar[Text]

    receipt_number: Annotated[str, Field(examples=["0000000042"])]
    date: Moment
    origin: Party
    amount: Money
    fee: Money
    tax: Money
    total: Money
    currency: Literal["USD"] = "USD"
    reference: str

    def paid_to(self, language: Language) -> Sequence[Line]:
        """The lines that say what was paid; `language` is that of values that are words."""
        raise NotImplementedError


Shown = TypeVar("Shown", bound=ReceiptView)


def number(entry: int) -> str:
    """The number of a receipt: that of its entry in the ledger, in ten digits."""
    return f"{entry:010d}"


def answer(call: Call, receipt: Shown) -> Shown | Answer:
    """The receipt as the client prefers it: JSON, or PDF under the name of the institution."""
    if call.preferred(JSON, PDF) == JSON:
        return receipt
    page = as_pdf(receipt, call.unit.sandbox.institution.name, call.language)
    name = f"{_TITLE.in_(call.language).lower()}-{receipt.receipt_number}.pdf"
    return document(page, PDF, f'inline; filename="{name}"')


def as_pdf(receipt: ReceiptView, institution: str, language: Language) -> bytes:
    """The receipt as a PDF of one page under the name of the institution."""
    from fpdf import FPDF  # noqa: PLC0415  # it takes a tenth of the whole start to import, and few receipts are printed

    page = FPDF(unit="mm", format=(90, 130))
    page.set_creation_date(datetime.fromisoformat(receipt.date))
    page.set_title(f"{_TITLE.in_(language)} {receipt.receipt_number}")
    page.add_page()
    page.set_font("Helvetica", "B", 13)
    page.cell(0, 9, _latin(institution.upper()), align="C", new_x="LMARGIN", new_y="NEXT")
    page.set_font("Helvetica", size=9)
    page.cell(0, 6, _latin(receipt.heading.in_(language)), align="C", new_x="LMARGIN", new_y="NEXT")
    page.ln(3)
    for line in lines(receipt, language):
        page.set_font("Helvetica", "B", 8)
        page.cell(24, 6, _latin(line.label.in_(language)))
        page.set_font("Helvetica", size=8)
        page.multi_cell(0, 6, _latin(line.value), new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())


def lines(receipt: ReceiptView, language: Language) -> list[Line]:
    """What stands on the page, from top to bottom."""
    moment = datetime.fromisoformat(receipt.date)
    amounts = zip(_AMOUNT_TITLES, (receipt.amount, receipt.fee, receipt.tax, receipt.total), strict=True)
    return [
        Line(_TITLE_NUMBER, receipt.receipt_number),
        Line(_TITLE_DATE, f"{moment:%d/%m/%Y %H:%M:%S}"),
        Line(_TITLE_ORIGIN, f"{receipt.origin.name}, {receipt.origin.number}"),
        *receipt.paid_to(language),
        *(Line(label, f"{receipt.currency} {value}") for label, value in amounts),
        Line(_TITLE_REFERENCE, receipt.reference or "-"),
    ]


_TITLE = Text("Comprobante", "Receipt")
_TITLE_NUMBER, _TITLE_DATE = Text("Número", "Number"), Text("Fecha", "Date")
_TITLE_ORIGIN, _TITLE_REFERENCE = Text("Origen", "Origin"), Text("Referencia", "Reference")
_AMOUNT_TITLES = (Text("Monto", "Amount"), Text("Comisión", "Fee"), Text("IVA", "VAT"), Text("Total", "Total"))


def _latin(text: str) -> str:
    """Text the built-in fonts can show; what they cannot becomes a question mark."""
    return text.encode("latin-1", "replace").decode("latin-1")
