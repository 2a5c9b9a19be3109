"""The interbank network: other institutions, and this one among them."""

from collections.abc import Iterator
from typing import Self

from pydantic import model_validator

from sandbox.bank.beneficiaries.tables import Institution as InstitutionRow
from sandbox.bank.seeds import Seed, Seeded, require_distinct
from sandbox.domain.institution import Institution, NetworkEntry
from sandbox.domain.rules.documents import Part


class Network(Part):
    """The file: every institution but this one."""

    institutions: list[NetworkEntry]

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        require_distinct("institutions", (each.name for each in self.institutions))
        return self


def _rows(told: Network, institution: Institution) -> Iterator[Seeded]:
    ours = institution.network
    for each in told.institutions:
        if each.name == ours.name or each.code == ours.code:
            raise ValueError(f"{each.code} {each.name} is the institution itself, as seed/institution.yaml has it")
        yield _row(each, ours=0)
    yield _row(ours, ours=1)


def _row(entry: NetworkEntry, *, ours: int) -> Seeded:
    return Seeded(InstitutionRow, {**entry.model_dump(), "ours": ours})


SEED = Seed("institutions", Network, _rows)
