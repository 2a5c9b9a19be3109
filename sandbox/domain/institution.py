"""The cooperative itself: names, numbers and places that every text, account and card takes from one place."""

from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from sandbox.domain.rules.documents import Keyed, Message, Part
from sandbox.domain.rules.wording import Names

Title = Annotated[str, Field(min_length=1, max_length=40)]
AccountPrefix = Annotated[str, Field(pattern=r"^[0-9]{3}$", examples=["410"])]


class NetworkEntry(Part):
    """How the institution is listed in the interbank network. Public lists conflict over `code`."""

    code: str = Field(pattern=r"^[0-9]{3,4}$", examples=["079"])
    name: str = Field(min_length=1, max_length=60)
    kind: Literal["bank", "cooperative", "mutualist"]


class Prefixes(Part):
    """With which three digits numbers begin: of accounts and certificates, of loans, of term deposits."""

    account: AccountPrefix
    loan: AccountPrefix
    term_deposit: AccountPrefix

    @model_validator(mode="after")
    def _tell_apart(self) -> Self:
        if len({self.account, self.loan, self.term_deposit}) < 3:
            raise ValueError("two kinds of products have the same prefix")
        return self


class CardProduct(Part):
    """The cards it issues: the issuer's number they begin with (ISO/IEC 7812: six or eight digits), the franchise, and
    the day of the month on which their statements are cut."""

    bin: str = Field(pattern=r"^[0-9]{6}([0-9]{2})?$", examples=["999999"])
    franchise: Title
    cut_day: int = Field(ge=1, le=28)


class Referral(Part):
    """What a member shares: a code that begins so, and a link with the code in it."""

    code_prefix: str = Field(pattern=r"^[A-Z]{2,10}$", examples=["COOP"])
    link: str = Field(pattern=r"^https://[^{}\s]*\{code\}[^{}\s]*$", max_length=200)


class Channel(Keyed):
    """A way to reach the cooperative."""

    kind: Literal["phone", "whatsapp", "email", "web", "branch"]
    title: Message
    value: str = Field(min_length=1, max_length=200)


class Institution(Part):
    """Whose bank this is. A sandbox keeps the one it was seeded with."""

    name: Title
    app: Title
    realm: str = Field(pattern=r"^[a-z0-9-]{1,40}$", description="Of the Bearer scheme (RFC 6750).")
    network: NetworkEntry
    prefixes: Prefixes
    cards: CardProduct
    referral: Referral
    contact: list[Channel]

    @cached_property
    def names(self) -> Names:
        """What texts call it."""
        return Names(self.name, self.app)

    @cached_property
    def values(self) -> dict[str, str]:
        """What problems say of it."""
        return {"institution": self.name, "realm": self.realm}

    @property
    def card_name(self) -> str:
        """What a card is called."""
        return f"{self.cards.franchise} {self.name}"

    def link(self, code: str) -> str:
        """Where the app is recommended with that code."""
        return self.referral.link.replace("{code}", code)

    def asks_for_token(self, error: str | None = None) -> dict[str, str]:
        """The header of an answer to a request without a usable token (RFC 6750, section 3), with what is wrong."""
        told = "" if error is None else f', error="{error}"'
        return {"WWW-Authenticate": f'Bearer realm="{self.realm}"{told}'}


@lru_cache(maxsize=64)
def institution_of(text: str) -> Institution:
    """The institution that a database keeps as JSON; one object for all sandboxes that have the same. Raises
    ValueError."""
    try:
        return Institution.model_validate_json(text)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, ("institution", *first["loc"])))
        raise ValueError(f"{place}: {first['msg']}") from None
