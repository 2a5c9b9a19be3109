"""What the modules work out by themselves: differences, quantiles, sentences, code to copy."""

from typing import Any

import pytest

from sandbox.console.routes import version
from tests.browser.conftest import Console

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture
def call(console: Console) -> Any:
    """Calls a function of a module in the page."""
    page = console.open("load")

    def calling(module: str, name: str, *arguments: Any) -> Any:
        address = f"/_sandbox/console/assets/{version()}/{module}.js"
        return page.evaluate(f"async (given) => (await import({address!r})).{name}(...given)", list(arguments))

    return calling


def test_a_difference_tells_what_was_taken_away_and_added_with_what_stands_around(call: Any) -> None:
    before = ["a", "b", "c", "d", "e", "f", "g", "h"]
    assert call("views/difference", "difference", before, before) == []
    after = ["a", "b", "c", "D", "e", "f", "g", "h"]
    lines = [(each["kind"], each["text"]) for each in call("views/difference", "difference", before, after)]
    assert lines == [
        ("same", "a"), ("same", "b"), ("same", "c"), ("removed", "d"), ("added", "D"), ("same", "e"), ("same", "f"),
        ("same", "g"),
    ]  # fmt: skip
    lines = [each["kind"] for each in call("views/difference", "difference", [], ["x", "y"])]
    assert lines == ["added", "added"]


def test_quantiles_lie_evenly_within_a_bucket(call: Any) -> None:
    buckets = [[0.001, 0], [0.002, 50], [0.004, 100]]
    assert call("views/metrics", "quantile", buckets, 0.25) == pytest.approx(0.0015)
    assert call("views/metrics", "quantile", buckets, 0.5) == pytest.approx(0.002)
    assert call("views/metrics", "quantile", buckets, 0.75) == pytest.approx(0.003)
    assert call("views/metrics", "quantile", [], 0.5) == 0


@pytest.mark.parametrize(
    ("match", "effect", "said"),
    [
        ({}, {"profile": "3g"}, "Todos los pedidos: van por 3G."),
        (
            {"operation_id": "createTransfer", "times": 2},
            {"connection": "reset"},
            "Los próximos 2 createTransfer: el banco los hace, pero la respuesta se pierde.",
        ),
        (
            {"times": 1, "after": 3, "probability": 0.25},
            {"delay": {"ms": 800}},
            "El próximo pedido, tras dejar pasar 3, el 25 % de las veces: esperan 800 ms.",
        ),
        ({}, {"outage": "sms"}, "Se caen los SMS."),
    ],
)
def test_a_fault_is_told_in_a_sentence(call: Any, match: dict[str, Any], effect: dict[str, Any], said: str) -> None:
    assert call("views/sentence", "sentence", {"match": match, "effect": effect}) == said


def test_copied_python_holds_what_was_sent(call: Any) -> None:
    sent = {
        "id": "req_1",
        "method": "POST",
        "path": "/v1/x",
        "query": "a=b",
        "status": 201,
        "request": {
            "headers": {"authorization": "[redacted]", "accept-language": "es"},
            "body": {"flag": True, "none": None, "list": [1, False], "text": 'quo"te', "inner": {}},
        },
    }
    code = call("views/snippets", "asPytest", sent)
    told: dict[str, Any] = {}

    class Client:
        def request(self, method: str, url: str, **options: Any) -> Any:
            told.update(options, method=method, url=url)
            return type("Answer", (), {"status_code": 201})

    defined: dict[str, Any] = {}
    exec(code.replace("import httpx\n", ""), defined)
    defined["httpx"] = Client()
    defined["test_post_answers_201"]("the-token")
    assert told["json"] == sent["request"]["body"]
    assert told["url"].endswith("/v1/x?a=b")
    assert told["headers"]["Authorization"] == "Bearer the-token"
    shell = call("views/snippets", "asCurl", {**sent, "request": {**sent["request"], "body": {"x": "it's"}}})
    assert "-d '{\"x\":\"it'\\''s\"}'" in shell
