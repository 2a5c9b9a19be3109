"""Documents and phones of Ecuador: what is well formed."""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from stdnum.ec import ci, ruc
from stdnum.exceptions import InvalidChecksum, ValidationError

from sandbox.domain.vocabulary import DocumentType

_LETTERS_AND_DIGITS = re.compile(r"[A-Z0-9]*", re.ASCII)
_MOBILE = re.compile(r"09[0-9]{8}", re.ASCII)
_LAST_PROVINCE = 24
_ABROAD = "30"
_RUC_LENGTH = 13
_PUBLIC_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2, 1)
_NO_ESTABLISHMENT = "000"


def is_cedula(text: str) -> bool:
    """Ten digits: province 01 to 24 or 30, third digit 0 to 5, check digit.

    stdnum also takes province 50 and third digit 6, which belong to no person's cédula.
    """
    if not (text.isascii() and text.isdigit() and ci.is_valid(text)):
        return False
    province_is_real = 1 <= int(text[:2]) <= _LAST_PROVINCE or text[:2] == _ABROAD
    return province_is_real and text[2] in "012345"


def is_mobile(text: str) -> bool:
    """09 and eight digits."""
    return _MOBILE.fullmatch(text) is not None


def as_kept(number: str) -> str:
    """The number of a document as it is kept: in capitals.

    Other letters than ASCII's stay, and make the number invalid: some are ASCII letters in capitals (`ß`, `SS`).
    """
    return number.upper() if number.isascii() else number


class Documents(NamedTuple):
    """Tells which documents are well formed, as `rules/identity.yaml` has them."""

    company_check_digits: Literal["required", "optional"] = "required"
    shortest_passport: int = 5
    longest_passport: int = 12

    def are_of(self, kind: DocumentType, text: str) -> bool:
        """Whether `text` is a well-formed document of its kind: cedula, ruc or passport."""
        if kind == "cedula":
            return is_cedula(text)
        return self.is_ruc(text) if kind == "ruc" else self.is_passport(text)

    def is_ruc(self, text: str) -> bool:
        """Thirteen digits. The RUC of a natural person is valid exactly if its cédula is; with third digit 6 the number
        may be a public body's, with third digit 9 a company's."""
        if len(text) != _RUC_LENGTH or not (text.isascii() and text.isdigit()):
            return False
        if is_cedula(text[:10]):
            return text[10:] != _NO_ESTABLISHMENT
        return text[2] in "69" and self._is_body(text)

    def _is_body(self, text: str) -> bool:
        """A public body or a company: province, establishment, check digit modulo 11."""
        try:
            ruc.validate(text)
        except InvalidChecksum:
            return text[2] == "9" and self.company_check_digits == "optional"
        except ValidationError:
            return False
        # stdnum also takes a natural person's with third digit 6, which is no cédula's.
        return text[2] == "9" or _is_public(text)

    def is_passport(self, text: str) -> bool:
        """Letters and digits, upper case."""
        fits = self.shortest_passport <= len(text) <= self.longest_passport
        return fits and _LETTERS_AND_DIGITS.fullmatch(text) is not None

    def patterns(self) -> Mapping[DocumentType, str]:
        """What a number of each kind looks like, as a portable regular expression; check digits are not in it."""
        return {
            "cedula": r"^(0[1-9]|1[0-9]|2[0-4]|30)[0-5][0-9]{7}$",
            "ruc": r"^[0-9]{13}$",
            "passport": f"^[A-Za-z0-9]{{{self.shortest_passport},{self.longest_passport}}}$",
        }


def _is_public(text: str) -> bool:
    """Whether nine digits of a RUC hold as a public body's, whose establishment has four."""
    weighted = sum(weight * int(digit) for weight, digit in zip(_PUBLIC_WEIGHTS, text, strict=False))
    return weighted % 11 == 0 and text[9:] != "0000"


_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""The digits of twice each digit, added up."""


def cedula_check_digit(nine: str) -> str:
    """The tenth digit of a cédula (Luhn over the ten)."""
    total = sum(map(_DOUBLED.__getitem__, map(int, nine[::2]))) + sum(map(int, nine[1::2]))
    return str(-total % 10)
