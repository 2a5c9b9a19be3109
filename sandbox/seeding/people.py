"""Invented people: names, documents, phones, numbers. Everything is a function of the sandbox's entropy."""

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from random import Random
from typing import NamedTuple

from sandbox.domain.identity import cedula_check_digit
from sandbox.kernel.entropy import Entropy

_LOCAL_SURNAMES = (
    "Quishpe", "Guamán", "Chicaiza", "Cedeño", "Quinatoa", "Toapanta", "Caiza", "Morocho", "Pilataxi", "Tipán",
    "Zambrano", "Intriago", "Macías", "Bravo", "Yánez", "Suquillo", "Anrango", "Llumiquinga", "Sangucho", "Vélez",
)  # fmt: skip
_POOL = 240
# Coprime to the size of what they walk through, so that every index gets a number of its own.
_STEP = 736_878_779
_ACCOUNTS = 10**9
_PHONES = 10**8
_DEVICES = ("Galaxy A54", "Galaxy S23", "Redmi Note 12", "Moto G84", "iPhone 13", "iPhone SE")


class Person(NamedTuple):
    """An invented person."""

    first_names: str
    last_names: str
    document_number: str
    phone: str
    email: str
    username: str
    device_key: str
    device_name: str
    platform: str


class People:
    """Makes the person of each index; the same one whatever their number."""

    def __init__(self, entropy: Entropy, is_taken: Callable[[str], bool] = lambda _: False) -> None:
        """`is_taken` tells whether a document is in use already."""
        self._entropy = entropy
        self._women, self._men, self._surnames = _names(entropy.draw("names", 0).hex())
        self._offset = int.from_bytes(entropy.draw("numbers", 0)[:4], "big")
        self._is_taken = is_taken
        self._taken: set[str] = set()

    def person(self, index: int, first_names: str | None = None, last_names: str | None = None) -> Person:
        """The `index`th person (from 1), with the names given or names drawn."""
        draws = self.draws(index)
        pool = self._women if draws.random() < 0.5 else self._men
        first = first_names or " ".join(draws.sample(pool, 2))
        last = last_names or " ".join(draws.sample(self._surnames, 2))
        handle = f"{plain(first)[:1]}{plain(last.split()[0])[:9]}".ljust(4, "x")
        username = f"{handle}{1000 + index}"
        model = draws.choice(_DEVICES)
        return Person(
            first_names=first,
            last_names=last,
            document_number=self._cedula(draws),
            phone=f"09{(index * _STEP + self._offset) % _PHONES:08d}",
            email=f"{username}@example.com",
            username=username,
            device_key=f"dev-{draws.getrandbits(64):016x}",
            device_name=f"{model} de {first.split()[0]}",
            platform="ios" if model.startswith("iPhone") else "android",
        )

    def draws(self, index: int) -> Random:
        """The `index`th person's own stream of chance."""
        return Random(self._entropy.draw("people", index))

    def account_number(self, index: int, prefix: str) -> str:
        """The `index`th account's number: 9 digits behind the prefix, each given once."""
        return f"{prefix}{(index * _STEP + self._offset) % _ACCOUNTS:09d}"

    def _cedula(self, draws: Random) -> str:
        while True:
            nine = f"{draws.randint(1, 24):02d}{draws.randint(0, 5)}{draws.randrange(10**6):06d}"
            number = nine + cedula_check_digit(nine)
            if number not in self._taken and not self._is_taken(number):
                self._taken.add(number)
                return number


@lru_cache(maxsize=8)
def _names(seed: str) -> tuple[list[str], list[str], list[str]]:
    """First names of women and of men, and surnames."""
    from faker import Faker  # noqa: PLC0415  # a server that finds its golden database never needs it

    fake = Faker("es_CO", use_weighting=False)
    fake.seed_instance(seed)
    women = sorted({fake.first_name_female() for _ in range(_POOL)})
    men = sorted({fake.first_name_male() for _ in range(_POOL)})
    return women, men, sorted({fake.last_name() for _ in range(_POOL)} | set(_LOCAL_SURNAMES))


def plain(text: str) -> str:
    """Lower-case ASCII letters alone."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed.lower() if letter.isascii() and letter.isalpha())
