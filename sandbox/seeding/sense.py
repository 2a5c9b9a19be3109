"""What traits may say of a bank: documents, institutions, billers and references that a member could enter, too."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from sandbox.bank.information.service import Entry
from sandbox.bank.services import bills
from sandbox.bank.services.problems import ReferenceMalformed
from sandbox.domain import owed
from sandbox.domain.identity import Documents
from sandbox.problem import Text
from sandbox.seeding.traits import CardTrait, Traits

_DOCUMENT = Text("La identificación no es válida.", "The document is not valid.")
_INSTITUTION = Text("No hay una institución así.", "There is no such institution.")
_BILLER = Text("No hay una empresa así.", "There is no such biller.")
_OWES_NOTHING = Text("Una tarjeta vencida debe algo.", "An overdue card owes something.")


class Known(NamedTuple):
    """What a bank knows: which documents are well formed, the part of a card's statement to be paid in basis points,
    the other institutions by name, and by key the billers that send bills."""

    documents: Documents
    minimum: int
    institutions: Collection[str]
    billers: Mapping[str, Entry]


class Mistake(NamedTuple):
    """What is wrong with a trait, and where: a place in the traits, a code and the words."""

    place: tuple[str | int, ...]
    code: str
    words: Text


def mistakes(traits: Traits, known: Known) -> Iterator[Mistake]:
    """Everything in the traits that the bank does not know."""
    if traits.passport is not None and not known.documents.are_of("passport", traits.passport):
        yield Mistake(("passport",), "invalid_document", _DOCUMENT)
    for number, abroad in enumerate(traits.interbank_beneficiaries):
        if not known.documents.are_of(abroad.document_type, abroad.document_number):
            yield Mistake(("interbank_beneficiaries", number, "document_number"), "invalid_document", _DOCUMENT)
        if abroad.institution not in known.institutions:
            yield Mistake(("interbank_beneficiaries", number, "institution"), "not_an_option", _INSTITUTION)
    for number, card in enumerate(traits.cards):
        if card.overdue and not _minimum_of(card, known):
            yield Mistake(("cards", number), "nothing_owed", _OWES_NOTHING)
    yield from _schedules(traits, known)


def _minimum_of(card: CardTrait, known: Known) -> int:
    return owed.minimum_of(sum(purchase.amount for purchase in card.purchases), known.minimum)


def _schedules(traits: Traits, known: Known) -> Iterator[Mistake]:
    for number, schedule in enumerate(traits.schedules):
        biller = known.billers.get(schedule.biller)
        if biller is None:
            yield Mistake(("schedules", number, "biller"), "not_an_option", _BILLER)
            continue
        try:
            bills.require_form(biller, schedule.reference)
        except ReferenceMalformed as malformed:
            yield Mistake(("schedules", number, "reference"), malformed.code, malformed.detail)
