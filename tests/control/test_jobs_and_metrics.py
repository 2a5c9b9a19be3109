"""Work that waits, and what Prometheus is told."""

import re

import httpx2 as httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from sandbox.testing import Phone, Sandbox


def test_what_waits_is_listed_and_runs_when_asked(bank: Sandbox) -> None:
    waiting = bank.jobs.waiting()
    assert waiting == sorted(waiting, key=lambda job: job["due_at"])
    assert {"transfer.settlement", "scheduled_payment.run"} <= {job["kind"] for job in waiting}
    first = waiting[0]
    assert bank.jobs.run() == [], "nothing is due yet"
    done = bank.clock.advance_to(first["due_at"])["jobs"]
    assert done[0]["due_at"] == first["due_at"]
    assert all(job["due_at"] > first["due_at"] for job in bank.jobs.waiting())


def test_calls_are_counted_with_their_outcome_and_their_time(phone: Phone, client: httpx.Client) -> None:
    def told() -> dict[str, float]:
        answer = client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        return {
            f"{sample.name}:{sample.labels.get('operation')}:{sample.labels.get('status') or sample.labels.get('le')}":
            sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }  # fmt: skip

    before = told()
    phone.transfer("1.00")
    phone.call("POST", "/v1/transfers", json={})
    after = told()

    def risen(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert risen("sandbox_requests_total:createTransfer:201") == 1
    assert risen("sandbox_requests_total:createTransfer:422") == 1
    assert risen("sandbox_request_seconds_count:createTransfer:None") == 2
    assert risen("sandbox_request_seconds_bucket:createTransfer:+Inf") == 2
    assert risen("sandbox_request_seconds_sum:createTransfer:None") > 0
    assert after["sandbox_sandboxes:None:None"] >= 2
    assert 1 <= after["sandbox_awake:None:None"] <= after["sandbox_sandboxes:None:None"]
    assert after["process_resident_memory_bytes:None:None"] > 10_000_000


def test_refusals_are_counted_by_their_code(phone: Phone, client: httpx.Client) -> None:
    def told(code: str) -> float:
        return next(
            (
                sample.value
                for family in text_string_to_metric_families(client.get("/metrics").text)
                for sample in family.samples
                if sample.name == "sandbox_refusals_total"
                and sample.labels == {"operation": "createTransfer", "code": code}
            ),
            0,
        )

    before = told("validation_failed")
    phone.call("POST", "/v1/transfers", json={})
    phone.transfer("1.00")
    assert told("validation_failed") == before + 1


def test_what_runs_here_is_a_metric(bank: Sandbox, client: httpx.Client) -> None:
    info = client.get("/_sandbox/info").json()
    (sample,) = [
        sample
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name == "sandbox_build_info"
    ]
    assert sample.value == 1
    assert sample.labels == {
        "version": info["version"], "schema": info["schema_version"], "rules": info["rules_revision"],
    }  # fmt: skip


def test_names_and_units_are_as_prometheus_wants_them(phone: Phone, client: httpx.Client) -> None:
    phone.call("POST", "/v1/transfers", json={})
    text = client.get("/metrics").text
    counters = re.findall(r"^# TYPE (\w+) counter$", text, re.MULTILINE)  # the parser adds _total where it is missing
    assert counters
    assert all(name.endswith("_total") for name in counters)
    families = list(text_string_to_metric_families(text))
    assert {"sandbox_requests", "sandbox_request_seconds", "sandbox_refusals"} <= {each.name for each in families}
    for family in families:
        assert mistakes(family) == [], family.name


def mistakes(family: Metric) -> list[str]:
    """What `promtool check metrics` finds: its rules, as Prometheus 3 has them."""
    names = {sample.name for sample in family.samples}
    labels = {label for sample in family.samples for label in sample.labels}
    words = set(family.name.split("_"))
    found = {
        "no help text": not family.documentation,
        "only a counter ends with _total": family.type != "counter" and any(n.endswith("_total") for n in names),
        "these endings are a histogram's": family.type not in ("histogram", "summary")
        and any(n.endswith(("_count", "_sum", "_bucket")) for n in names),
        "le and quantile are reserved": bool(labels & {"le", "quantile"})
        and family.type not in ("histogram", "summary"),
        "the type is no part of the name": bool(words & {"counter", "gauge", "histogram", "summary"}),
        "a base unit": bool(
            words & {"ms", "milliseconds", "micros", "us", "kb", "mb", "kilobytes", "minutes", "hours", "percent"}
        ),
        "no capitals and no colons": re.fullmatch(r"[a-z][a-z0-9_]*", family.name) is None,
    }
    return [rule for rule, is_broken in found.items() if is_broken]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("# TYPE x_total gauge\n# HELP x_total X.\nx_total 1\n", "only a counter ends with _total"),
        ("# TYPE x_count gauge\n# HELP x_count X.\nx_count 1\n", "these endings are a histogram's"),
        ("# TYPE x gauge\nx 1\n", "no help text"),
        ("# TYPE x_ms gauge\n# HELP x_ms X.\nx_ms 1\n", "a base unit"),
        ("# TYPE x_gauge gauge\n# HELP x_gauge X.\nx_gauge 1\n", "the type is no part of the name"),
        ('# TYPE x gauge\n# HELP x X.\nx{le="1"} 1\n', "le and quantile are reserved"),
        ("# TYPE xY gauge\n# HELP xY X.\nxY 1\n", "no capitals and no colons"),
    ],
)  # fmt: skip
def test_a_name_that_prometheus_does_not_want_is_found(text: str, rule: str) -> None:
    (family,) = text_string_to_metric_families(text)
    assert rule in mistakes(family)
