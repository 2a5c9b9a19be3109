"""Scheduled payments that fall due all at once: everybody schedules bills for tomorrow, and tomorrow comes during the
run."""

from datetime import datetime, timedelta
from typing import Any

from loadtests.banks import PATIENT, OwnBank
from loadtests.member import WorkingMember, turn


class SchedulingMember(WorkingMember):
    """Schedules a bill for tomorrow, each time; tomorrow all of them are due at the same moment."""

    think = (0.1, 0.5)
    bank = OwnBank(days=1.5, settings=PATIENT)

    def prepare(self) -> None:
        """Log in; money enough for what will be due, and a company to pay."""
        super().prepare()
        self.origin = self.fund()
        billers = self.phone.call("listBillers", "GET", "/v1/billers", 200)["items"]
        self.biller = next(each["id"] for each in billers if each["reference_pattern"] == "^[0-9]{9,12}$")

    @turn("scheduled")
    def schedule(self, key: str) -> None:
        """A bill for tomorrow, with its code. Raises Refused."""
        today = datetime.fromisoformat(self.phone.control("getClock", "GET", "/_sandbox/clock", 200)["now"])
        body = {
            "origin_account_id": self.origin, "biller_id": self.biller,
            "reference": f"{self.draws.randrange(10**10, 10**11)}7",
            "day_of_month": (today + timedelta(days=1)).day, "maximum_amount": "1000.00",
        }  # fmt: skip
        ordered = self.order("createScheduledPayment", "/v1/scheduled-payments", body, key)
        schedule: Any = self.confirm(ordered)
        self.told.scheduled.append((schedule["id"], schedule["next_run_at"]))
