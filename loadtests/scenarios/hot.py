"""The hot account: one member, logged in on a great many devices, and every device debits the same account."""

from loadtests.banks import OwnBank
from loadtests.member import WorkingMember, turn
from loadtests.wire import Device, Member

OWNER = "premium"


class HotMember(WorkingMember):
    """A device more of the one member, in a bank whose rules allow a million of them."""

    weight = 2
    shared = True
    bank = OwnBank(settings={"devices": {"maximum": 1_000_000}})

    def find_member(self) -> Member:
        """The owner, which all share, so that it is not leased."""
        owner: Member = self.control.get("/members", persona=OWNER)["items"][0]
        return owner

    def prepare(self) -> None:
        """Register this user's own device, with its code, and log in on it."""
        device = Device(id=self.key, name="Un celular más", platform="android")
        self.phone.carry(lambda: self.control.token_of(self.member["id"]))
        registration = self.phone.create("registerDevice", "/v1/me/devices", {**device}, f"{self.key}-device")
        self.confirm(registration, kept=False)
        self.phone.log_in(self.member, device)

    @turn("hot")
    def debit(self, key: str) -> None:
        """A cent out of the account that everybody debits. Raises Refused."""
        self.confirm(self.transfer(key, "0.01"))
