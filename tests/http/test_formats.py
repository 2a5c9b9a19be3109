"""A text of the wrong format is told the format, and OpenAPI has the same pattern."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from sandbox.bank.information.schemas import VERSION
from sandbox.bank.wire import Amount
from sandbox.document.forms import DOCUMENT, DURATION
from sandbox.domain.faults import PATH
from sandbox.domain.identity import Documents
from sandbox.kernel import forms
from sandbox.seeding.traits import Rate
from sandbox.testing import Phone, Sandbox
from tests import openapi
from tests.answers import Json, assert_problem

pytestmark = pytest.mark.sqlite("the forms of values")

# Checks with words of their own, and names, of which an unknown one is told as that.
OWN_WORDS = {
    Amount.__metadata__[-1].json_schema["pattern"],  # type: ignore[attr-defined]  # what `Annotated` keeps
    r"^[0-9]{1,9}\.[0-9]{2}$",  # amounts that may be zero
    Rate.__metadata__[-1].json_schema["pattern"],  # type: ignore[attr-defined]  # as above
    DURATION["pattern"],
    DOCUMENT["pattern"],
    *Documents().patterns().values(),
    PATH,
    VERSION,
    "^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$",  # names of sandboxes and snapshots
}
NAMES = re.compile(r"\^\w+_\[0-9a-f\]\{32\}\$|\^\[a-z\]\{3\}_\[0-9a-f\]\{32\}\$")


def schemas(node: Any) -> Iterator[Json]:
    """Every schema below a node."""
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node
        for value in node.values():
            yield from schemas(value)
    elif isinstance(node, list):
        for value in node:
            yield from schemas(value)


def references(document: Json, node: Any, seen: set[str]) -> Iterator[Any]:
    """A node and every component that it refers to."""
    yield node
    for name in re.findall(r"'#/components/schemas/(\w+)'", repr(node)):
        if name not in seen:
            seen.add(name)
            yield from references(document, document["components"]["schemas"][name], seen)


@pytest.fixture(scope="module")
def inputs(client: httpx.Client) -> list[Json]:
    """Every schema with a pattern that a request can meet."""
    document = openapi.raw(client)
    found = []
    for item in document["paths"].values():
        for operation in item.values():
            told = [operation.get("parameters", []), operation.get("requestBody", {})]
            found += [schema for node in references(document, told, set()) for schema in schemas(node)]
    assert len(found) > 10
    return found


def test_every_pattern_of_a_request_has_words_and_an_example(inputs: list[Json]) -> None:
    without = {each["pattern"] for each in inputs if forms.of_pattern(each["pattern"]) is None}
    assert {pattern for pattern in without if pattern not in OWN_WORDS and not NAMES.fullmatch(pattern)} == set()


def test_the_example_fits_the_pattern_and_is_in_both_sentences(inputs: list[Json]) -> None:
    told = {each["pattern"]: forms.of_pattern(each["pattern"]) for each in inputs}
    for pattern, form in told.items():
        if form is None:
            continue
        assert re.search(pattern, form.example)
        assert form.example in form.es
        assert form.example in form.en
        assert form.es != form.en


def message(answer: httpx.Response, field: str) -> str:
    errors = {each["field"]: each for each in assert_problem(answer, 422, "validation_failed")["errors"]}
    assert errors[field]["code"] == "bad_format"
    return str(errors[field]["message"])


@pytest.mark.parametrize(
    ("path", "body", "field", "es", "en"),
    [
        (
            "/referrals", {"name": "Ana", "phone": "593991234567"}, "phone",
            "Escribe diez dígitos que empiecen por 09, como «0991234567».",
            "Write ten digits that begin with 09, such as “0991234567”.",
        ),
        (
            "/account-holders/lookup", {"account_number": "41-12"}, "account_number",
            "Escribe de 6 a 20 dígitos, como «410000123456».",
            "Write 6 to 20 digits, such as “410000123456”.",
        ),
        (
            "/challenges/chl_0/confirm", {"code": "12345a"}, "code",
            "Escribe solo los dígitos del código, como «123456».",
            "Write the digits of the code, such as “123456”.",
        ),
        (
            "/beneficiaries",
            {"kind": "cooperative", "account_number": "410000123456", "maximum_amount": "1.00", "email": "rosa@"},
            "email",
            "Escribe una dirección de correo, como «rosa@example.com».",
            "Write an e-mail address, such as “rosa@example.com”.",
        ),
    ],
)  # fmt: skip
def test_the_bank_tells_the_format(phone: Phone, path: str, body: Json, field: str, es: str, en: str) -> None:
    assert message(phone.call("POST", f"/v1{path}", json=body), field) == es
    assert message(phone.call("POST", f"/v1{path}", json=body, headers={"Accept-Language": "en"}), field) == en


def test_so_does_the_control_plane(bank: Sandbox) -> None:
    answer = bank.call("POST", "/_sandbox/webhooks", json={"url": "ftp://example.com"})
    assert message(answer, "url").startswith("Escribe una URL que empiece por http:// o https://, como «http://")
    member = bank.members.persona("al-dia")["id"]
    for wanted, field in (({"phone": "1"}, "phone"), ({"email": "rosa@localhost"}, "email")):
        assert "como «" in message(bank.call("PATCH", f"/_sandbox/members/{member}", json=wanted), field)


def test_a_pattern_has_one_form() -> None:
    forms.form("^only-here$", es="Escribe esto", en="Write this", example="only-here")
    assert forms.form("^only-here$", es="Escribe esto", en="Write this", example="only-here")
    with pytest.raises(ValueError, match="two forms share the pattern"):
        forms.form("^only-here$", es="Escribe otra cosa", en="Write this", example="only-here")
