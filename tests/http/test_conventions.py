"""What holds on every path: methods, queries, bodies, negotiation, CORS, dates, cursors."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, cast

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from sandbox.app import Application
from sandbox.http.route import ProbeRoute, UnitRoute
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import answered, assert_problem, failing

pytestmark = pytest.mark.sqlite("HTTP, whatever is behind it")

ORIGIN = {"Origin": "http://localhost:3000"}
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
NEVER_TWICE_THE_SAME = ("/stream", "/next", "/metrics", "/traffic/summary")  # they wait, or tell of time that passes


def routes_of(bank: Sandbox) -> tuple[UnitRoute, ...]:
    return cast(Application, cast(TestClient, bank.connection.client).app).server.index.routes


def called(route: UnitRoute) -> str:
    """A path of the route, with ids that nothing has."""
    return re.sub(r"\{\w+\}", "none_0000000000000001", route.path)


def authorized(phone: Phone) -> dict[str, str]:
    return {"Authorization": f"Bearer {phone.token}"}


def test_head_answers_as_get_does_without_the_body(phone: Phone) -> None:
    tried = 0
    for route in routes_of(phone.sandbox):
        if "GET" not in (route.methods or ()) or route.path.endswith(NEVER_TWICE_THE_SAME):
            continue
        path, headers = called(route), authorized(phone)
        got, head = (phone.sandbox.call(method, path, headers=headers) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (got.status_code, b""), path
        # Request ids differ, and a problem tells its own: they have one length.
        assert head.headers["content-length"] == got.headers["content-length"], path
        assert head.headers["content-type"] == got.headers["content-type"], path
        tried += 1
    assert tried > 60


@pytest.mark.parametrize("path", ["/_sandbox/events/stream", "/_sandbox/messages/stream"])
def test_head_of_a_stream_answers_its_headers_at_once(bank: Sandbox, path: str) -> None:
    answer = bank.call("HEAD", path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


def test_head_of_a_long_poll_does_not_wait(bank: Sandbox) -> None:
    answer = bank.call("HEAD", "/_sandbox/messages/next", params={"to": "0999999999", "wait": 60})
    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    "path", ["/", "/docs", "/redoc", "/openapi.json", "/_sandbox/console", "/metrics", "/_sandbox/health"]
)
def test_head_answers_on_pages(bank: Sandbox, path: str) -> None:
    head = bank.call("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")


def test_every_path_tells_all_of_its_methods(phone: Phone) -> None:
    paths: dict[str, set[str]] = {}
    for route in routes_of(phone.sandbox):
        paths.setdefault(called(route), set()).update(route.methods or ())
    for path, methods in paths.items():
        allowed = sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set()))
        options = phone.sandbox.call("OPTIONS", path)
        assert (options.status_code, options.content) == (204, b""), path
        assert options.headers["allow"].split(", ") == allowed, path
        for method in METHODS:
            if method not in methods:
                refused = phone.sandbox.call(method, path, headers=authorized(phone))
                assert_problem(refused, 405, "method_not_allowed")
                assert refused.headers["allow"].split(", ") == allowed, path
    assert len(paths) > 100


def test_the_allowed_methods_of_a_known_path(phone: Phone) -> None:
    assert phone.call("PATCH", "/v1/transfers").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert phone.call("POST", "/v1/beneficiaries/x").headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


def test_no_path_takes_a_query_parameter_that_it_does_not_know(phone: Phone) -> None:
    tried = 0
    for route in routes_of(phone.sandbox):
        if "GET" not in (route.methods or ()):
            continue
        answer = phone.sandbox.call("GET", called(route), params={"limt": "5"}, headers=authorized(phone))
        if isinstance(route, ProbeRoute):
            assert answer.status_code in {200, 503}, route.path
            continue
        assert failing(assert_problem(answer, 422, "validation_failed"))["limt"] == "unknown_field", route.path
        tried += 1
    assert tried > 60


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/_sandbox/console", "/metrics", "/_sandbox/ready"])
def test_pages_and_probes_take_any_query(bank: Sandbox, path: str) -> None:
    assert bank.call("GET", path, params={"utm_source": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("query", "field", "code"),
    [
        ("limt=5", "limt", "unknown_field"), ("kind=foo", "kind", "unknown_field"),
        ("limit=1_0", "limit", "not_integer"), ("limit=%2B5", "limit", "not_integer"),
        ("limit=5.0", "limit", "not_integer"), ("limit=%201", "limit", "not_integer"),
        ("limit=05", "limit", "not_integer"), ("limit=", "limit", "not_integer"),
        ("limit=%D9%A5", "limit", "not_integer"), ("limit=99999999999999999999", "limit", "not_integer"),
        ("limit=1&limit=3", "limit", "repeated"), ("limit=0", "limit", "too_small"), ("limit=201", "limit", "too_large"),
        ("from=1767225600", "from", "bad_date"), ("from=2026-1-1", "from", "bad_date"),
        ("from=2026-02-30", "from", "bad_date"), ("from=2026-11-01T00:00:00", "from", "bad_date"),
        ("status=paid", "status", "not_an_option"),
    ],
)  # fmt: skip
def test_a_query_is_taken_exactly_or_refused(phone: Phone, query: str, field: str, code: str) -> None:
    problem = assert_problem(phone.call("GET", f"/v1/transfers?{query}"), 422, "validation_failed")
    assert failing(problem) == {field: code}


def test_everything_wrong_in_a_query_is_told_at_once(phone: Phone) -> None:
    problem = assert_problem(phone.call("GET", "/v1/transfers?limit=x&limt=5&from=hoy"), 422, "validation_failed")
    assert failing(problem) == {"limit": "not_integer", "limt": "unknown_field", "from": "bad_date"}


def test_who_is_not_logged_in_hears_of_that_first(bank: Sandbox) -> None:
    assert_problem(bank.call("GET", "/v1/transfers?limt=5"), 401, "invalid_token")


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1"])
def test_json_is_utf_8(phone: Phone, charset: str) -> None:
    body = json.dumps(phone.order(reference="niñez"), ensure_ascii=False).encode(charset)
    answer = phone.call("POST", "/v1/transfers/preview", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400, "malformed_body")


@pytest.mark.parametrize(
    "body",
    [
        '{"kind": "password", "value": "a", "value": "b"}', '{"kind": "password", "kind": "password", "value": "a:b"}',
        '{"kind": "password", "value": "a", "\\u0076alue": "a"}', '{"kind": "password", "value": NaN}', "[", "{]", '{"a": 1',
    ],
)  # fmt: skip
def test_what_json_leaves_open_is_refused(bank: Sandbox, body: str) -> None:
    answer = bank.call(
        "POST", "/v1/rules/credentials/check", content=body, headers={"Content-Type": "application/json"}
    )
    assert_problem(answer, 400, "malformed_body")


def test_a_value_may_have_colons(bank: Sandbox) -> None:
    answer = bank.call("POST", "/v1/rules/credentials/check", json={"kind": "password", "value": "a:b:c"})
    assert answer.status_code == 200


def test_a_name_twice_in_an_inner_object_is_refused(bank: Sandbox) -> None:
    body = '{"match": {"status": 201, "status": 409}}'
    answer = bank.call("POST", "/_sandbox/requests/verify", content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 400, "malformed_body")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv;q=0", "application/json"), ("TEXT/CSV", "text/csv"), ("text/csv", "text/csv"),
        ("text/csv;q=0.9, application/json", "application/json"), ("text/csv, application/json;q=0.9", "text/csv"),
        ("text/csv, */*", "text/csv"), ("*/*", "application/json"), ("text/*", "text/csv"),
        ("text/csv;q=0, text/*", "application/json"), ("image/png", "application/json"), ("", "application/json"),
        ("text/csv;q=2", "application/json"), ("application/json, text/plain, */*", "application/json"),
    ],
)  # fmt: skip
def test_movements_come_as_the_client_prefers(phone: Phone, accept: str, media_type: str) -> None:
    account = phone.savings()[0]["id"]
    answer = phone.call("GET", f"/v1/accounts/{account}/movements", headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.headers["vary"] == "Accept, Accept-Language"
    assert answer.headers["content-language"] == "es"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/pdf;q=0.1, application/json", "application/json"), ("application/pdf", "application/pdf"),
        ("APPLICATION/PDF", "application/pdf"), ("application/pdf;q=0", "application/json"),
    ],
)  # fmt: skip
def test_a_receipt_comes_as_the_client_prefers(phone: Phone, accept: str, media_type: str) -> None:
    transfer = phone.transfer()
    phone.confirm(transfer["challenge"]["id"])
    answer = phone.call("GET", f"/v1/transfers/{transfer['id']}/receipt", headers={"Accept": accept})
    assert answer.headers["content-type"] == media_type
    assert answer.headers["vary"] == "Accept, Accept-Language"


def test_answers_of_the_bank_name_their_language_and_are_not_stored(phone: Phone) -> None:
    answer = phone.call("GET", "/v1/products", headers={"Accept-Language": "en-GB"})
    assert answer.headers["content-language"] == "en"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/app", 404), ("GET", "/v1/nothing", 404), ("PATCH", "/v1/app", 404), ("POST", "/v1/transfers", 404),
    ],
)  # fmt: skip
def test_a_page_can_read_every_answer_also_of_an_unknown_sandbox(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path, headers=ORIGIN | {"X-Sandbox": "nobody"})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert "Date" in answer.headers["access-control-expose-headers"].split(", ")
    assert answer.headers["vary"].endswith(", Origin")


def test_a_preflight_of_an_unknown_sandbox_passes(client: httpx.Client) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-sandbox"}
    answer = client.options("/v1/transfers", headers=ORIGIN | asked | {"X-Sandbox": "nobody"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert answer.headers["access-control-allow-headers"] == "authorization,x-sandbox"


def test_a_foreign_page_can_read_nothing(client: httpx.Client) -> None:
    asked = {"Access-Control-Request-Method": "POST"}
    foreign = {"Origin": "https://localhost.evil.example"}
    assert client.options("/v1/transfers", headers=foreign | asked).status_code == 400
    assert "access-control-allow-origin" not in client.get("/v1/app", headers=foreign).headers


def test_blanks_around_header_values_do_not_count(phone: Phone) -> None:
    headers = {"X-Sandbox": f"{phone.sandbox.name} ", "Authorization": f"Bearer {phone.token} "}
    answer = phone.sandbox.connection.client.get("/v1/products", headers=headers)
    assert answer.status_code == 200


def test_the_date_is_the_sandboxs(phone: Phone) -> None:
    phone.sandbox.clock.set("2026-12-24T23:59:58.750-05:00")
    phone.log_in()
    expected = datetime(2026, 12, 25, 4, 59, 58, tzinfo=UTC)
    for path in ("/v1/products", "/v1/nothing", "/_sandbox/clock", "/_sandbox/nothing"):
        answer = phone.sandbox.call("GET", path, headers=authorized(phone))
        assert parsedate_to_datetime(answer.headers["date"]) == expected, path


def test_where_there_is_no_sandbox_the_date_is_the_default_ones(client: httpx.Client) -> None:
    known = client.get("/v1/app").headers["date"]
    for path in ("/docs", "/_sandbox/health", "/v1/app"):
        told = client.get(path, headers={"X-Sandbox": "nobody"}).headers["date"]
        apart = parsedate_to_datetime(told) - parsedate_to_datetime(known)
        assert 0 <= apart.total_seconds() < 600, path


def test_seconds_left_agree_with_the_date(phone: Phone) -> None:
    phone.sandbox.clock.set("2026-11-23T10:00:00.250-05:00")
    transfer = phone.log_in().transfer()
    challenge = transfer["challenge"]
    assert challenge["expires_at"] == "2026-11-23T10:05:00.250-05:00"
    assert (challenge["expires_in"], challenge["resend_in"]) == (300, 120)
    phone.sandbox.clock.advance("PT0.5S")
    later = phone.send(operations.get_challenge(challenge["id"]))
    assert (later["expires_in"], later["resend_in"]) == (299, 120)
    phone.sandbox.clock.advance("PT2M")
    later = phone.send(operations.get_challenge(challenge["id"]))
    assert (later["expires_in"], later["resend_in"]) == (179, 0)


@pytest.mark.parametrize(("moment", "status"), [(".249", 429), (".250", 200), (".251", 200)])
def test_a_code_is_sent_again_from_exactly_the_moment_told(phone: Phone, moment: str, status: int) -> None:
    phone.sandbox.clock.set("2026-11-23T10:00:00.250-05:00")
    challenge = phone.log_in().transfer()["challenge"]
    assert challenge["resend_available_at"] == "2026-11-23T10:02:00.250-05:00"
    phone.sandbox.send(operations.set_clock({"now": f"2026-11-23T10:02:00{moment}-05:00"}))
    assert phone.call("POST", f"/v1/challenges/{challenge['id']}/resend").status_code == status


@pytest.mark.parametrize(("moment", "state"), [(".249", "pending"), (".250", "expired"), (".251", "expired")])
def test_a_code_expires_at_exactly_the_moment_told(phone: Phone, moment: str, state: str) -> None:
    phone.sandbox.clock.set("2026-11-23T10:00:00.250-05:00")
    challenge = phone.log_in().transfer()["challenge"]
    phone.sandbox.send(operations.set_clock({"now": f"2026-11-23T10:05:00{moment}-05:00"}))
    assert phone.log_in().send(operations.get_challenge(challenge["id"]))["status"] == state


def paged(phone: Phone) -> Iterator[tuple[str, dict[str, Any]]]:
    """Lists with more than one page, and what makes another query of each."""
    account = next(each["id"] for each in phone.savings() if phone.send(operations.list_movements(each["id"]))["items"])
    yield f"/v1/accounts/{account}/movements", {"order": "asc"}
    yield f"/v1/accounts/{account}/movements", {"sort": "amount"}
    yield f"/v1/accounts/{account}/movements", {"from": "2026-01-01"}
    yield "/v1/transfers", {"status": "pending_confirmation"}
    yield "/_sandbox/events", {"kind": "transfer"}


def test_a_cursor_belongs_to_the_query_that_made_it(phone: Phone) -> None:
    for _ in range(3):
        phone.transfer("1.00")
    cursors = {}
    for path, change in paged(phone):
        first = phone.sandbox.call("GET", path, params={"limit": 1}, headers=authorized(phone)).json()
        cursor = cursors[path] = first["next_cursor"]
        following = phone.sandbox.call(
            "GET", path, params={"limit": 2, "cursor": cursor}, headers=authorized(phone)
        )  # another `limit` is the same query
        assert following.status_code == 200
        assert first["items"][0] not in following.json()["items"]
        other = phone.sandbox.call("GET", path, params={"cursor": cursor} | change, headers=authorized(phone))
        assert_problem(other, 422, "invalid_cursor")
    crossed = phone.call("GET", "/v1/card-payments", params={"cursor": cursors["/v1/transfers"]})
    assert_problem(crossed, 422, "invalid_cursor")


def test_a_query_that_spells_out_a_default_is_the_same_query(phone: Phone) -> None:
    phone.transfer("1.00")
    phone.transfer("1.00")
    account = phone.savings()[0]["id"]
    path = f"/accounts/{account}/movements"
    cursor = answered(phone.call("GET", f"/v1{path}", params={"limit": 1}))["next_cursor"]
    spelled = answered(
        phone.call("GET", f"/v1{path}", params={"limit": 1, "cursor": cursor, "order": "desc", "sort": "date"})
    )
    assert spelled["items"] == answered(phone.call("GET", f"/v1{path}", params={"limit": 1, "cursor": cursor}))["items"]


def test_the_path_of_a_problem_is_a_reference_that_can_be_followed(bank: Sandbox) -> None:
    nul = assert_problem(
        bank.call("GET", "/v1/accounts/%00", headers={"Authorization": "Bearer x"}), 401, "invalid_token"
    )
    assert nul["instance"] == "/v1/accounts/%00"


def test_the_selected_sandbox_does_not_matter_where_one_is_named(client: httpx.Client) -> None:
    made = client.post("/_sandbox/sandboxes", json={"name": "named-here"}, headers={"X-Sandbox": "long-gone"})
    assert made.status_code == 201
    gone = client.delete("/_sandbox/sandboxes/named-here", headers={"X-Sandbox": "long-gone"})
    assert gone.status_code == 204


@pytest.mark.parametrize("value", [False, True, "1", "0.5"])
@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("PUT", "/_sandbox/clock", "rate"), ("POST", "/_sandbox/sandboxes", "clock.rate"),
        ("POST", "/_sandbox/members/lease", "seconds"), ("POST", "/_sandbox/requests/verify", "wait"),
        ("POST", "/_sandbox/faults", "match.probability"),
    ],
)  # fmt: skip
def test_a_number_is_no_truth_value_and_no_text(
    bank: Sandbox, method: str, path: str, field: str, value: object
) -> None:
    outer, _, inner = field.rpartition(".")
    body: dict[str, Any] = {outer: {inner: value}} if outer else {inner: value}
    problem = assert_problem(bank.call(method, path, json=body), 422, "validation_failed")
    assert failing(problem)[field] == "not_number"


def test_a_whole_number_is_a_number(bank: Sandbox) -> None:
    assert bank.clock.set(rate=1)["rate"] == 1
    assert bank.clock.set(rate=0.5)["rate"] == 0.5
