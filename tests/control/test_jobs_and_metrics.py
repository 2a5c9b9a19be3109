"""Work that waits, and what Prometheus is told."""

import httpx2 as httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support import Phone, Sandbox


def test_what_waits_is_listed_and_runs_when_asked(bank: Sandbox) -> None:
    waiting = bank.control("GET", "/jobs")["items"]
    assert waiting == sorted(waiting, key=lambda job: job["due_at"])
    assert {"transfer.settlement", "scheduled_payment.run"} <= {job["kind"] for job in waiting}
    first = waiting[0]
    assert bank.control("POST", "/jobs/run")["items"] == [], "nothing is due yet"
    done = bank.control("POST", "/clock/advance", json={"to": first["due_at"]})["jobs"]
    assert done[0]["due_at"] == first["due_at"]
    assert all(job["due_at"] > first["due_at"] for job in bank.control("GET", "/jobs")["items"])


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
    phone.call("POST", "/transfers", json={})
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
