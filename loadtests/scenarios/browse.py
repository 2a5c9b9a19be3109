"""Looking without touching: products, an account, its movements page by page, the notifications; a fresh login now and
then."""

from typing import Any, ClassVar

from loadtests.member import WorkingMember, turn

LOGIN_SHARE = 0.1


class BrowsingMember(WorkingMember):
    """Opens the app and reads."""

    weight = 4
    think = (0.1, 0.5)
    traits: ClassVar[dict[str, Any]] = {"savings_accounts": 1}

    @turn("browse")
    def read(self, key: str) -> None:
        """Every screen that only reads. Raises Refused."""
        if self.draws.random() < LOGIN_SHARE:
            self.phone.log_in(self.member)
        account = self.phone.accounts()[0]["id"]
        self.phone.call("getAccount", "GET", f"/v1/accounts/{account}", 200)
        path = f"/v1/accounts/{account}/movements?limit=20"
        page = self.phone.call("listMovements", "GET", path, 200)
        if page["next_cursor"]:
            self.phone.call("listMovements", "GET", f"{path}&cursor={page['next_cursor']}", 200)
        self.phone.call("listNotifications", "GET", "/v1/me/notifications", 200)
