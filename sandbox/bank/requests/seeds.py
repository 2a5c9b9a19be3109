"""The products that members may ask for."""

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from sandbox.bank.information.service import seeded
from sandbox.bank.seeds import Seed, Seeded, require_distinct
from sandbox.domain.institution import Institution
from sandbox.domain.rules.documents import Keyed, Message, Part


class Requestable(Keyed):
    """A product; with a minimum where an amount must be named."""

    name: Message
    description: Message
    minimum_amount: str | None = Field(None, pattern=r"^[0-9]{1,9}\.[0-9]{2}$")


class Requestables(Part):
    """The file."""

    requestable: list[Requestable]

    @model_validator(mode="after")
    def _keys_are_distinct(self) -> Self:
        require_distinct("requestable", (each.key for each in self.requestable))
        return self


def _rows(told: Requestables, _: Institution) -> Iterator[Seeded]:
    yield from (seeded("requestable", each) for each in told.requestable)


SEED = Seed("requests", Requestables, _rows)
