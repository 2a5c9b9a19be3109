"""What members are told: every text has its words in both languages, and every placeholder a value."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from sandbox.bank.chapter import Chapters
from sandbox.bank.chapters import CHAPTERS
from sandbox.domain.rules import RuleBook, RulesInvalid
from sandbox.domain.rules.wording import Names, name_of
from sandbox.kernel import words
from sandbox.testing import Phone, Sandbox, operations

RULES = Path(__file__).parent.parent.parent / "rules"
TEXTS = (RULES / "texts.yaml").read_text(encoding="utf-8")
VOCABULARY = Chapters(CHAPTERS).vocabulary
BOOK = RuleBook.load(RULES, vocabulary=VOCABULARY)
OURS = Names("Amanecer", "Amanecer en Línea")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  username_told:", "  username_tell:", "messages.username_tell: nothing is told by username_tell"),
        ("tu usuario es {username}", "tu usuario es {user}", "messages.username_told.es: nothing is called {user}; known are username, institution, app"),
        ("your username is {username}", "your username is {0}", "messages.username_told.en: nothing is called {0}"),
        ("tu usuario es {username}", "tu usuario es {username!r}", "messages.username_told.es: a brace that is no {placeholder}"),
        ("tu usuario es {username}", "tu usuario es {username", "messages.username_told.es: a brace that is no {placeholder}"),
        ("tu usuario es {username}", "tu usuario es {username.__class__}", "nothing is called {username.__class__}"),
        ('en: "Access to {app}"', 'en: "Access to {bank}"', "notices.accessed.title.en: nothing is called {bank}"),
        ('es: "Te afiliaste a {app}."', 'es: "Te afiliaste a {App}."', "notices.enrolled.text.es: nothing is called {App}"),
        ("  enrolled:\n    title: {es", "  enrolled:\n    titel: {es", "notices.enrolled.title: Field required"),
        ('{es: "Bienvenido", en: "Welcome"}', '{es: "Bienvenido"}', "notices.enrolled.title.en: Field required"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_text_is_told_with_its_line(old: str, new: str, told: str) -> None:
    assert TEXTS.count(old) == 1
    line = TEXTS[: TEXTS.index(old)].count("\n") + 1
    with pytest.raises(RulesInvalid) as invalid:
        BOOK.with_documents({"texts": TEXTS.replace(old, new)})
    found = [error for error in invalid.value.errors if told in error.message]
    assert found, str(invalid.value)
    assert abs(found[0].line - line) <= 2


def test_a_text_that_is_missing_is_told_where_it_belongs() -> None:
    with pytest.raises(RulesInvalid) as invalid:
        BOOK.with_documents({"texts": TEXTS.replace("  username_told:", "  username_tell:")})
    missing = invalid.value.errors[0]
    assert missing.message == "messages: there is no text username_told"
    assert TEXTS.splitlines()[missing.line - 2] == "messages:"


class Greeting(NamedTuple):
    """A text made up here."""

    name: str
    remark: str


def test_parameters_and_names_may_stand_in_any_order_and_the_last_may_be_empty() -> None:
    from sandbox.domain.rules.wording import Texts, Vocabulary, Wording, mistakes

    words = {"es": "{app}: {remark}, {name} de {institution}, 100 %. {remark}", "en": "{name}. {remark}"}
    texts = Texts.model_validate({"document": "texts", "messages": {"greeting": words}, "notices": {}})
    vocabulary = Vocabulary(messages=(Greeting,))
    assert list(mistakes(texts, vocabulary)) == []
    wording = Wording(texts, vocabulary)
    for ours, name in ((OURS, "Amanecer"), (Names("50 % {x}", "%s"), "50 % {x}"), (OURS, "Amanecer")):
        told = wording.text(Greeting("Ana %d", "hola {x}"), "es", ours)
        assert told == f"{ours.app}: hola {{x}}, Ana %d de {name}, 100 %. hola {{x}}"
    assert wording.text(Greeting("Ana", ""), "en", OURS) == "Ana."


@pytest.mark.parametrize("kind", [*VOCABULARY.messages, *VOCABULARY.notices], ids=name_of)
def test_every_text_can_be_told_in_both_languages(kind: type[NamedTuple]) -> None:
    told = kind(*(f"<{field}>" for field in kind._fields))
    spanish, english = (BOOK.wording.text(told, language, OURS) for language in ("es", "en"))
    assert spanish != english
    for field in kind._fields:
        assert f"<{field}>" in spanish
        assert f"<{field}>" in english
    if kind in VOCABULARY.notices:
        assert BOOK.wording.title(told, "es", OURS) != BOOK.wording.title(told, "en", OURS)


def test_no_text_names_an_institution() -> None:
    institution = (RULES.parent / "seed" / "institution.yaml").read_text(encoding="utf-8")
    (name,) = re.findall(r"^name: (.*)$", institution, re.MULTILINE)
    assert name not in TEXTS
    assert set(Names._fields) <= set(words.names(TEXTS))


def test_a_sandbox_may_have_words_of_its_own(bank: Sandbox) -> None:
    own = TEXTS.replace("tu código de seguridad es {code}", "usa el {code}")
    answer = bank.call("PUT", "/_sandbox/rules/texts", content=own.encode())
    assert answer.status_code == 200, answer.text
    phone = Phone(bank, bank.members.persona("al-dia")).log_in()
    code = bank.inbox.code(phone.transfer("1.00")["challenge"]["id"])
    told = bank.send(operations.list_messages(to=phone.member["phone"]))["items"][-1]["text"]
    assert told == f"Cooprogreso: usa el {code}. Vence en 5 min. No lo compartas."
