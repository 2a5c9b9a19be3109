"""The companies whose bills can be paid, by category."""

import re
from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from sandbox.bank.information.service import seeded
from sandbox.bank.seeds import Seed, Seeded, require_distinct
from sandbox.domain.institution import Institution
from sandbox.domain.rules.documents import Keyed, Message, Part


class Category(Keyed):
    """A group of billers."""

    es: str
    en: str


class Biller(Keyed):
    """A company: what its references are called and look like, what paying costs, whether it sells top-ups."""

    name: str
    category: str
    reference_label: Message
    reference_pattern: str
    reference_example: str
    fee: str = Field(pattern=r"^[0-9]{1,9}\.[0-9]{2}$")
    top_up: bool

    @model_validator(mode="after")
    def _example_fits(self) -> Self:
        try:
            fits = re.fullmatch(self.reference_pattern, self.reference_example, re.ASCII)
        except re.error as error:
            raise ValueError(f"reference_pattern is no regular expression: {error}") from None
        if fits is None:
            raise ValueError("reference_example does not fit reference_pattern")
        return self


class Services(Part):
    """The file."""

    category: list[Category]
    biller: list[Biller]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        require_distinct("category", (each.key for each in self.category))
        require_distinct("biller", (each.key for each in self.biller))
        known = {each.key for each in self.category}
        for each in self.biller:
            if each.category not in known:
                raise ValueError(f"biller {each.key} has the category {each.category}, which there is not")
        return self


def _rows(told: Services, _: Institution) -> Iterator[Seeded]:
    yield from (seeded("category", each) for each in told.category)
    yield from (seeded("biller", each) for each in told.biller)


SEED = Seed("services", Services, _rows)
