"""Invented people: names, documents, phones, numbers. Everything is a function of the sandbox's entropy."""

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from sandbox.domain.identity import cedula_check_digit
from sandbox.kernel.entropy import Entropy
from sandbox.seeding import local_names

_POOL = 120
_LOCAL_SURNAMES = 230  # of 256
_LOCAL_NAMES = 200
# Coprime to the size of what they walk through, so that every index gets a number of its own.
_STEP = 736_878_779
_ACCOUNTS = 10**9
# The first digits of mobile numbers, behind 09, of the ranges that the national plan has given to operators.
_RANGES = (39, 58, 59, 60, 62, 63, 67, 68, 69, *range(78, 100))
_PHONES = 10**6
_PROVINCES = 24
_NUMBERS = Struct(">6H5I")  # a person's draw, as names, a device, and chance for the cédula and the device's key
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
        """The `index`th person (from 1), with the names given or names drawn, and the next free document."""
        return self.with_document(index, self.document(index), first_names, last_names)

    def document(self, index: int) -> str:
        """The document of the `index`th person, which depends on those before."""
        return self._cedula(_NUMBERS.unpack(self._entropy.draw("people", index))[6])

    def with_document(
        self, index: int, document: str, first_names: str | None = None, last_names: str | None = None
    ) -> Person:
        """The `index`th person, who has that document."""
        first, second, surname, other, model, _, _, high, low, *_ = _NUMBERS.unpack(self._entropy.draw("people", index))
        if first_names is None:
            pool = self._women if first & 1 else self._men
            first_names = " ".join(_two(pool, first >> 1, second, _LOCAL_NAMES))
        if last_names is None:
            last_names = " ".join(_two(self._surnames, surname, other, _LOCAL_SURNAMES))
        initial = plain(first_names.partition(" ")[0])[:1] or plain(first_names)[:1]
        handle = f"{initial}{plain(last_names.partition(' ')[0])[:9]}".ljust(4, "x")
        username = f"{handle}{1000 + index}"
        device = _DEVICES[model % len(_DEVICES)]
        number = (index * _STEP + self._offset) % (len(_RANGES) * _PHONES)
        return Person(
            first_names=first_names,
            last_names=last_names,
            document_number=document,
            phone=f"09{_RANGES[number // _PHONES]}{number % _PHONES:06d}",
            email=f"{username}@example.com",
            username=username,
            device_key=f"dev-{high:08x}{low:08x}",
            device_name=f"{device} de {first_names.partition(' ')[0]}",
            platform="ios" if device.startswith("iPhone") else "android",
        )

    def traits(self, index: int) -> bytes:
        """32 bytes of chance for what the `index`th person is like."""
        return self._entropy.draw("traits", index)

    def account_number(self, index: int, prefix: str) -> str:
        """The `index`th account's number: 9 digits behind the prefix, each given once."""
        return f"{prefix}{(index * _STEP + self._offset) % _ACCOUNTS:09d}"

    def _cedula(self, chance: int) -> str:
        """The first number from a drawn one on that no other person has."""
        while True:
            chance = (chance + 1) % (_PROVINCES * 6 * 10**6)
            person, place = chance % 10**6, chance // 10**6
            nine = f"{place // 6 + 1:02d}{place % 6}{person:06d}"
            number = nine + cedula_check_digit(nine)
            if number not in self._taken and not self._is_taken(number):
                self._taken.add(number)
                return number


class _Names(NamedTuple):
    """Names of one sort: those that are common here, and others."""

    local: Sequence[str]
    others: Sequence[str]

    def of(self, chance: int, local: int) -> str:
        """The name for 15 bits of chance or more: of 256 names, so many are local."""
        pool = self.local if chance % 256 < local else self.others
        return pool[chance // 256 % len(pool)]


def _two(names: _Names, chance: int, other: int, local: int) -> tuple[str, str]:
    """Two different names."""
    first, second = names.of(chance, local), names.of(other, local)
    return first, second if second != first else names.of(other + 256, local)


@lru_cache(maxsize=8)
def _names(seed: str) -> tuple[_Names, _Names, _Names]:
    """First names of women and of men, and surnames."""
    from faker import Faker  # noqa: PLC0415  # a server that finds its golden database never needs it

    fake = Faker("es_CO", use_weighting=False)
    fake.seed_instance(seed)

    def others(name: Callable[[], str], local: Sequence[str]) -> _Names:
        return _Names(local, sorted({name() for _ in range(_POOL)} - set(local)))

    return (
        others(fake.first_name_female, local_names.WOMEN), others(fake.first_name_male, local_names.MEN),
        others(fake.last_name, local_names.SURNAMES),
    )  # fmt: skip


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Lower-case ASCII letters alone."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in decomposed.lower() if letter.isascii() and letter.isalpha())
