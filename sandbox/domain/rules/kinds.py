"""Every kind of rule document: its settings and tables. Adding a kind is adding a model to KINDS."""

from functools import cached_property
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, PrivateAttr, model_validator

from sandbox.domain.calendars import Cycle
from sandbox.domain.rules.country import Calendar, Identity
from sandbox.domain.rules.documents import (
    Document,
    Hours,
    Message,
    Money,
    Part,
    Percent,
    Positive,
    TimeOfDay,
)
from sandbox.domain.rules.life import Life
from sandbox.domain.rules.products import Cards, Deferral, ProductTerms
from sandbox.domain.rules.wording import Texts
from sandbox.domain.vocabulary import Segment, TransferKind
from sandbox.kernel import money


class Argon2(Part):
    """The cost of hashing a password."""

    time_cost: Annotated[int, Field(ge=1, le=16)]
    memory_kib: Annotated[int, Field(ge=8, le=262_144)]
    parallelism: Annotated[int, Field(ge=1, le=16)]

    @model_validator(mode="after")
    def _enough_memory(self) -> Self:
        if self.memory_kib < 8 * self.parallelism:
            raise ValueError("memory_kib must be at least 8 for each of parallelism")
        return self


class CredentialSettings(Part):
    """How credentials are stored."""

    argon2: Argon2


class Credentials(Document):
    """What passwords and usernames must look like."""

    kind = "credentials"
    document: Literal["credentials"]
    settings: CredentialSettings


class Cap(Part):
    """The most that may be sent by one kind and segment."""

    kind: TransferKind
    segment: Segment
    per_transaction: Money
    per_day: Money


class Rate(Part):
    """So many in so many seconds."""

    maximum: Positive
    seconds: Positive


class LimitSettings(Part):
    """Limits that are not money; and whether an order sets its money aside until its code comes, as it does unless a
    document says otherwise."""

    holder_lookups: Rate
    hold_funds: bool = True


class Limits(Document):
    """How much may be sent."""

    kind = "limits"
    document: Literal["limits"]
    settings: LimitSettings
    caps: list[Cap]

    # Not a private attribute: pydantic looks for one everywhere else first, which costs a transfer a hundredth.
    @cached_property
    def _by_key(self) -> dict[tuple[TransferKind, Segment], Cap]:
        return {(cap.kind, cap.segment): cap for cap in self.caps}

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        keys = [(cap.kind, cap.segment) for cap in self.caps]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"two caps for {', '.join(key)}")
        missing = [
            f"{kind}, {segment}"
            for kind in get_args(TransferKind)
            for segment in get_args(Segment)
            if (kind, segment) not in self._by_key
        ]
        if missing:
            raise ValueError(f"no cap for {'; '.join(missing)}")

    def cap_for(self, kind: TransferKind, segment: Segment) -> Cap:
        """The cap of a kind and segment: there is exactly one."""
        return self._by_key[kind, segment]


class OtpSettings(Part):
    """Codes: how long, how often, how many tries. `sends_per_hour` of one challenge, the first code included; the
    others across challenges: of a person and of a phone before a session (`visitor_…`), of a member in one
    (`session_…`)."""

    digits: Annotated[int, Field(ge=4, le=8)]
    attempts: Positive
    life_seconds: Positive
    resend_cooldown_seconds: Annotated[int, Field(ge=0, le=1_000_000_000)]
    sends_per_hour: Annotated[int, Field(ge=1, le=60)]
    visitor_starts_per_hour: Positive
    visitor_sends_per_hour: Positive
    visitor_guesses_per_hour: Positive
    session_resends_per_hour: Positive
    session_guesses_per_hour: Positive


class Otp(Document):
    """One-time codes."""

    kind = "otp"
    document: Literal["otp"]
    settings: OtpSettings


class SessionSettings(Part):
    """Sessions: how long, and what failed logins cost. `touch_seconds`: how exactly the idle time is kept;
    `verified_seconds`: how long a verified enrolment or recovery may take to be completed."""

    idle_seconds: Positive
    absolute_seconds: Positive
    touch_seconds: Positive
    failed_logins: Positive
    lock_seconds: Positive
    verified_seconds: Positive


class Sessions(Document):
    """Who may come in, and for how long."""

    kind = "sessions"
    document: Literal["sessions"]
    settings: SessionSettings


class DeviceSettings(Part):
    """How many devices a member may register, and how a device proves a finger or a face."""

    maximum: Positive
    nonce_seconds: Positive
    biometric_failures: Positive


class Devices(Document):
    """Devices."""

    kind = "devices"
    document: Literal["devices"]
    settings: DeviceSettings


class FeeSettings(Part):
    """The rate of the value-added tax, which is on every fee."""

    vat: Percent


class Price(Part):
    """What an operation costs."""

    kind: str
    fee: Money


class Quote(Part):
    """A price worked out, in cents."""

    fee: int
    tax: int


class Fees(Document):
    """What operations cost."""

    kind = "fees"
    document: Literal["fees"]
    settings: FeeSettings
    fees: list[Price]

    @cached_property
    def _quotes(self) -> dict[str, Quote]:
        vat = self.settings.vat
        return {price.kind: Quote(fee=int(price.fee), tax=money.percent_of(price.fee, vat)) for price in self.fees}

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        kinds = [price.kind for price in self.fees]
        for kind in kinds:
            if kinds.count(kind) > 1:
                raise ValueError(f"two fees for {kind}")
        missing = {"own", "cooperative", "interbank", "card_own", "card_external"} - self._quotes.keys()
        if missing:
            raise ValueError(f"no fee for {', '.join(sorted(missing))}")

    def for_kind(self, kind: str) -> Quote:
        """Fee and tax of a kind of operation, in cents."""
        return self._quotes[kind]


class SettlementCycle(Part):
    """What is ordered before `closes` is settled at `settles`."""

    closes: TimeOfDay
    settles: TimeOfDay


class Return(Part):
    """An account from which money always comes back, and why."""

    account_number: str = Field(pattern=r"^[0-9]{6,20}$")
    reason: str = Field(pattern=r"^[a-z_]+$")
    message: Message


class Settlement(Document):
    """When interbank money arrives, and from where it comes back."""

    kind = "settlement"
    document: Literal["settlement"]
    cycles: list[SettlementCycle] = Field(min_length=1)
    returns: list[Return] = Field(default_factory=list)
    _by_number: dict[str, Return] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any) -> None:
        super().model_post_init(context)
        for cycle in self.cycles:
            if cycle.settles <= cycle.closes:
                raise ValueError("a cycle settles after it closes")
        for each in self.returns:
            if each.account_number in self._by_number:
                raise ValueError(f"two returns for {each.account_number}")
            self._by_number[each.account_number] = each

    @property
    def as_cycles(self) -> list[Cycle]:
        """The cycles as the calendar takes them."""
        return [Cycle(cycle.closes, cycle.settles) for cycle in self.cycles]

    def return_of(self, account_number: str) -> Return | None:
        """Why money sent there comes back; None when it arrives."""
        return self._by_number.get(account_number)


class AppSettings(Part):
    """The oldest version that may be used, and whether the app is under maintenance."""

    minimum_version: str = Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,9}){2}$")
    maintenance: bool


class App(Document):
    """The app's own policy."""

    kind = "app"
    document: Literal["app"]
    settings: AppSettings


class ServiceSettings(Part):
    """How long what a bill said may be paid, and the amounts that a top-up may have."""

    inquiry_seconds: Positive
    top_up_amounts: list[Money] = Field(min_length=1, max_length=50)


class MagicReference(Part):
    """How the references end that have a certain outcome."""

    ends_with: str = Field(pattern=r"^[0-9]+$")
    outcome: Literal["no_debt", "unknown_reference", "biller_unavailable"]


class Services(Document):
    """Bills."""

    kind = "services"
    document: Literal["services"]
    settings: ServiceSettings
    magic: list[MagicReference] = Field(default_factory=list)

    def outcome_of(self, reference: str) -> str:
        """What an inquiry for that reference comes to: a magic outcome, or `debt`."""
        return next((each.outcome for each in self.magic if reference.endswith(each.ends_with)), "debt")


class ScheduleSettings(Part):
    """When scheduled payments run, and on how many days more when they could not."""

    runs_at: TimeOfDay
    retries: Annotated[int, Field(ge=0, le=10)]


class Schedules(Document):
    """Scheduled payments."""

    kind = "schedules"
    document: Literal["schedules"]
    settings: ScheduleSettings


class RequestStep(Part):
    """A status, and how long after the request it comes."""

    status: Literal["in_review", "answered"]
    after_hours: Hours


class Requests(Document):
    """Products requested."""

    kind = "requests"
    document: Literal["requests"]
    steps: list[RequestStep] = Field(min_length=1)


KINDS: dict[str, type[Document]] = {
    model.kind: model
    for model in (
        App, Calendar, Cards, Credentials, Deferral, Devices, Fees, Identity, Life, Limits, Otp, ProductTerms, Requests,
        Schedules, Services, Sessions, Settlement, Texts,
    )
}  # fmt: skip
