"""Messages agree in number and language, whatever their values: all that the program may say is looked through."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.kernel import words
from sandbox.problem import CATALOGUE, Problem
from sandbox.testing import Sandbox, operations
from tests import screens, wording
from tests.screens import Recorder
from tests.wording import Said

pytestmark = pytest.mark.sqlite("words")

SPANISH = re.compile(
    r"[áéíóúñÁÉÍÓÚÑ¿¡«»]|\b(de|la|el|los|las|tu|tus|una|para|por|con|que|es|en|se|al|del|y|su)\b", re.IGNORECASE
)
ENGLISH = re.compile(r"[“”]|\b(the|of|is|and|not|must|for|with|your|you|this|that|it|or|to|at|are|be)\b", re.IGNORECASE)
NAMES = re.compile(r"[“«][^”»]*[”»]|\{[^}]*\}|cédulas?|Bearer")
"""What stands in either language as it is: what is quoted, placeholders, names."""
# One of something, told as several; several, told as one. An amount is no number of things.
ONE_AS_MANY = re.compile(r"(?<![$\d.])\b1 (?!es\b|más\b|mes\b|is\b|as\b|has\b)[a-záéíóúñ]+s\b")
MANY_AS_ONE = re.compile(
    r"(?<![$\d.])\b2 (intento|segundo|minuto|hora|día|mes|carácter|dígito|byte|vez|código|elemento|sandbox"
    r"|attempt|second|minute|hour|day|month|character|digit|time|code|item)\b"
)
LARGE = re.compile(r"\b1 (bytes)\b")
"""Numbers of these are never 1: the settings that give them have lower bounds."""


@pytest.fixture(scope="module")
def pairs() -> list[Said]:
    """All that the program may say. Looked through when a test asks: each process that collects tests would do it."""
    return [*wording.in_code(), *wording.in_documents()]


def problems() -> Iterator[tuple[str, str]]:
    """Every text of every problem as it is rehearsed, with where it stands."""
    for code, kind in sorted(CATALOGUE.items()):
        problem: Problem = kind.rehearsed()
        for language in ("es", "en"):
            yield f"{code}.{language}", problem.detail.in_(language)
            yield from ((f"{code}.errors.{language}", each.message.in_(language)) for each in problem.errors)


def faults(text: str) -> list[str]:
    """What is wrong with a text as it is read."""
    wrong = []
    if re.search(r"[{}]", text):
        wrong.append("a brace is left over")
    if "  " in text or text != text.strip():
        wrong.append("a blank too many")
    if re.search(r"\s[.;:!?](\s|$)", text):
        wrong.append("a blank before a stop")
    if re.search(r"[.,;:]{2}(?<!\.\.\.)", text):
        wrong.append("two stops")
    if ONE_AS_MANY.search(text) and not LARGE.search(text):
        wrong.append("one of something, told as several")
    if MANY_AS_ONE.search(text):
        wrong.append("several of something, told as one")
    return wrong


@pytest.mark.parametrize("number", [1, 2, 17])
def test_numbers_and_words_agree_and_nothing_is_left_over(pairs: list[Said], number: int) -> None:
    found = [
        f"{said.place} {language}: {fault}"
        for said in pairs
        for language, text in (("es", said.es), ("en", said.en))
        for fault in faults(words.filled(text, lambda name: number))
    ]
    assert found == []
    assert len(pairs) > 450


def test_problems_read_well_as_they_are_rehearsed() -> None:
    told = list(problems())
    assert [f"{place}: {fault}: {text}" for place, text in told for fault in faults(text)] == []
    assert [f"{place}: {text}" for place, text in told if text[-1] not in ".?!…"] == []


def test_both_languages_say_the_same_values(pairs: list[Said]) -> None:
    def names(text: str) -> set[str]:
        return {re.sub("_(es|en)(?=_)", "", name) for name in words.names(text)}

    assert [said.place for said in pairs if names(said.es) != names(said.en)] == []


def test_a_sentence_ends_with_a_stop_and_a_title_does_not(pairs: list[Said]) -> None:
    """Rules of credentials are a list that the app ticks off; a text that ends with a value ends with a sentence."""
    ends = re.compile(r"[.?!}…]$")
    listed = "rules/credentials.yaml"
    for said in pairs:
        for text in (said.es, said.en):
            if said.is_sentence and not said.place.startswith(listed):
                assert ends.search(text), said
            elif said.place.endswith(".title"):
                assert not text.endswith("."), said


@pytest.mark.parametrize(("language", "other"), [("es", ENGLISH), ("en", SPANISH)])
def test_no_text_mixes_languages(pairs: list[Said], language: str, other: re.Pattern[str]) -> None:
    mixed = []
    for said in pairs:
        alien = other.search(NAMES.sub("", said.en if language == "en" else said.es))
        if alien is not None:
            mixed.append(f"{said.place}: {alien[0]}")
    assert mixed == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Te quedan 1 intentos.", "one of something, told as several"),
        ("Wait 2 second.", "several of something, told as one"),
        ("El mínimo es {ge}.", "a brace is left over"),
        ("Espera  un momento.", "a blank too many"),
        ("Listo .", "a blank before a stop"),
        ("Listo..", "two stops"),
    ],
)
def test_what_is_wrong_is_noticed(text: str, fault: str) -> None:
    assert faults(text) == [fault]


def test_a_mixed_text_is_noticed() -> None:
    assert SPANISH.search("The maximum of tu pago is 5.00.")
    assert ENGLISH.search("Debe ser 'cedula' or 'passport'.")
    mixed = Said("", "Hola", "Accounts de ahorro", is_sentence=False)
    assert SPANISH.search(NAMES.sub("", mixed.en))


# What members, companies and places are called, and what members wrote, stays as it is in any language.
GIVEN = re.compile(
    r"(^|[._])(alias|account|address|holder|holder_name|merchant|first_names|last_names|biller|institution|app)$"
    r"|(origin|destination|member|registered_device|device|party)\.name$|^listDevices\.items\[\]\.name$"
    r"|^(listBillers|listInstitutions|getAccount|lookupAccountHolder|createReferral|listReferrals).*\.name$"
    r"|^listContactChannels\.items\[\]\.value$|note$|reference$|concept$|username$|^getReferralInvitation\.link$"
)


def strings(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from strings(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for entry in value:
            yield from strings(entry, f"{place}[]")
    elif isinstance(value, str):
        yield place, value


@pytest.mark.slow
def test_an_english_app_reads_no_spanish_on_any_screen(bank: Sandbox) -> None:
    walked = Recorder(bank.connection.client, language="en")
    for member in bank.members.all():
        bank.members.change(member["id"], language="en")
    screens.walk(Sandbox(bank.name, connection=walked))
    given = [bank.members.persona("al-dia")["device"]["name"], "Cooprogreso Móvil"]
    spanish = set()
    for name in (each for screen in screens.SCREENS for each in (*screen.drawn_by, *screen.does)):
        for answer in walked.answers[name]:
            for place, text in strings(answer, name):
                if not GIVEN.search(place) and SPANISH.search(re.sub("|".join(given), "", text)):
                    spanish.add(f"{place}: {text}")
    assert spanish == set()
    texts = [each["text"] for each in bank.send(operations.list_messages(limit=200))["items"]]
    assert [text for text in texts if SPANISH.search(re.sub("|".join(given), "", text))] == []
