"""Personas: the first members of every bank, each showing a state worth testing against. Written in
`seed/personas/`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pydantic import Field

from sandbox.domain.rules import RuleError
from sandbox.seeding.documents import SeedInvalid, read
from sandbox.seeding.sense import Known, mistakes
from sandbox.seeding.traits import AccountTrait, Traits, Words


class Persona(Traits):
    """One of the first members of every bank, by name."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    description: Words
    first_names: str
    last_names: str
    accounts: list[AccountTrait]

    @property
    def persona(self) -> str | None:
        return self.id


def load(directory: Path, known: Known) -> list[Persona]:
    """Every persona, in the order of the files' names. Raises SeedInvalid."""
    found = [read(path, Persona) for path in sorted(directory.glob("*.yaml"))]
    times = Counter(persona.id for persona, _ in found)
    errors: list[RuleError] = []
    for persona, source in found:
        if times[persona.id] > 1:
            errors.append(source.error(("id",), f"two personas are called {persona.id}"))
        meant = ((place, name) for place, name in _meant(persona) if name not in times)
        errors += [source.error(place, f"there is no persona {name}") for place, name in meant]
        errors += [source.error(mistake.place, mistake.words.en) for mistake in mistakes(persona, known)]
    if errors:
        raise SeedInvalid(*errors)
    return [persona for persona, _ in found]


def _meant(persona: Persona) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The other personas that it names, each with its place."""
    for number, beneficiary in enumerate(persona.beneficiaries):
        yield ("beneficiaries", number, "of"), beneficiary.of
    if persona.used_today is not None:
        yield ("used_today", "to"), persona.used_today.to
