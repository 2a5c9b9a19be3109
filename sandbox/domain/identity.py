"""Documents and phones of Ecuador: what is well formed."""

import re

from stdnum.ec import ci, ruc

_PASSPORT = re.compile(r"[A-Z0-9]{5,12}", re.ASCII)
_MOBILE = re.compile(r"09[0-9]{8}", re.ASCII)
_LAST_PROVINCE = 24
_ABROAD = "30"


def is_cedula(text: str) -> bool:
    """Ten digits: province 01 to 24 or 30, third digit 0 to 5, check digit.

    stdnum also takes province 50 and third digit 6, which belong to no person's cédula.
    """
    if not (text.isascii() and text.isdigit() and ci.is_valid(text)):
        return False
    province_is_real = 1 <= int(text[:2]) <= _LAST_PROVINCE or text[:2] == _ABROAD
    return province_is_real and text[2] in "012345"


def is_ruc(text: str) -> bool:
    """Thirteen digits: a person's cédula and establishment, or a private or public body's own check digit."""
    if not (text.isascii() and text.isdigit() and ruc.is_valid(text)):
        return False
    return is_cedula(text[:10]) if text[2] in "012345" else True


def is_passport(text: str) -> bool:
    """Five to twelve letters and digits, upper case."""
    return _PASSPORT.fullmatch(text) is not None


def is_mobile(text: str) -> bool:
    """09 and eight digits."""
    return _MOBILE.fullmatch(text) is not None


def is_document(kind: str, text: str) -> bool:
    """Whether `text` is a well-formed document of its kind: cedula, ruc or passport."""
    return {"cedula": is_cedula, "ruc": is_ruc, "passport": is_passport}[kind](text)


def cedula_check_digit(nine: str) -> str:
    """The tenth digit of a cédula (Luhn over the ten)."""
    total = 0
    for place, digit in enumerate(nine):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)
