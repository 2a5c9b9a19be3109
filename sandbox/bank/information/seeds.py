"""What the app tells everybody: its menu and frequent questions; and how to reach the institution."""

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from sandbox.bank.information.service import seeded
from sandbox.bank.seeds import Seed, Seeded, require_distinct
from sandbox.domain.institution import Institution
from sandbox.domain.rules.documents import Keyed, Message, Part


class Option(Keyed):
    """An option of the menu."""

    es: str
    en: str


class Question(Keyed):
    """A frequent question and its answer."""

    category: str
    question: Message
    answer: Message


class Information(Part):
    """The file."""

    menu: list[Option] = Field(min_length=1)
    faq: list[Question]

    @model_validator(mode="after")
    def _keys_are_distinct(self) -> Self:
        require_distinct("menu", (each.key for each in self.menu))
        require_distinct("faq", (each.key for each in self.faq))
        return self


def _rows(told: Information, institution: Institution) -> Iterator[Seeded]:
    yield from (seeded("menu", each) for each in told.menu)
    yield from (seeded("contact", each) for each in institution.contact)
    yield from (seeded("faq", each) for each in told.faq)


SEED = Seed("information", Information, _rows)
