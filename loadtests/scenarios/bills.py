"""Bills: what is owed to a company of the catalogue is asked for, and paid with a code; top-ups need no question."""

from loadtests.member import WorkingMember, turn

TOP_UP_SHARE = 0.3
PREFIX_DIGITS = 2
LONG_DIGITS = 10
"""References this long are drawn from so many that no two members draw the same."""


class BillPayingMember(WorkingMember):
    """Pays an unpaid bill each time; has money enough for that."""

    weight = 2
    think = (0.1, 0.5)

    def prepare(self) -> None:
        """Log in; money, and the companies that know bills by digits alone."""
        super().prepare()
        self.origin = self.fund()
        billers = self.phone.call("listBillers", "GET", "/v1/billers", 200)["items"]
        known = [each for each in billers if each["reference_example"].isdigit()]
        known = [each for each in known if len(each["reference_example"]) >= LONG_DIGITS]
        self.billers = [each for each in known if not each["top_up"]]
        self.top_ups = [each for each in known if each["top_up"]]

    @turn("services")
    def pay(self, key: str) -> None:
        """A bill or a top-up, paid with its code. Raises Refused."""
        if self.draws.random() < TOP_UP_SHARE:
            biller = self.draws.choice(self.top_ups)
            what = {
                "biller_id": biller["id"],
                "reference": self._reference(biller["reference_example"]),
                "amount": "1.00",
            }
        else:
            biller = self.draws.choice(self.billers)
            asked = {"biller_id": biller["id"], "reference": self._reference(biller["reference_example"])}
            owed = self.phone.call("inquireBill", "POST", "/v1/bill-inquiries", 201, asked)
            what = {"inquiry_id": owed["id"]}
        body = {"origin_account_id": self.origin, **what}
        self.confirm(self.order("createServicePayment", "/v1/service-payments", body, key))

    def _reference(self, example: str) -> str:
        """A reference of the example's form, whose end means nothing special."""
        drawn = len(example) - PREFIX_DIGITS - 1
        return f"{example[:PREFIX_DIGITS]}{self.draws.randrange(10**drawn):0{drawn}d}{self.draws.randrange(1, 8)}"
