"""The same requests and the same year on SQLite and on PostgreSQL come to the same rows."""

import os
from pathlib import Path

import pytest

from sandbox.app import create_app
from sandbox.settings import Settings
from tests import goldens
from tests.bank.life.living import alone
from tests.databases import Content, content
from tests.everything import fill
from tests.transport import bank_of, registry_of, serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif("SANDBOX_DATABASE_URL" not in os.environ, reason="compares two engines: `make test-postgres`"),
]
BEGIN, END = "2026-11-23T09:15:00-05:00", "2027-11-23T09:15:00-05:00"

OF_THE_MACHINE = {"clock_origin"}  # the fact that says when, in its time, the clock was set


def lived(settings: Settings, directory: Path, url: str) -> Content:
    """What is in a bank after a year in which every operation ran and two members lived."""
    own = settings.model_copy(update={"data_dir": directory, "members": 12, "database_url": url, "database_spares": 0})
    goldens.place(own)
    with serving(create_app(own)) as client:
        bank = bank_of(client).create("year", members=12, now=BEGIN, rate=0)
        for level in ("typical", "busy"):
            alone(
                bank,
                level,
                accounts=[{"balance": "3000.00"}, {"balance": "100.00"}],
                cards=[{"credit": "900.00", "purchases": [{"merchant": "Tienda", "amount": "120.00", "days_ago": 40}]}],
                beneficiaries=[{"of": "al-dia"}],
                schedules=[{"biller": "eeq", "reference": "200087654321", "day": 12, "maximum": "90.00"}],
            )
        fill(bank)
        bank.clock.advance_to(END)
        bank.ledger.assert_balanced()
        return content(registry_of(client).get("year"))


def test_a_year_is_the_same_rows(settings: Settings, tmp_path: Path) -> None:
    files = lived(settings, tmp_path / "files", "")
    server = lived(settings, tmp_path / "server", os.environ["SANDBOX_DATABASE_URL"])
    assert len(files["life_order"]) > 400
    for table, rows in files.items():
        assert [row for row in server[table] if row[0] not in OF_THE_MACHINE] == [
            row for row in rows if row[0] not in OF_THE_MACHINE
        ], table
