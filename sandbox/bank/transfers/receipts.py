"""A receipt on paper: one small page, written by fpdf2; its date is the transfer's, so the same receipt is the same
file."""

from datetime import datetime

from sandbox.bank.transfers.schemas import Receipt

_KINDS = {"own": "Entre mis cuentas", "interbank": "Interbancaria"}


def as_pdf(receipt: Receipt, institution: str) -> bytes:
    """The receipt as a PDF of one page under the name of the institution, numbers masked."""
    from fpdf import FPDF  # noqa: PLC0415  # it takes a tenth of the whole start to import, and few receipts are printed

    page = FPDF(unit="mm", format=(90, 130))
    page.set_creation_date(datetime.fromisoformat(receipt.date))
    page.set_title(f"Comprobante {receipt.receipt_number}")
    page.add_page()
    page.set_font("Helvetica", "B", 13)
    page.cell(0, 9, _latin(institution.upper()), align="C", new_x="LMARGIN", new_y="NEXT")
    page.set_font("Helvetica", size=9)
    page.cell(0, 6, "Comprobante de transferencia", align="C", new_x="LMARGIN", new_y="NEXT")
    page.ln(3)
    for name, value in _lines(receipt, institution):
        page.set_font("Helvetica", "B", 8)
        page.cell(24, 6, _latin(name))
        page.set_font("Helvetica", size=8)
        page.multi_cell(0, 6, _latin(value), new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())


def _lines(receipt: Receipt, institution: str) -> list[tuple[str, str]]:
    moment = datetime.fromisoformat(receipt.date)
    return [
        ("Número", receipt.receipt_number),
        ("Fecha", f"{moment:%d/%m/%Y %H:%M:%S}"),
        ("Tipo", _KINDS.get(receipt.kind, institution)),
        ("Origen", f"{receipt.origin.name}, {receipt.origin.number}"),
        ("Destino", f"{receipt.destination.name}, {receipt.destination.number}, {receipt.destination.institution}"),
        ("Monto", f"{receipt.currency} {receipt.amount}"),
        ("Comisión", f"{receipt.currency} {receipt.fee}"),
        ("IVA", f"{receipt.currency} {receipt.tax}"),
        ("Total", f"{receipt.currency} {receipt.total}"),
        ("Referencia", receipt.reference or "-"),
    ]


def _latin(text: str) -> str:
    """Text the built-in fonts can show; what they cannot becomes a question mark."""
    return text.encode("latin-1", "replace").decode("latin-1")
