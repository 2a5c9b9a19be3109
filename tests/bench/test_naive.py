"""The usual way, which the bank is compared with: it must write what the bank writes."""

import importlib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox


def test_its_transfer_is_as_the_banks(
    bank: Sandbox, phone: Phone, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.log_in()
    order = phone.order("1.00")
    path = tmp_path / "naive.sqlite"
    path.write_bytes(bank.call("GET", "/_sandbox/export").content)
    monkeypatch.setenv("BENCH_DATABASE", str(path))
    monkeypatch.setenv("BENCH_SEED", settings.seed)
    naive = importlib.import_module("bench.naive")
    answer = TestClient(naive.app).post(
        "/v1/transfers", json=order, headers={"Authorization": f"Bearer {phone.token}", "Idempotency-Key": "one"}
    )
    assert answer.status_code == 201, answer.text
