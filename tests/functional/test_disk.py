"""A disk that is full, read-only or gone: told as that, nothing half kept, and over when it is over."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.testing import Phone, operations
from tests import goldens
from tests.answers import assert_problem
from tests.functional import forks
from tests.functional.processes import ROOT, Server
from tests.transport import bank_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.sqlite("the disk that its files are on"),
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk of its own"),
]
MEBIBYTE = 1 << 20


class Disk:
    """A file system of its own, in memory, of `size` MiB."""

    def __init__(self, place: Path, size: int) -> None:
        self.place = place
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(place)], check=True)

    def fill(self) -> None:
        """Write until there is no room for a byte."""
        with (self.place / "ballast").open("ab", buffering=0) as ballast:
            for piece in (MEBIBYTE, 4096, 1):
                try:
                    while True:
                        ballast.write(bytes(piece))
                except OSError:
                    continue

    def empty(self) -> None:
        (self.place / "ballast").unlink()

    def remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.place)], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.place)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "disk", 40)
    yield disk
    disk.unmount()


@pytest.fixture
def server(disk: Disk) -> Iterator[Server]:
    server = Server(disk.place / "data").start()
    yield server
    server.close()


def files(data: Path) -> set[Path]:
    return {path for path in data.rglob("*") if path.suffix not in (".sqlite-wal", ".sqlite-shm")}


def write_until_refused(phone: Phone) -> tuple[list[str], int]:
    """Order transfers until one is refused; the ids of those that were not, and the status of the refusal."""
    made = []
    order = phone.order("0.01")
    while True:
        answer = phone.call("POST", "/v1/transfers", json=order)
        if answer.status_code != 201:
            assert_problem(
                answer, answer.status_code, {507: "storage_full", 503: "storage_read_only"}[answer.status_code]
            )
            return made, answer.status_code
        made.append(answer.json()["id"])


def all_transfers(phone: Phone) -> set[str]:
    found: set[str] = set()
    cursor: str | None = ""
    while cursor is not None:
        page = phone.send(operations.list_transfers(limit=200, cursor=cursor or None))
        found |= {item["id"] for item in page["items"]}
        cursor = page["next_cursor"]
    return found


def test_a_full_disk_is_told_keeps_nothing_half_and_is_over_when_there_is_room(disk: Disk, server: Server) -> None:
    bank = server.bank
    bank.snapshot("s")
    phone = bank.phone("al-dia")
    before = files(server.data_dir)
    here = bank.clock.now()
    disk.fill()
    made, status = write_until_refused(phone)
    assert status == 507
    told = assert_problem(bank.call("GET", "/_sandbox/ready"), 503, "not_ready")
    assert told["cause"] == "storage_full"
    for method, path, body in (
        ("POST", "/_sandbox/members", {}),
        ("POST", "/_sandbox/clock/advance", {"by": "PT3H"}),
        ("POST", "/_sandbox/sandboxes", {"name": "new"}),
        ("POST", "/_sandbox/sandboxes", {"name": "fork", "from": "default"}),
        ("POST", "/_sandbox/snapshots", {"name": "t"}),
        ("POST", "/_sandbox/snapshots/s/restore", None),
        ("POST", "/_sandbox/reset", None),
        ("GET", "/_sandbox/export", None),
        ("GET", "/_sandbox/ledger/audit", None),
    ):
        assert_problem(bank.call(method, path, json=body), 507, "storage_full")
    carried = bank.call("POST", "/_sandbox/import", content=bytes(MEBIBYTE))
    assert_problem(carried, 507, "storage_full")
    assert phone.call("GET", "/v1/products").status_code == 200, "what is there can still be read"
    assert files(server.data_dir) == before
    assert bank.clock.now() - here < timedelta(minutes=5)
    assert bank.call("GET", "/_sandbox/health").status_code == 200
    disk.empty()
    assert bank.call("GET", "/_sandbox/ready").status_code == 200
    assert all_transfers(phone) >= set(made)
    bank.ledger.assert_balanced()
    phone.transfer("1.00")
    bank.reset()
    bank.ledger.assert_balanced()
    assert "Traceback" not in server.output


def test_a_full_disk_at_the_first_start_is_told_in_one_sentence(disk: Disk) -> None:
    disk.fill()
    ended = start_and_end(disk.place / "data")
    assert ended.returncode == 1
    assert "disk is full" in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
    assert not list(disk.place.glob("data/*.sqlite*"))


def test_a_disk_that_fills_up_while_seeding_is_told_in_one_sentence(tmp_path: Path) -> None:
    small = Disk(tmp_path / "small", 2)
    try:
        ended = start_and_end(small.place / "data", seed_dir=str(goldens.SEED))
        assert ended.returncode == 1
        assert "disk is full" in " ".join(ended.stderr.split())
        assert "Traceback" not in ended.stderr
        assert not [
            path for path in small.place.rglob("*") if path.is_file() and path.name not in {"lock", "rules.json"}
        ]
    finally:
        small.unmount()


def test_a_read_only_disk_at_the_start_is_told_in_one_sentence(disk: Disk) -> None:
    first = Server(disk.place / "data").start()
    first.interrupt()
    disk.remount("ro")
    ended = start_and_end(disk.place / "data")
    assert ended.returncode == 1
    assert "read-only" in " ".join(ended.stderr.split())
    assert "Traceback" not in ended.stderr
    disk.remount("rw")
    again = Server(disk.place / "data").start()
    again.bank.ledger.assert_balanced()
    again.interrupt()


def test_a_data_directory_that_is_taken_away_is_noticed(server: Server) -> None:
    bank = server.bank
    phone = bank.phone("al-dia")
    order = phone.order("0.01")
    shutil.rmtree(server.data_dir)
    until = time.monotonic() + 20
    while bank.call("GET", "/_sandbox/ready").status_code != 503:
        assert time.monotonic() < until, "never noticed"
    assert assert_problem(bank.call("GET", "/_sandbox/ready"), 503, "not_ready")["cause"] == "storage_missing"
    while (answer := phone.call("POST", "/v1/transfers", json=order)).status_code == 201:
        assert time.monotonic() < until, "writes are acknowledged into a file that is gone"
    assert_problem(answer, 503, "storage_missing")
    assert_problem(bank_of(server.client).call("POST", "/_sandbox/reset"), 503, "storage_missing")
    assert_problem(server.client.post("/_sandbox/sandboxes", json={"name": "x"}), 503, "storage_missing")


def start_and_end(data: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """A server that cannot start."""
    return forks.run(["serve"], Server(data, **settings).environment(), ROOT, timeout=60)
