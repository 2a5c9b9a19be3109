"""A receipt on paper: one small page, written by fpdf2; its date is the transfer's, so the same receipt is the same
file."""

from datetime import datetime

from sandbox.bank.transfers.schemas import Receipt
from sandbox.domain.vocabulary import Language
from sandbox.problem import Text

_KINDS = {
    "own": Text("Entre mis cuentas", "Between own accounts"),
    "interbank": Text("Interbancaria", "Interbank"),
}
_TITLE = Text("Comprobante de transferencia", "Transfer receipt")


def file_name(receipt: Receipt, language: Language) -> str:
    """What the PDF is called."""
    return f"{Text('comprobante', 'receipt').in_(language)}-{receipt.receipt_number}.pdf"


def as_pdf(receipt: Receipt, institution: str, language: Language) -> bytes:
    """The receipt as a PDF of one page in `language` under the name of the institution, numbers masked."""
    from fpdf import FPDF  # noqa: PLC0415  # it takes a tenth of the whole start to import, and few receipts are printed

    page = FPDF(unit="mm", format=(90, 130))
    page.set_creation_date(datetime.fromisoformat(receipt.date))
    page.set_title(f"{_TITLE.in_(language)} {receipt.receipt_number}")
    page.add_page()
    page.set_font("Helvetica", "B", 13)
    page.cell(0, 9, _latin(institution.upper()), align="C", new_x="LMARGIN", new_y="NEXT")
    page.set_font("Helvetica", size=9)
    page.cell(0, 6, _latin(_TITLE.in_(language)), align="C", new_x="LMARGIN", new_y="NEXT")
    page.ln(3)
    for name, value in _lines(receipt, institution, language):
        page.set_font("Helvetica", "B", 8)
        page.cell(24, 6, _latin(name.in_(language)))
        page.set_font("Helvetica", size=8)
        page.multi_cell(0, 6, _latin(value), new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())


def _lines(receipt: Receipt, institution: str, language: Language) -> list[tuple[Text, str]]:
    moment = datetime.fromisoformat(receipt.date)
    kind = _KINDS.get(receipt.kind)
    return [
        (Text("Número", "Number"), receipt.receipt_number),
        (Text("Fecha", "Date"), f"{moment:%d/%m/%Y %H:%M:%S}"),
        (Text("Tipo", "Type"), institution if kind is None else kind.in_(language)),
        (Text("Origen", "From"), f"{receipt.origin.name}, {receipt.origin.number}"),
        (
            Text("Destino", "To"),
            f"{receipt.destination.name}, {receipt.destination.number}, {receipt.destination.institution}",
        ),
        (Text("Monto", "Amount"), f"{receipt.currency} {receipt.amount}"),
        (Text("Comisión", "Fee"), f"{receipt.currency} {receipt.fee}"),
        (Text("IVA", "VAT"), f"{receipt.currency} {receipt.tax}"),
        (Text("Total", "Total"), f"{receipt.currency} {receipt.total}"),
        (Text("Referencia", "Reference"), receipt.reference or "-"),
    ]


def _latin(text: str) -> str:
    """Text the built-in fonts can show; what they cannot becomes a question mark."""
    return text.encode("latin-1", "replace").decode("latin-1")
