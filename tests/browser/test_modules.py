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
    bounds, histogram = [1, 2, 4], [0, 50, 50, 0]
    assert call("views/metrics", "quantile", histogram, bounds, 0.25) == pytest.approx(1.5)
    assert call("views/metrics", "quantile", histogram, bounds, 0.5) == pytest.approx(2)
    assert call("views/metrics", "quantile", histogram, bounds, 0.75) == pytest.approx(3)
    assert call("views/metrics", "quantile", [0, 0, 0, 5], bounds, 0.5) == 4
    assert call("views/metrics", "quantile", [], bounds, 0.5) is None


def summary(**operations: tuple[int, int, dict[str, int], list[int]]) -> dict[str, Any]:
    told = [
        {"operation_id": name, "requests": calls, "refused": refused, "failed": 0, "problems": problems, "histogram": h}
        for name, (calls, refused, problems, h) in operations.items()
    ]
    return {"requests": sum(each["requests"] for each in told), "bounds_ms": [1, 2], "operations": told}


def test_what_came_between_two_summaries_is_their_difference(call: Any) -> None:
    before = summary(one=(5, 1, {"refused": 1}, [5, 0, 0]), still=(3, 0, {}, [3, 0, 0]))
    after = summary(
        one=(7, 2, {"refused": 1, "other": 1}, [6, 1, 0]), still=(3, 0, {}, [3, 0, 0]), new=(4, 0, {}, [0, 0, 4])
    )
    told = call("views/metrics", "between", before, after)
    assert [(each["operation_id"], each["requests"], each["refused"]) for each in told] == [
        ("new", 4, 0),
        ("one", 2, 1),
    ]
    assert told[1]["histogram"] == [1, 1, 0]
    assert told[1]["problems"] == {"other": 1}
    all_of_it = call("views/metrics", "together", told)
    assert (all_of_it["requests"], all_of_it["histogram"]) == (6, [1, 1, 4])


def test_counters_that_began_anew_count_from_zero(call: Any) -> None:
    before, after = summary(one=(50, 0, {}, [50, 0, 0])), summary(one=(2, 0, {}, [2, 0, 0]))
    assert [each["requests"] for each in call("views/metrics", "between", before, after)] == [2]


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
