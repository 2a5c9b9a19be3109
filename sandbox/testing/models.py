# Written by `python -m clients.python`; do not edit.
"""What crosses the wire, as types. At run time these are plain dictionaries."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

EventFilter: TypeAlias = Literal[
    "access_methods",
    "access_methods.changed",
    "beneficiary",
    "beneficiary.cancelled",
    "beneficiary.confirmed",
    "beneficiary.created",
    "beneficiary.deleted",
    "beneficiary.edited",
    "beneficiary.expired",
    "beneficiary.locked",
    "beneficiary.maximum_raised",
    "beneficiary_maximum",
    "beneficiary_maximum.cancelled",
    "beneficiary_maximum.created",
    "beneficiary_maximum.expired",
    "beneficiary_maximum.locked",
    "card",
    "card.purchase",
    "card.statement",
    "card_payment",
    "card_payment.cancelled",
    "card_payment.completed",
    "card_payment.created",
    "card_payment.expired",
    "card_payment.in_process",
    "card_payment.locked",
    "card_payment.postponed",
    "card_payment.settled",
    "challenge",
    "challenge.cancelled",
    "challenge.confirmed",
    "challenge.expired",
    "challenge.locked",
    "challenge.missed",
    "deferral",
    "deferral.active",
    "deferral.cancelled",
    "deferral.created",
    "deferral.expired",
    "deferral.instalment",
    "deferral.locked",
    "deferral.prepaid",
    "deferral_prepayment",
    "deferral_prepayment.cancelled",
    "deferral_prepayment.completed",
    "deferral_prepayment.created",
    "deferral_prepayment.expired",
    "deferral_prepayment.locked",
    "device_deletion",
    "device_deletion.cancelled",
    "device_deletion.completed",
    "device_deletion.expired",
    "device_deletion.locked",
    "device_deletion.started",
    "device_registration",
    "device_registration.cancelled",
    "device_registration.completed",
    "device_registration.expired",
    "device_registration.locked",
    "device_registration.started",
    "device_replacement",
    "device_replacement.cancelled",
    "device_replacement.completed",
    "device_replacement.expired",
    "device_replacement.locked",
    "device_replacement.started",
    "enrolment",
    "enrolment.cancelled",
    "enrolment.completed",
    "enrolment.expired",
    "enrolment.locked",
    "enrolment.started",
    "enrolment.verified",
    "external_card",
    "external_card.cancelled",
    "external_card.created",
    "external_card.expired",
    "external_card.locked",
    "external_card.maximum_raised",
    "external_card.registered",
    "external_card_maximum",
    "external_card_maximum.cancelled",
    "external_card_maximum.created",
    "external_card_maximum.expired",
    "external_card_maximum.locked",
    "fault",
    "fault.ordered",
    "hold",
    "hold.lifted",
    "hold.placed",
    "life",
    "life.card_payment",
    "life.card_purchase",
    "life.changed",
    "life.fee",
    "life.forgotten",
    "life.interest",
    "life.loan_instalment",
    "life.maturity",
    "life.purchase",
    "life.refused",
    "life.remittance",
    "life.salary",
    "life.service",
    "life.takings",
    "life.transfer",
    "life.transfer_received",
    "life.withdrawal",
    "limits",
    "limits.changed",
    "member",
    "member.altered",
    "member.made",
    "message",
    "message.lost",
    "message.sent",
    "message.withheld",
    "password_change",
    "password_change.cancelled",
    "password_change.completed",
    "password_change.expired",
    "password_change.locked",
    "password_change.started",
    "password_recovery",
    "password_recovery.cancelled",
    "password_recovery.completed",
    "password_recovery.expired",
    "password_recovery.locked",
    "password_recovery.started",
    "password_recovery.verified",
    "product_request",
    "product_request.answered",
    "product_request.created",
    "product_request.in_review",
    "referral",
    "referral.created",
    "rules",
    "rules.overridden",
    "rules.reset",
    "scheduled_payment",
    "scheduled_payment.active",
    "scheduled_payment.biller_unavailable",
    "scheduled_payment.cancelled",
    "scheduled_payment.created",
    "scheduled_payment.expired",
    "scheduled_payment.insufficient_funds",
    "scheduled_payment.locked",
    "scheduled_payment.maximum_raised",
    "scheduled_payment.nothing_due",
    "scheduled_payment.over_maximum",
    "scheduled_payment.paid",
    "scheduled_payment.refused",
    "scheduled_payment.retrying",
    "scheduled_payment_maximum",
    "scheduled_payment_maximum.cancelled",
    "scheduled_payment_maximum.created",
    "scheduled_payment_maximum.expired",
    "scheduled_payment_maximum.locked",
    "service",
    "service.cancelled",
    "service.created",
    "service.expired",
    "service.locked",
    "service.registered",
    "service_payment",
    "service_payment.cancelled",
    "service_payment.completed",
    "service_payment.created",
    "service_payment.expired",
    "service_payment.locked",
    "session",
    "session.ended",
    "session.refused",
    "session.started",
    "transfer",
    "transfer.cancelled",
    "transfer.completed",
    "transfer.created",
    "transfer.expired",
    "transfer.in_process",
    "transfer.locked",
    "transfer.postponed",
    "transfer.returned",
    "transfer.settled",
    "username_change",
    "username_change.cancelled",
    "username_change.completed",
    "username_change.expired",
    "username_change.locked",
    "username_change.started",
    "username_recovery",
    "username_recovery.cancelled",
    "username_recovery.completed",
    "username_recovery.expired",
    "username_recovery.locked",
    "username_recovery.started",
]


EventKind: TypeAlias = Literal[
    "access_methods.changed",
    "beneficiary.cancelled",
    "beneficiary.confirmed",
    "beneficiary.created",
    "beneficiary.deleted",
    "beneficiary.edited",
    "beneficiary.expired",
    "beneficiary.locked",
    "beneficiary.maximum_raised",
    "beneficiary_maximum.cancelled",
    "beneficiary_maximum.created",
    "beneficiary_maximum.expired",
    "beneficiary_maximum.locked",
    "card.purchase",
    "card.statement",
    "card_payment.cancelled",
    "card_payment.completed",
    "card_payment.created",
    "card_payment.expired",
    "card_payment.in_process",
    "card_payment.locked",
    "card_payment.postponed",
    "card_payment.settled",
    "challenge.cancelled",
    "challenge.confirmed",
    "challenge.expired",
    "challenge.locked",
    "challenge.missed",
    "deferral.active",
    "deferral.cancelled",
    "deferral.created",
    "deferral.expired",
    "deferral.instalment",
    "deferral.locked",
    "deferral.prepaid",
    "deferral_prepayment.cancelled",
    "deferral_prepayment.completed",
    "deferral_prepayment.created",
    "deferral_prepayment.expired",
    "deferral_prepayment.locked",
    "device_deletion.cancelled",
    "device_deletion.completed",
    "device_deletion.expired",
    "device_deletion.locked",
    "device_deletion.started",
    "device_registration.cancelled",
    "device_registration.completed",
    "device_registration.expired",
    "device_registration.locked",
    "device_registration.started",
    "device_replacement.cancelled",
    "device_replacement.completed",
    "device_replacement.expired",
    "device_replacement.locked",
    "device_replacement.started",
    "enrolment.cancelled",
    "enrolment.completed",
    "enrolment.expired",
    "enrolment.locked",
    "enrolment.started",
    "enrolment.verified",
    "external_card.cancelled",
    "external_card.created",
    "external_card.expired",
    "external_card.locked",
    "external_card.maximum_raised",
    "external_card.registered",
    "external_card_maximum.cancelled",
    "external_card_maximum.created",
    "external_card_maximum.expired",
    "external_card_maximum.locked",
    "fault.ordered",
    "hold.lifted",
    "hold.placed",
    "life.card_payment",
    "life.card_purchase",
    "life.changed",
    "life.fee",
    "life.forgotten",
    "life.interest",
    "life.loan_instalment",
    "life.maturity",
    "life.purchase",
    "life.refused",
    "life.remittance",
    "life.salary",
    "life.service",
    "life.takings",
    "life.transfer",
    "life.transfer_received",
    "life.withdrawal",
    "limits.changed",
    "member.altered",
    "member.made",
    "message.lost",
    "message.sent",
    "message.withheld",
    "password_change.cancelled",
    "password_change.completed",
    "password_change.expired",
    "password_change.locked",
    "password_change.started",
    "password_recovery.cancelled",
    "password_recovery.completed",
    "password_recovery.expired",
    "password_recovery.locked",
    "password_recovery.started",
    "password_recovery.verified",
    "product_request.answered",
    "product_request.created",
    "product_request.in_review",
    "referral.created",
    "rules.overridden",
    "rules.reset",
    "scheduled_payment.active",
    "scheduled_payment.biller_unavailable",
    "scheduled_payment.cancelled",
    "scheduled_payment.created",
    "scheduled_payment.expired",
    "scheduled_payment.insufficient_funds",
    "scheduled_payment.locked",
    "scheduled_payment.maximum_raised",
    "scheduled_payment.nothing_due",
    "scheduled_payment.over_maximum",
    "scheduled_payment.paid",
    "scheduled_payment.refused",
    "scheduled_payment.retrying",
    "scheduled_payment_maximum.cancelled",
    "scheduled_payment_maximum.created",
    "scheduled_payment_maximum.expired",
    "scheduled_payment_maximum.locked",
    "service.cancelled",
    "service.created",
    "service.expired",
    "service.locked",
    "service.registered",
    "service_payment.cancelled",
    "service_payment.completed",
    "service_payment.created",
    "service_payment.expired",
    "service_payment.locked",
    "session.ended",
    "session.refused",
    "session.started",
    "transfer.cancelled",
    "transfer.completed",
    "transfer.created",
    "transfer.expired",
    "transfer.in_process",
    "transfer.locked",
    "transfer.postponed",
    "transfer.returned",
    "transfer.settled",
    "username_change.cancelled",
    "username_change.completed",
    "username_change.expired",
    "username_change.locked",
    "username_change.started",
    "username_recovery.cancelled",
    "username_recovery.completed",
    "username_recovery.expired",
    "username_recovery.locked",
    "username_recovery.started",
]


OperationId: TypeAlias = Literal[
    "cancelChallenge",
    "changePassword",
    "changeUsername",
    "checkCredential",
    "completeEnrolment",
    "confirmChallenge",
    "createBeneficiary",
    "createBiometricSession",
    "createCardPayment",
    "createDeferral",
    "createExternalCard",
    "createProductRequest",
    "createReferral",
    "createRegisteredService",
    "createScheduledPayment",
    "createServicePayment",
    "createSession",
    "createTransfer",
    "deleteBeneficiary",
    "deleteDevice",
    "deleteExternalCard",
    "deleteRegisteredService",
    "deleteScheduledPayment",
    "deleteSession",
    "getAccessMethods",
    "getAccount",
    "getAppInfo",
    "getBeneficiary",
    "getCard",
    "getCardPayment",
    "getCardPaymentReceipt",
    "getChallenge",
    "getCredentialRules",
    "getDeferral",
    "getDeferralOptions",
    "getEnrolment",
    "getExternalCard",
    "getLimits",
    "getProductRequest",
    "getProducts",
    "getProfile",
    "getReferralInvitation",
    "getScheduledPayment",
    "getServicePayment",
    "getServicePaymentReceipt",
    "getSession",
    "getTransfer",
    "getTransferReceipt",
    "getUsernameAvailability",
    "inquireBill",
    "listBeneficiaries",
    "listBillers",
    "listCardPayments",
    "listCardPurchases",
    "listCards",
    "listContactChannels",
    "listDeferrals",
    "listDevices",
    "listErrors",
    "listExternalCards",
    "listFaqs",
    "listInstitutions",
    "listMovements",
    "listNotifications",
    "listProductRequests",
    "listReferrals",
    "listRegisteredServices",
    "listRequestableProducts",
    "listScheduledPaymentRuns",
    "listScheduledPayments",
    "listServiceCategories",
    "listServicePayments",
    "listTransfers",
    "lookupAccountHolder",
    "prepayDeferral",
    "previewTransfer",
    "recoverPassword",
    "recoverUsername",
    "refreshSession",
    "registerDevice",
    "replaceDevice",
    "resendChallenge",
    "resetPassword",
    "simulateDeferral",
    "startBiometricLogin",
    "startEnrolment",
    "updateAccessMethods",
    "updateBeneficiary",
    "updateExternalCard",
    "updateLimits",
    "updateScheduledPayment",
]


ProblemCode: TypeAlias = Literal[
    "access_locked",
    "account_holder_not_found",
    "account_not_active",
    "account_not_debitable",
    "already_enrolled",
    "already_referred",
    "already_scheduled",
    "app_update_required",
    "beneficiary_exists",
    "beneficiary_kind_mismatch",
    "beneficiary_limit_exceeded",
    "bill_already_paid",
    "biller_unavailable",
    "biometrics_blocked",
    "biometrics_not_enabled",
    "biometrics_refused",
    "body_too_large",
    "card_already_registered",
    "card_limit_exceeded",
    "card_not_active",
    "challenge_already_confirmed",
    "challenge_cancelled",
    "challenge_expired",
    "challenge_locked",
    "clock_goes_forward",
    "code_limit_reached",
    "control_token_required",
    "credit_exceeded",
    "current_credential_wrong",
    "daily_limit_exceeded",
    "default_sandbox_stays",
    "deferral_not_active",
    "deferral_not_eligible",
    "deleted_sandbox_not_found",
    "destination_not_creditable",
    "device_limit_reached",
    "device_not_registered",
    "document_taken",
    "facts_do_not_fit",
    "forbidden_origin",
    "guess_limit_reached",
    "headers_too_large",
    "idempotency_in_progress",
    "idempotency_key_reused",
    "import_refused",
    "inquiry_expired",
    "insufficient_funds",
    "internal_error",
    "invalid_card_number",
    "invalid_credentials",
    "invalid_cursor",
    "invalid_document",
    "invalid_holder_document",
    "invalid_host",
    "invalid_idempotency_key",
    "invalid_public_key",
    "invalid_sandbox_name",
    "invalid_token",
    "keeper_unreachable",
    "limit_exceeded",
    "malformed_body",
    "malformed_request",
    "member_not_active",
    "method_not_allowed",
    "more_than_owed",
    "no_active_account",
    "no_event",
    "no_member_free",
    "no_message",
    "no_phone_on_file",
    "not_a_member",
    "not_a_top_up",
    "not_found",
    "not_ready",
    "not_recording",
    "not_verified",
    "nothing_due",
    "nothing_owed",
    "own_account_as_beneficiary",
    "own_limit_exceeded",
    "parent_elsewhere",
    "password_not_allowed",
    "problem_not_declared",
    "procedure_over",
    "rate_limited",
    "receipt_not_ready",
    "reference_malformed",
    "reference_unknown",
    "refresh_token_reused",
    "request_timeout",
    "resend_limit_reached",
    "resend_too_soon",
    "rule_refused",
    "rules_invalid",
    "same_account",
    "sandbox_damaged",
    "sandbox_elsewhere",
    "sandbox_exists",
    "sandbox_in_use",
    "sandbox_not_found",
    "sandbox_of_another_version",
    "service_already_registered",
    "service_unavailable",
    "session_expired",
    "sessions_do_not_end",
    "simulation_expired",
    "snapshot_damaged",
    "snapshot_exists",
    "snapshot_not_found",
    "snapshot_of_another_version",
    "storage_busy",
    "storage_full",
    "storage_missing",
    "storage_read_only",
    "storage_unreachable",
    "term_not_offered",
    "too_many_sandboxes",
    "unsupported_media_type",
    "username_not_allowed",
    "username_taken",
    "validation_failed",
    "webhook_address_not_allowed",
    "wrong_code",
]


ScenarioOperation: TypeAlias = Literal[
    "cancelChallenge",
    "changePassword",
    "changeUsername",
    "checkCredential",
    "completeEnrolment",
    "confirmChallenge",
    "createBeneficiary",
    "createBiometricSession",
    "createCardPayment",
    "createDeferral",
    "createExternalCard",
    "createProductRequest",
    "createReferral",
    "createRegisteredService",
    "createScheduledPayment",
    "createServicePayment",
    "createSession",
    "createTransfer",
    "deleteBeneficiary",
    "deleteDevice",
    "deleteExternalCard",
    "deleteRegisteredService",
    "deleteScheduledPayment",
    "deleteSession",
    "getAccessMethods",
    "getAccount",
    "getAppInfo",
    "getBeneficiary",
    "getCard",
    "getCardPayment",
    "getCardPaymentReceipt",
    "getChallenge",
    "getCredentialRules",
    "getDeferral",
    "getDeferralOptions",
    "getEnrolment",
    "getExternalCard",
    "getLimits",
    "getProductRequest",
    "getProducts",
    "getProfile",
    "getReferralInvitation",
    "getScheduledPayment",
    "getServicePayment",
    "getServicePaymentReceipt",
    "getSession",
    "getTransfer",
    "getTransferReceipt",
    "getUsernameAvailability",
    "inquireBill",
    "listBeneficiaries",
    "listBillers",
    "listCardPayments",
    "listCardPurchases",
    "listCards",
    "listContactChannels",
    "listDeferrals",
    "listDevices",
    "listErrors",
    "listExternalCards",
    "listFaqs",
    "listInstitutions",
    "listMovements",
    "listNotifications",
    "listProductRequests",
    "listReferrals",
    "listRegisteredServices",
    "listRequestableProducts",
    "listScheduledPaymentRuns",
    "listScheduledPayments",
    "listServiceCategories",
    "listServicePayments",
    "listTransfers",
    "lookupAccountHolder",
    "prepayDeferral",
    "previewTransfer",
    "recoverPassword",
    "recoverUsername",
    "refreshSession",
    "registerDevice",
    "replaceDevice",
    "resendChallenge",
    "resetPassword",
    "simulateDeferral",
    "startBiometricLogin",
    "startEnrolment",
    "updateAccessMethods",
    "updateBeneficiary",
    "updateExternalCard",
    "updateLimits",
    "updateScheduledPayment",
    "*",
]


class AccessMethods(TypedDict):
    """The ways in, on this device."""

    password: bool
    fingerprint: bool
    face: bool


class AccessMethodsWanted(TypedDict):
    """Which ways in, besides the password; omitted fields keep their value. The key is needed the first time one is
    enabled.
    """

    fingerprint: NotRequired[bool | None]
    face: NotRequired[bool | None]
    public_key: NotRequired[str | Jwk | None]


class AccountDetail(TypedDict):
    """An account's page: book and available balance, and the holds between them."""

    id: str
    type: Literal["savings", "share_certificate"]
    name: str
    status: Literal["active", "inactive", "blocked"]
    number: str
    available_balance: str
    book_balance: str
    debitable: bool
    held_balance: str
    currency: Literal["USD"]
    opened_at: str
    holds: list[Hold]


class AccountGroup(TypedDict):
    """«Cuentas»: accounts with the total of what is available."""

    type: Literal["accounts"]
    title: str
    total: str
    currency: Literal["USD"]
    items: list[AccountItem]


class AccountHolder(TypedDict):
    """Whose account it is."""

    name: str
    account_number: str
    account_type: Literal["savings", "share_certificate"]
    institution: str


class AccountInFull(TypedDict):
    """An account with its whole number."""

    id: str
    number: str
    type: Literal["savings", "share_certificate", "card", "system"]


class AccountItem(TypedDict):
    """An account in the summary, which shows the available balance."""

    id: str
    type: Literal["savings", "share_certificate"]
    name: str
    status: Literal["active", "inactive", "blocked"]
    number: str
    available_balance: str
    book_balance: str
    debitable: bool


class AccountOverview(TypedDict):
    """An account with its balances and what is held between them."""

    id: str
    number: str
    type: Literal["savings", "share_certificate", "card", "system"]
    name: str
    status: Literal["active", "inactive", "blocked"]
    book_balance: str
    available_balance: str
    holds: list[HoldInFull]


class AccountPatch(TypedDict):
    """An account that is to be active or not."""

    status: Literal["active", "inactive"]


class AccountState(TypedDict):
    """An account by its status."""

    id: str
    status: Literal["active", "inactive", "blocked"]


class AccountTrait(TypedDict):
    """An account with its final book balance."""

    type: NotRequired[Literal["savings", "share_certificate"]]
    balance: NotRequired[str]
    status: NotRequired[Literal["active", "inactive"]]
    holds: NotRequired[list[HoldTrait]]


class Advance(TypedDict):
    """How far: `by` an ISO 8601 duration, or `to` a moment."""

    by: NotRequired[str | None]
    to: NotRequired[str | None]


class Advanced(TypedDict):
    """The clock after an advance, and what fell due on the way: the first 1,000 jobs in order, how many there were,
    and how many of each kind; of life, how many of each thing that members did.
    """

    now: str
    rate: float
    jobs: list[Job]
    jobs_in_all: int
    counts: dict[str, int]


class AppInfo(TypedDict):
    """What the app asks first."""

    minimum_version: str
    maintenance: bool
    menu: list[MenuOption]


class Audit(TypedDict):
    """What the audit found. `balanced` is true when there is nothing to find."""

    balanced: bool
    accounts: int
    entries: int
    postings: int
    holds: int
    violations: list[Violation]


class Availability(TypedDict):
    """Whether a username may be chosen: free, and within the rules."""

    username: str
    available: bool
    valid: bool
    rules: list[Check]


class Balance(TypedDict):
    """An account after a deposit."""

    id: str
    book_balance: str
    available_balance: str


class BeneficiaryConfirmation(TypedDict):
    """A confirmed beneficiary."""

    kind: Literal["beneficiary"]
    challenge: Challenge
    operation: BeneficiaryReference
    resource: Beneficiary


class BeneficiaryDetail(TypedDict):
    """The edit form: the only place where a beneficiary is shown unmasked."""

    id: str
    kind: Literal["cooperative", "interbank"]
    status: Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted"]
    institution: str
    account_type: Literal["savings", "checking"]
    account_number: str
    holder_name: str
    email: str | None
    alias: str | None
    maximum_amount: str
    currency: Literal["USD"]
    pending_maximum_amount: str | None
    created_at: str
    challenge: Challenge | None
    document_type: Literal["cedula", "ruc", "passport"] | None
    document_number: str | None


class BeneficiaryEdit(TypedDict):
    """What may be edited; what is left out stays. Identity and account are read-only."""

    email: NotRequired[str | None]
    alias: NotRequired[str | None]
    maximum_amount: NotRequired[str | None]


class BeneficiaryMaximumConfirmation(TypedDict):
    """A confirmed beneficiary maximum."""

    kind: Literal["beneficiary_maximum"]
    challenge: Challenge
    operation: BeneficiaryMaximumReference
    resource: Beneficiary


class BeneficiaryMaximumReference(TypedDict):
    """`BeneficiaryMaximumReference` of the OpenAPI document."""

    kind: Literal["beneficiary_maximum"]
    id: str


class BeneficiaryReference(TypedDict):
    """`BeneficiaryReference` of the OpenAPI document."""

    kind: Literal["beneficiary"]
    id: str


class BeneficiaryTrait(TypedDict):
    """Another persona's first savings account."""

    of: str
    maximum: NotRequired[str]
    alias: NotRequired[str | None]


class Beneficiary(TypedDict):
    """A beneficiary; `challenge` while it, or `pending_maximum_amount`, waits for its code."""

    id: str
    kind: Literal["cooperative", "interbank"]
    status: Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted"]
    institution: str
    account_type: Literal["savings", "checking"]
    account_number: str
    holder_name: str
    email: str | None
    alias: str | None
    maximum_amount: str
    currency: Literal["USD"]
    pending_maximum_amount: str | None
    created_at: str
    challenge: Challenge | None


class Biller(TypedDict):
    """A company, with what its reference is called and looks like."""

    id: str
    name: str
    category: str
    reference_label: str
    reference_pattern: str
    reference_example: str
    fee: str
    top_up: bool


class BiometricChallenge(TypedDict):
    """What to sign with ECDSA over P-256 and SHA-256: the 32 bytes behind `nonce`, which is Base64."""

    id: str
    nonce: str
    expires_at: str


class BiometricProof(TypedDict):
    """The signature over the nonce's bytes: Base64 of its DER form or of r‖s (64 bytes)."""

    id: str
    device_id: str
    method: Literal["fingerprint", "face"]
    signature: str


class Book(TypedDict):
    """An account of the books: a member's, or one of the bank's own."""

    id: str
    number: str
    type: Literal["savings", "share_certificate", "card", "system"]
    name: str
    member_id: str | None
    member: str | None
    book_balance: str
    available_balance: str


class Candidate(TypedDict):
    """A password or username to check, as it is being typed."""

    kind: Literal["password", "username"]
    value: str


class CardGroup(TypedDict):
    """«Tarjetas», with the total of what is owed."""

    type: Literal["cards"]
    title: str
    total: str
    currency: Literal["USD"]
    items: list[CardItem]


class CardInFull(TypedDict):
    """A card with its whole number."""

    id: str
    number: str
    status: Literal["active", "blocked"]


class CardItem(TypedDict):
    """A card in the summary."""

    id: str
    type: Literal["card"]
    name: str
    status: Literal["active", "blocked"]
    number: str
    owed: str
    available: str


class CardOption(TypedDict):
    """A card, what on it can be deferred, and why the rest cannot."""

    card_id: str
    name: str
    franchise: str
    number: str
    eligible: bool
    reasons: list[str]
    revolving_balance: str
    revolving: RevolvingOption
    purchases: list[PurchaseOption]


class CardPatch(TypedDict):
    """A card that is to be blocked, or overdue."""

    status: NotRequired[Literal["active", "blocked"] | None]
    overdue: NotRequired[bool | None]


class CardPaymentConfirmation(TypedDict):
    """A confirmed card payment."""

    kind: Literal["card_payment"]
    challenge: Challenge
    operation: CardPaymentReference
    resource: CardPayment


class CardPaymentReceipt(TypedDict):
    """The voucher of a card payment that was made."""

    receipt_number: str
    date: str
    origin: Party
    amount: str
    fee: str
    tax: str
    total: str
    currency: Literal["USD"]
    reference: str
    card_payment_id: str
    status: Literal["pending_confirmation", "completed", "in_process", "settled", "cancelled", "expired", "locked"]
    card_number: str
    institution: str
    holder_name: str


class CardPaymentReference(TypedDict):
    """`CardPaymentReference` of the OpenAPI document."""

    kind: Literal["card_payment"]
    id: str


class CardPayment(TypedDict):
    """A payment to a card; other institutions' settle later."""

    id: str
    status: Literal["pending_confirmation", "completed", "in_process", "settled", "cancelled", "expired", "locked"]
    card_id: str | None
    external_card_id: str | None
    card_number: str
    institution: str
    holder_name: str
    origin_account_id: str
    origin: Party
    amount: str
    fee: str
    tax: str
    total: str
    currency: Literal["USD"]
    reference: str
    created_at: str
    confirmed_at: str | None
    settles_at: str | None
    challenge: Challenge | None


class CardState(TypedDict):
    """A card by its status."""

    id: str
    status: Literal["active", "blocked"]
    overdue: bool


class CardTrait(TypedDict):
    """A card with its purchases; `overdue` when the minimum of an earlier statement was not paid, for which something
    must have been bought.
    """

    credit: str
    status: NotRequired[Literal["active", "blocked"]]
    overdue: NotRequired[bool]
    purchases: NotRequired[list[PurchaseTrait]]


class Card(TypedDict):
    """A card of the cooperative."""

    id: str
    name: str
    franchise: str
    number: str
    status: Literal["active", "blocked"]
    limit: str
    available: str
    owed: str
    deferred: str
    revolving_balance: str
    statement_balance: str
    minimum_payment: str
    total_payment: str
    cut_off_date: str
    due_date: str | None
    overdue: bool
    currency: Literal["USD"]


class Case(TypedDict):
    """A case of a document: what is asked, and whether the rules in force answer as it says."""

    name: str
    subject: str
    facts: dict[str, Any]
    expected: dict[str, Any]
    passed: bool
    problem: str | None


class Challenge(TypedDict):
    """A code asked for: where it went, until when it counts, how often it may still be tried."""

    id: str
    status: Literal["pending", "confirmed", "cancelled", "expired", "locked"]
    channel: Literal["sms", "email"]
    destination: str
    expires_at: str
    expires_in: int
    attempts_left: int
    resend_available_at: str
    resend_in: int


class ChangedDecision(TypedDict):
    """A decision taken before, and what the new document makes of it."""

    request_id: str
    subject: str
    before: list[str]
    after: list[str]
    facts: dict[str, Any]
    trace: list[dict[str, Any]]


class Check(TypedDict):
    """One rule and whether the candidate passes it."""

    id: str
    passed: bool
    message: str


class Checklist(TypedDict):
    """All rules for a candidate."""

    valid: bool
    rules: list[Check]


class ClockSet(TypedDict):
    """Where to stand and how fast to run from there; what is left out stays."""

    now: NotRequired[str | None]
    rate: NotRequired[float | None]


class Clock(TypedDict):
    """The sandbox's time. `rate` 0 is frozen, 1 real time, 60 an hour a minute."""

    now: str
    rate: float


class CodeEntered(TypedDict):
    """The code the member typed."""

    code: str


class CodeSecret(TypedDict):
    """What it takes to make every code of this sandbox by oneself: HOTP (RFC 4226) over `secret`, in base32."""

    secret: str
    algorithm: Literal["SHA1"]
    digits: int
    counter: str


class ContactChannel(TypedDict):
    """A way to reach the cooperative."""

    id: str
    kind: Literal["phone", "whatsapp", "email", "web", "branch"]
    title: str
    value: str


class CooperativeOrder(TypedDict):
    """To another account of the cooperative, by a beneficiary."""

    origin_account_id: str
    amount: str
    reference: NotRequired[str]
    kind: Literal["cooperative"]
    beneficiary_id: str
    beneficiary_email: NotRequired[str | None]


class Count(TypedDict):
    """How many there must be: exactly, or bounds."""

    exactly: NotRequired[int | None]
    at_least: NotRequired[int | None]
    at_most: NotRequired[int | None]


class CredentialRule(TypedDict):
    """One rule for credentials, in words."""

    id: str
    message: str


class CredentialRules(TypedDict):
    """The rules to show beside the fields."""

    password: list[CredentialRule]
    username: list[CredentialRule]
    revision: str


class CredentialsChosen(TypedDict):
    """What completes an enrolment: username, password, how to get in, and the first device."""

    username: str
    password: str
    confirmation: str
    access_method: NotRequired[Literal["password", "fingerprint", "face"]]
    device: DeviceWithKey


class Decision(TypedDict):
    """What the rules answered, and why."""

    subject: str
    revision: str
    allowed: bool
    refused: list[str]
    warned: list[str]
    audited: list[str]
    facts: dict[str, Any]
    trace: list[dict[str, Any]]


class DeferralConfirmation(TypedDict):
    """A confirmed deferral."""

    kind: Literal["deferral"]
    challenge: Challenge
    operation: DeferralReference
    resource: Deferral


class DeferralOptions(TypedDict):
    """Everything the first screens of deferral show."""

    kinds: list[Literal["purchases", "revolving_balance"]]
    plans: list[PlanOption]
    cards: list[CardOption]


class DeferralPrepaymentConfirmation(TypedDict):
    """A confirmed deferral prepayment."""

    kind: Literal["deferral_prepayment"]
    challenge: Challenge
    operation: DeferralPrepaymentReference
    resource: Prepayment


class DeferralPrepaymentReference(TypedDict):
    """`DeferralPrepaymentReference` of the OpenAPI document."""

    kind: Literal["deferral_prepayment"]
    id: str


class DeferralReference(TypedDict):
    """`DeferralReference` of the OpenAPI document."""

    kind: Literal["deferral"]
    id: str


class Deferral(TypedDict):
    """A deferral; `outstanding` is the principal not yet due."""

    id: str
    status: Literal["pending_confirmation", "active", "finished", "prepaid", "cancelled", "expired", "locked"]
    card_id: str
    kind: Literal["purchases", "revolving_balance"]
    plan: Literal["with_interest", "interest_free"]
    principal: str
    outstanding: str
    currency: Literal["USD"]
    term_months: int
    grace_months: int
    nominal_rate: str
    created_at: str
    confirmed_at: str | None
    schedule: list[Instalment]
    challenge: Challenge | None


class Delay(TypedDict):
    """How long a call waits: one of the three, in milliseconds."""

    ms: NotRequired[float | None]
    uniform: NotRequired[Uniform | None]
    lognormal: NotRequired[Lognormal | None]


class DeletedSandbox(TypedDict):
    """A sandbox that was deleted and can be undeleted."""

    name: str
    deleted_at: str
    kept_until: str
    size_bytes: int


class Delivery(TypedDict):
    """What became of one event for one webhook."""

    id: str
    event_id: str
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    answer: int | None
    error: str | None


class Deposit(TypedDict):
    """Cash at the counter."""

    amount: str


class DepositGroup(TypedDict):
    """«Depósitos a plazo», with their total."""

    type: Literal["term_deposits"]
    title: str
    total: str
    currency: Literal["USD"]
    items: list[HoldingItem]


class DeviceDeletionConfirmation(TypedDict):
    """A confirmed device deletion."""

    kind: Literal["device_deletion"]
    challenge: Challenge
    operation: DeviceDeletionReference
    resource: Procedure


class DeviceDeletionReference(TypedDict):
    """`DeviceDeletionReference` of the OpenAPI document."""

    kind: Literal["device_deletion"]
    id: str


class DeviceId(TypedDict):
    """The identifier the app gave itself."""

    device_id: str


class DeviceOffered(TypedDict):
    """The phone the app runs on; `id` is the identifier the app gives itself, which answers call `device_id`."""

    id: str
    name: str
    platform: Literal["android", "ios"]


class DeviceRegistration(TypedDict):
    """A phone to register. `replaces` names the device that goes in the same step, by its `id` in the list."""

    id: str
    name: str
    platform: Literal["android", "ios"]
    public_key: NotRequired[str | Jwk | None]
    replaces: NotRequired[str | None]


class DeviceRegistrationConfirmation(TypedDict):
    """A confirmed device registration."""

    kind: Literal["device_registration"]
    challenge: Challenge
    operation: DeviceRegistrationReference
    resource: Procedure


class DeviceRegistrationReference(TypedDict):
    """`DeviceRegistrationReference` of the OpenAPI document."""

    kind: Literal["device_registration"]
    id: str


class DeviceReplacementConfirmation(TypedDict):
    """A confirmed device replacement."""

    kind: Literal["device_replacement"]
    challenge: Challenge
    operation: DeviceReplacementReference
    resource: NewSession


class DeviceReplacementReference(TypedDict):
    """`DeviceReplacementReference` of the OpenAPI document."""

    kind: Literal["device_replacement"]
    id: str


class DeviceToUse(TypedDict):
    """The device to log in with: send it as it is."""

    id: str
    name: str
    platform: Literal["android", "ios"]


class Device(TypedDict):
    """A registered device. `id` names it in paths and in `replaces`; `device_id` is the identifier the app gave itself
    when it registered, by which the app knows itself in the list. `current`: the device of this session.
    """

    id: str
    device_id: str
    current: bool
    name: str
    platform: Literal["android", "ios"]
    registered_at: str


class DeviceWithKey(TypedDict):
    """The phone, with the public key (P-256) behind its fingerprint or face, where it has one."""

    id: str
    name: str
    platform: Literal["android", "ios"]
    public_key: NotRequired[str | Jwk | None]


class Difference(TypedDict):
    """A part of a request that differs from what was expected."""

    field: str
    expected: Any
    actual: Any


class DocumentSummary(TypedDict):
    """A rule document in force; `overridden` when it is this sandbox's own."""

    name: str
    revision: str
    overridden: bool
    rules: list[str]


class DocumentTaken(TypedDict):
    """A document that holds. `would_change`: decisions remembered of this sandbox that it takes otherwise."""

    name: str
    revision: str
    dry_run: bool
    would_change: list[ChangedDecision]


class Effect(TypedDict):
    """What happens. A `delay` goes with any; of the others one at most.

    `at` is `request`, before the bank sees the call, or `response`, once it has done its work: the transfer is made
    and the app never hears of it. Problems and statuses come at the request, broken connections at the response,
    unless `at` says otherwise.
    """

    delay: NotRequired[Delay | None]
    problem: NotRequired[ProblemCode | None]
    status: NotRequired[int | None]
    body: NotRequired[str | None]
    media_type: NotRequired[str]
    connection: NotRequired[Literal["reset", "empty", "truncated", "malformed"] | None]
    slow_body_ms: NotRequired[float | None]
    outage: NotRequired[Literal["sms", "email", "biller", "settlement"] | None]
    profile: NotRequired[Literal["4g", "3g", "edge", "flaky"] | None]
    at: NotRequired[Literal["request", "response"] | None]


class EnrolmentConfirmation(TypedDict):
    """A confirmed enrolment."""

    kind: Literal["enrolment"]
    challenge: Challenge
    operation: EnrolmentReference
    resource: Procedure


class EnrolmentReference(TypedDict):
    """`EnrolmentReference` of the OpenAPI document."""

    kind: Literal["enrolment"]
    id: str


class Entry(TypedDict):
    """A balanced entry."""

    id: str
    at: str
    kind: str
    operation: str
    request_id: str | None
    postings: list[Posting]


class Event(TypedDict):
    """Something that happened: `kind` is noun.verb; `subject_id` the thing it happened to."""

    id: str
    at: str
    kind: EventKind
    member_id: str | None
    subject_id: str | None
    request_id: str
    correlation_id: str | None
    data: dict[str, Any]


class Exchange(TypedDict):
    """One request of the bank's surface and its answer; status 0 when a fault cut the connection before one."""

    id: str
    correlation_id: str | None
    at: str
    method: str
    path: str
    query: str
    operation_id: OperationId | None
    status: int
    fault: str | None
    duration_ms: float
    request: HttpMessage
    response: HttpMessage


class ExternalCardConfirmation(TypedDict):
    """A confirmed external card."""

    kind: Literal["external_card"]
    challenge: Challenge
    operation: ExternalCardReference
    resource: ExternalCard


class ExternalCardEdit(TypedDict):
    """What may change; what is left out stays."""

    alias: NotRequired[str | None]
    maximum_amount: NotRequired[str | None]


class ExternalCardMaximumConfirmation(TypedDict):
    """A confirmed external card maximum."""

    kind: Literal["external_card_maximum"]
    challenge: Challenge
    operation: ExternalCardMaximumReference
    resource: ExternalCard


class ExternalCardMaximumReference(TypedDict):
    """`ExternalCardMaximumReference` of the OpenAPI document."""

    kind: Literal["external_card_maximum"]
    id: str


class ExternalCardReference(TypedDict):
    """`ExternalCardReference` of the OpenAPI document."""

    kind: Literal["external_card"]
    id: str


class ExternalCard(TypedDict):
    """A card of another institution; `challenge` while it, or `pending_maximum_amount`, waits for its code."""

    id: str
    status: Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted"]
    institution: str
    number: str
    alias: str
    holder_name: str
    maximum_amount: str
    currency: Literal["USD"]
    pending_maximum_amount: str | None
    created_at: str
    challenge: Challenge | None


class Fact(TypedDict):
    """A fact by its dotted path. An integer that is `money` is in cents."""

    path: str
    type: Literal["bool", "int", "string", "list of string"]
    money: bool


class Faq(TypedDict):
    """A question and its answer."""

    id: str
    category: str
    question: str
    answer: str


class FaultForm(TypedDict):
    """What a fault can be made of, for a form: the JSON Schema of `match` and `effect`, and names to choose from."""

    match: dict[str, Any]
    effect: dict[str, Any]
    operations: list[str]
    problems: dict[str, list[str]]


class FaultPatch(TypedDict):
    """Whether it strikes, and where it stands among the faults; what is left out stays."""

    enabled: NotRequired[bool]
    position: NotRequired[int]


class Fault(TypedDict):
    """A fault: how many calls it fitted and how many it struck, and how often its condition could not be evaluated, so
    that the fault did not count, with the latest reason. It strikes nothing while it is not `enabled`.
    """

    id: str
    match: dict[str, Any]
    effect: dict[str, Any]
    seen: int
    hits: int
    errors: int
    last_error: str | None
    enabled: bool


class Greeting(TypedDict):
    """Who is logged in, as the app greets."""

    id: str
    greeting: str


class Health(TypedDict):
    """The process answers."""

    status: Literal["alive"]


class HoldInFull(TypedDict):
    """Money set aside on an account: by a pending operation, or by order."""

    id: str
    amount: str
    reason: Literal["operation", "judicial", "pledge", "uncleared"]
    placed_at: str


class HoldPlaced(TypedDict):
    """A hold and the account under it."""

    id: str
    account_id: str
    amount: str
    reason: Literal["operation", "judicial", "pledge", "uncleared"]
    available_balance: str


class HoldTrait(TypedDict):
    """Money that is set aside by order."""

    amount: str
    reason: Literal["judicial", "pledge", "uncleared"]


class Hold(TypedDict):
    """Money set aside on an account."""

    id: str
    amount: str
    reason: Literal["operation", "judicial", "pledge", "uncleared"]
    placed_at: str


class HoldingItem(TypedDict):
    """A loan or a term deposit that is not over. Rate a year in percent.

    A loan has its next instalment, whose date is in the past while it is overdue; a term deposit has the interest
    that it pays on its due date. What does not apply is null.
    """

    id: str
    type: Literal["loan", "term_deposit"]
    name: str
    status: Literal["active"]
    number: str
    amount: str
    balance: str
    rate: str
    opened_at: str
    due_date: str
    next_installment_date: str | None
    next_installment: str | None
    installments_left: int | None
    interest_at_maturity: str | None


class HoldingTrait(TypedDict):
    """A loan or a term deposit. `months_left`: the instalments in which a loan's balance is paid off, or the months
    until a deposit is due.
    """

    type: Literal["loan", "term_deposit"]
    name: str
    name_en: NotRequired[str | None]
    amount: str
    balance: str
    rate: str
    months_left: int


class HttpMessage(TypedDict):
    """Headers and body of one side; what is not known to be harmless reads `[redacted]`. `body` is JSON.

    `body_bytes` is the size of the whole body; of a `truncated` one, `body` is the head, as text.
    """

    headers: dict[str, str]
    body: Any
    body_bytes: int
    truncated: bool


class Identity(TypedDict):
    """Who is asking, by document."""

    document_type: Literal["cedula", "passport"]
    document_number: str


class Info(TypedDict):
    """What runs here."""

    name: str
    version: str
    sandbox: str
    seed: str
    schema_version: str
    rules_revision: str
    now: str
    dev_sessions: bool
    life: Literal["off", "quiet", "typical", "busy"]


class Inquiry(TypedDict):
    """The biller's answer. «Sin deuda» is one: `status` no_debt, without amount. `payment_pending`: a payment waits
    for its code; `payment_id` names it where it is the member's own. `top_up`: nothing is due, and one of the
    `allowed_amounts` can be paid.
    """

    id: str
    status: Literal["debt", "no_debt", "payment_pending", "top_up"]
    biller: str
    biller_id: str
    reference: str
    holder: str | None
    amount_due: str | None
    due_date: str | None
    fee: str
    total: str | None
    currency: Literal["USD"]
    allowed_amounts: list[str] | None
    payment_id: str | None
    expires_at: str


class Instalment(TypedDict):
    """One instalment."""

    number: int
    due_date: str
    principal: str
    interest: str
    amount: str
    balance: str


class Institution(TypedDict):
    """An institution money can be sent to."""

    id: str
    code: str
    name: str
    kind: Literal["bank", "cooperative", "mutualist"]


class InterbankOrder(TypedDict):
    """To an account of another institution, by a beneficiary."""

    origin_account_id: str
    amount: str
    reference: NotRequired[str]
    kind: Literal["interbank"]
    beneficiary_id: str
    beneficiary_email: NotRequired[str | None]


class InterbankTrait(TypedDict):
    """A beneficiary in another institution (by name)."""

    institution: str
    account_number: str
    holder_name: str
    document_type: NotRequired[Literal["cedula", "ruc", "passport"]]
    document_number: str
    maximum: NotRequired[str]
    alias: NotRequired[str | None]


class Invitation(TypedDict):
    """What to share."""

    code: str
    link: str
    text: str


class Job(TypedDict):
    """A job that ran on the way."""

    kind: str
    subject: str
    due_at: str


class Jwk(TypedDict):
    """A public key as a JSON Web Key (RFC 7517, RFC 7518 section 6.2.1). What else it has is ignored."""

    kty: str
    crv: str
    x: str
    y: str


class Lease(TypedDict):
    """A member that no other client gets until it is released or `seconds` of real time have passed."""

    seconds: float
    member: MemberToUse


class LeaseWanted(TypedDict):
    """Which member, and for how long, in seconds of real time."""

    traits: NotRequired[WantedTraits]
    seconds: NotRequired[float]
    create: NotRequired[bool]


class LifeSet(TypedDict):
    """How lively members are: `off`, `quiet`, `typical` or `busy`."""

    level: Literal["off", "quiet", "typical", "busy"]


class Life(TypedDict):
    """How lively members are who have no level of their own. Everything up to `until` has happened; null where no
    member lives. `counts` has how many orders there were of each kind, and how many were refused and forgotten.
    """

    level: Literal["off", "quiet", "typical", "busy"]
    until: str | None
    counts: dict[str, int]


class Limit(TypedDict):
    """The limits of one kind of transfer. `own_*` are the member's own lower caps."""

    kind: Literal["own", "cooperative", "interbank"]
    per_transaction: str
    per_day: str
    own_per_transaction: str | None
    own_per_day: str | None
    used_today: str
    left_today: str
    currency: Literal["USD"]


class Limits(TypedDict):
    """What the rules allow this member today."""

    items: list[Limit]


class LimitsLeft(TypedDict):
    """How much of this kind may still be sent."""

    per_transaction: str
    today: str


class BillerList(TypedDict):
    """A page of `Biller`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Biller]
    next_cursor: None


class CardList(TypedDict):
    """A page of `Card`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Card]
    next_cursor: None


class CaseList(TypedDict):
    """A page of `Case`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Case]
    next_cursor: None


class ContactChannelList(TypedDict):
    """A page of `ContactChannel`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[ContactChannel]
    next_cursor: None


class DeviceList(TypedDict):
    """A page of `Device`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Device]
    next_cursor: None


class ExchangeList(TypedDict):
    """A page of `Exchange`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Exchange]
    next_cursor: None


class FaqList(TypedDict):
    """A page of `Faq`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Faq]
    next_cursor: None


class FaultList(TypedDict):
    """A page of `Fault`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Fault]
    next_cursor: None


class InstitutionList(TypedDict):
    """A page of `Institution`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Institution]
    next_cursor: None


class JobList(TypedDict):
    """A page of `Job`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Job]
    next_cursor: None


class LoggedDecisionList(TypedDict):
    """A page of `LoggedDecision`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[LoggedDecision]
    next_cursor: None


class ProblemKindList(TypedDict):
    """A page of `ProblemKind`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[ProblemKind]
    next_cursor: None


class QuestionList(TypedDict):
    """A page of `QuestionView`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[QuestionView]
    next_cursor: None


class RecipientList(TypedDict):
    """A page of `Recipient`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Recipient]
    next_cursor: None


class RequestableProductList(TypedDict):
    """A page of `RequestableProduct`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[RequestableProduct]
    next_cursor: None


class ScenarioList(TypedDict):
    """A page of `Scenario`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Scenario]
    next_cursor: None


class ServiceCategoryList(TypedDict):
    """A page of `ServiceCategory`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[ServiceCategory]
    next_cursor: None


class SnapshotList(TypedDict):
    """A page of `Snapshot`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Snapshot]
    next_cursor: None


class WaitingJobList(TypedDict):
    """A page of `WaitingJob`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[WaitingJob]
    next_cursor: None


class WebhookList(TypedDict):
    """A page of `Webhook`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Webhook]
    next_cursor: None


class LoanGroup(TypedDict):
    """«Créditos», with the total of what is owed."""

    type: Literal["loans"]
    title: str
    total: str
    currency: Literal["USD"]
    items: list[HoldingItem]


class LogIn(TypedDict):
    """Username, password and device."""

    username: str
    password: str
    device: DeviceOffered


class LoggedDecision(TypedDict):
    """A decision taken in a request."""

    subject: str
    revision: str
    allowed: bool
    refused: list[str]
    warned: list[str]
    audited: list[str]
    facts: dict[str, Any]
    trace: list[dict[str, Any]]
    request_id: str
    at: str


class Lognormal(TypedDict):
    """As networks are: half below `median` milliseconds, a long tail by `sigma`."""

    median: float
    sigma: NotRequired[float]


class Lookup(TypedDict):
    """The number of an account of the cooperative, in full."""

    account_number: str


class Match(TypedDict):
    """Which calls of the bank: all that is given must fit."""

    method: NotRequired[Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] | None]
    path: NotRequired[str | None]
    operation_id: NotRequired[OperationId | None]
    member: NotRequired[str | None]
    headers: NotRequired[dict[str, str]]
    condition: NotRequired[str | None]
    probability: NotRequired[float]
    after: NotRequired[int]
    times: NotRequired[int | None]


class MemberPatch(TypedDict):
    """Fields to change; omitted fields keep their value. `locked_minutes` is a lock by the bank: it ends every session
    and refuses every request while it lasts; 0 lifts it and the lock of failed logins. `phone` null removes it;
    `life` null has the member live as the sandbox does.
    """

    status: NotRequired[Literal["active", "inactive"]]
    segment: NotRequired[Literal["standard", "premium"]]
    language: NotRequired[Literal["es", "en"]]
    phone: NotRequired[str | None]
    email: NotRequired[str | None]
    password: NotRequired[str | None]
    locked_minutes: NotRequired[int]
    biometrics_blocked: NotRequired[bool]
    life: NotRequired[Literal["off", "quiet", "typical", "busy"] | None]


class MemberToUse(TypedDict):
    """A seeded member, with everything a test needs to log in."""

    id: str
    name: str
    persona: str | None
    description: str
    username: str | None
    password: str | None
    device: DeviceToUse | None
    document_type: Literal["cedula", "ruc", "passport"]
    document_number: str
    phone: str | None
    email: str | None
    status: Literal["active", "inactive"]
    segment: Literal["standard", "premium"]
    language: Literal["es", "en"]
    life: Literal["off", "quiet", "typical", "busy"] | None
    accounts: list[AccountInFull]
    cards: list[CardInFull]


class MenuOption(TypedDict):
    """An option of the app's menu."""

    id: str
    title: str


class Message(TypedDict):
    """A message. `code`, `challenge_id`, `code_state` and `expires_at` are there when it carries a one-time code."""

    id: str
    channel: Literal["sms", "email"]
    to: str
    kind: str
    text: str
    code: str | None
    challenge_id: str | None
    code_state: Literal["usable", "used", "dead", "locked"] | None
    expires_at: str | None
    member_id: str | None
    request_id: str | None
    sent_at: str


class Movement(TypedDict):
    """One movement: `amount` is signed, `balance` is the book balance after it."""

    id: str
    date: str
    concept: str
    reference: str
    amount: str
    balance: str
    currency: Literal["USD"]


class NearMiss(TypedDict):
    """A request that almost matched, and why it does not."""

    request_id: str
    method: str
    path: str
    status: int
    differences: list[Difference]


class NewBeneficiary(TypedDict):
    """«Nuevo beneficiario» of an account of the cooperative. `maximum_amount`: the most one transfer may send."""

    kind: Literal["cooperative"]
    account_number: str
    email: NotRequired[str | None]
    alias: NotRequired[str | None]
    maximum_amount: str


class NewCardPayment(TypedDict):
    """To a card of ours or of another institution; the reference is required here."""

    origin_account_id: str
    card_id: NotRequired[str | None]
    external_card_id: NotRequired[str | None]
    amount: str
    reference: str


class NewDeferral(TypedDict):
    """«Confirma»: a simulation that is still live."""

    simulation_id: str


class NewExternalCard(TypedDict):
    """«Nueva tarjeta»: institution, number, alias, holder, maximum."""

    institution_id: str
    number: str
    alias: str
    document_type: Literal["cedula", "ruc", "passport"]
    document_number: str
    holder_name: str
    maximum_amount: str


class NewFault(TypedDict):
    """A fault. The first one in the list that strikes a call wins; `first` puts this one before the others."""

    match: NotRequired[Match]
    effect: Effect
    first: NotRequired[bool]


class NewHold(TypedDict):
    """Money set aside by order."""

    amount: str
    reason: NotRequired[Literal["judicial", "pledge", "uncleared"]]


class NewInquiry(TypedDict):
    """What is due for a reference of a biller, or for a registered service."""

    biller_id: NotRequired[str | None]
    reference: NotRequired[str | None]
    registered_service_id: NotRequired[str | None]


class NewInterbankBeneficiary(TypedDict):
    """«Nuevo beneficiario» of another institution, with the holder's document."""

    kind: Literal["interbank"]
    institution_id: str
    account_type: Literal["savings", "checking"]
    account_number: str
    document_type: Literal["cedula", "ruc", "passport"]
    document_number: str
    holder_name: str
    email: NotRequired[str | None]
    alias: NotRequired[str | None]
    maximum_amount: str


class NewMember(TypedDict):
    """A member by traits, as personas have them; `of` and `to` mean a member's id or a persona."""

    description: NotRequired[Words]
    first_names: NotRequired[str | None]
    last_names: NotRequired[str | None]
    passport: NotRequired[str | None]
    segment: NotRequired[Literal["standard", "premium"]]
    status: NotRequired[Literal["active", "inactive"]]
    language: NotRequired[Literal["es", "en"]]
    life: NotRequired[Literal["off", "quiet", "typical", "busy"] | None]
    enrolled: NotRequired[bool]
    device: NotRequired[bool]
    phone: NotRequired[bool]
    locked_minutes: NotRequired[int]
    accounts: NotRequired[list[AccountTrait]]
    beneficiaries: NotRequired[list[BeneficiaryTrait]]
    interbank_beneficiaries: NotRequired[list[InterbankTrait]]
    holdings: NotRequired[list[HoldingTrait]]
    schedules: NotRequired[list[ScheduleTrait]]
    in_flight: NotRequired[str | None]
    biometrics_blocked: NotRequired[bool]
    cards: NotRequired[list[CardTrait]]
    movements: NotRequired[int]
    used_today: NotRequired[UseTrait | None]


class NewPrepayment(TypedDict):
    """The account that pays the deferral off."""

    origin_account_id: str


class NewProductRequest(TypedDict):
    """Which product, for how much where it takes an amount, and a word besides."""

    product_id: str
    amount: NotRequired[str | None]
    note: NotRequired[str]


class NewPurchase(TypedDict):
    """Something bought with the card, now."""

    merchant: NotRequired[str]
    amount: str
    kind: NotRequired[Literal["purchase", "cash_advance"]]


class NewReferral(TypedDict):
    """Whom to recommend the app to; the invitation goes out by SMS."""

    name: str
    phone: str


class NewRegisteredService(TypedDict):
    """«Registro de Servicio»: the bill, what the member calls it, and the account it is to be paid from."""

    biller_id: str
    reference: str
    alias: str
    origin_account_id: NotRequired[str | None]


NewSandbox = TypedDict(
    "NewSandbox",
    {
        "name": "str",
        "seed": "NotRequired[str | None]",
        "members": "NotRequired[int | None]",
        "from": "NotRequired[str | None]",
        "rules": "NotRequired[dict[str, str]]",
        "clock": "NotRequired[StartingClock]",
        "life": 'NotRequired[Literal["off", "quiet", "typical", "busy"] | None]',
    },
)
"""The name it will be called by: `X-Sandbox: NAME` or `/s/NAME/…`; and what it is made from.

`from` is another sandbox in its present state (`default`) or a snapshot of one (`default@before-payday`); without
it the sandbox is seeded: `seed`, how many `members`, at the moment `clock.now`. `rules` puts documents in place of
the base ones. `life` is how lively members are, `off` where it is left out.
"""


class NewSchedule(TypedDict):
    """«Programar Pago»: account, bill, day of the month, and the most it may pay; for a top-up, its amount instead."""

    origin_account_id: str
    biller_id: str
    reference: str
    day_of_month: int
    maximum_amount: NotRequired[str | None]
    amount: NotRequired[str | None]


class NewServicePayment(TypedDict):
    """A bill, by its inquiry; or a top-up, by its inquiry or by biller and phone, and by its amount."""

    origin_account_id: str
    inquiry_id: NotRequired[str | None]
    biller_id: NotRequired[str | None]
    reference: NotRequired[str | None]
    amount: NotRequired[str | None]


class NewSession(TypedDict):
    """Tokens of a session that has just begun."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    idle_expires_in: int
    member: Greeting
    last_access: str | None


class NewSimulation(TypedDict):
    """«Simula el diferido en monto y plazo»."""

    card_id: str
    kind: Literal["purchases", "revolving_balance"]
    purchase_ids: NotRequired[list[str] | None]
    amount: NotRequired[str | None]
    term_months: int
    grace_months: NotRequired[int]
    plan: NotRequired[Literal["with_interest", "interest_free"]]


class NewSnapshot(TypedDict):
    """The name it is kept under."""

    name: str


class NewWebhook(TypedDict):
    """Where to, and of what: nouns (`transfer`) or kinds (`transfer.completed`); none means everything."""

    url: str
    kinds: NotRequired[list[EventFilter]]
    secret: NotRequired[str | None]


class Notification(TypedDict):
    """A notice in the app."""

    id: str
    kind: str
    title: str
    text: str
    created_at: str


class OpenSandbox(TypedDict):
    """What memory knows of a sandbox whose database is open."""

    members: int
    now: str
    rate: float
    overrides: list[str]
    faults: int
    recording: bool
    idle_seconds: float


class OperationTraffic(TypedDict):
    """The calls of one operation."""

    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    requests: int
    refused: int
    failed: int
    operation_id: OperationId | None
    problems: dict[str, int]
    histogram: list[int]


class Overview(TypedDict):
    """A member at a glance: what it has, what it may do, and what happened to it, the latest first."""

    member: Person
    locked_until: str | None
    suspended_until: str | None
    last_access_at: str | None
    accounts: list[AccountOverview]
    cards: list[Card]
    limits: list[Limit]
    devices: list[RegisteredDevice]
    events: list[Event]


class OwnLimit(TypedDict):
    """One's own lower caps for a kind of transfer; null takes a cap away."""

    kind: Literal["own", "cooperative", "interbank"]
    per_transaction: NotRequired[str | None]
    per_day: NotRequired[str | None]


class OwnLimits(TypedDict):
    """Own caps, by kind; kinds left out stay as they are."""

    items: list[OwnLimit]


class OwnOrder(TypedDict):
    """Between the member's own accounts."""

    origin_account_id: str
    amount: str
    reference: NotRequired[str]
    kind: Literal["own"]
    destination_account_id: str


class BeneficiaryPage(TypedDict):
    """A page of `Beneficiary`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Beneficiary]
    next_cursor: str | None


class BookPage(TypedDict):
    """A page of `Book`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Book]
    next_cursor: str | None


class CardPaymentPage(TypedDict):
    """A page of `CardPayment`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[CardPayment]
    next_cursor: str | None


class DeferralPage(TypedDict):
    """A page of `Deferral`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Deferral]
    next_cursor: str | None


class DeliveryPage(TypedDict):
    """A page of `Delivery`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Delivery]
    next_cursor: str | None


class EntryPage(TypedDict):
    """A page of `Entry`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Entry]
    next_cursor: str | None


class EventPage(TypedDict):
    """A page of `Event`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Event]
    next_cursor: str | None


class ExternalCardPage(TypedDict):
    """A page of `ExternalCard`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[ExternalCard]
    next_cursor: str | None


class MemberToUsePage(TypedDict):
    """A page of `MemberToUse`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[MemberToUse]
    next_cursor: str | None


class MessagePage(TypedDict):
    """A page of `Message`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Message]
    next_cursor: str | None


class MovementPage(TypedDict):
    """A page of `Movement`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Movement]
    next_cursor: str | None


class NotificationPage(TypedDict):
    """A page of `Notification`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Notification]
    next_cursor: str | None


class PersonPage(TypedDict):
    """A page of `Person`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Person]
    next_cursor: str | None


class ProductRequestPage(TypedDict):
    """A page of `ProductRequest`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[ProductRequest]
    next_cursor: str | None


class PurchasePage(TypedDict):
    """A page of `Purchase`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Purchase]
    next_cursor: str | None


class ReferralPage(TypedDict):
    """A page of `Referral`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Referral]
    next_cursor: str | None


class RegisteredServicePage(TypedDict):
    """A page of `RegisteredService`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[RegisteredService]
    next_cursor: str | None


class RunPage(TypedDict):
    """A page of `Run`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Run]
    next_cursor: str | None


class SchedulePage(TypedDict):
    """A page of `Schedule`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Schedule]
    next_cursor: str | None


class ServicePaymentPage(TypedDict):
    """A page of `ServicePayment`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[ServicePayment]
    next_cursor: str | None


class TrafficLinePage(TypedDict):
    """A page of `TrafficLine`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[TrafficLine]
    next_cursor: str | None


class TransferPage(TypedDict):
    """A page of `Transfer`; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Transfer]
    next_cursor: str | None


class Party(TypedDict):
    """One end of a payment: whose account it is, its number (masked), where it is kept, and of what type."""

    name: str
    number: str
    institution: str
    account_type: Literal["savings", "checking", "share_certificate"]


class PasswordChange(TypedDict):
    """«Actualizar contraseña»: username, current password, the new one twice."""

    username: str
    current_password: str
    new_password: str
    confirmation: str


class PasswordChangeConfirmation(TypedDict):
    """A confirmed password change."""

    kind: Literal["password_change"]
    challenge: Challenge
    operation: PasswordChangeReference
    resource: Procedure


class PasswordChangeReference(TypedDict):
    """`PasswordChangeReference` of the OpenAPI document."""

    kind: Literal["password_change"]
    id: str


class PasswordChosen(TypedDict):
    """A new password, twice."""

    new_password: str
    confirmation: str


class PasswordRecoveryConfirmation(TypedDict):
    """A confirmed password recovery."""

    kind: Literal["password_recovery"]
    challenge: Challenge
    operation: PasswordRecoveryReference
    resource: Procedure


class PasswordRecoveryReference(TypedDict):
    """`PasswordRecoveryReference` of the OpenAPI document."""

    kind: Literal["password_recovery"]
    id: str


class Person(TypedDict):
    """A member in one line. `persona` and `description` say why it exists; `locked` whether it cannot log in now."""

    id: str
    name: str
    persona: str | None
    description: str
    username: str | None
    document_number: str
    status: Literal["active", "inactive"]
    segment: Literal["standard", "premium"]
    enrolled: bool
    locked: bool


class PlanOption(TypedDict):
    """A plan and what it offers."""

    plan: Literal["with_interest", "interest_free"]
    nominal_rate: str
    effective_rate: str
    terms: list[int]
    revolving_terms: list[int]
    grace_months: list[int]


class Posting(TypedDict):
    """A leg of an entry."""

    account: str
    amount: str
    balance: str
    concept: str


class Prepayment(TypedDict):
    """Paying a deferral off: what is outstanding and the interest accrued by 30/360; no penalty."""

    id: str
    deferral_id: str
    status: Literal["pending_confirmation", "completed", "cancelled", "expired", "locked"]
    origin_account_id: str
    origin: Party
    principal: str
    interest: str
    total: str
    currency: Literal["USD"]
    created_at: str
    challenge: Challenge | None


class ProblemKind(TypedDict):
    """One problem that a surface can answer with."""

    code: ProblemCode
    status: int
    title: str
    detail: str
    type: str


class Procedure(TypedDict):
    """A procedure; `challenge` while it waits for its code. `verified`: the code was right, something is still to be
    given.
    """

    id: str
    kind: Literal[
        "enrolment",
        "password_recovery",
        "username_recovery",
        "device_replacement",
        "password_change",
        "username_change",
        "device_registration",
        "device_deletion",
    ]
    status: Literal["pending_confirmation", "verified", "completed", "cancelled", "expired", "locked"]
    created_at: str
    challenge: Challenge | None


class ProductRequest(TypedDict):
    """A request and where it stands; its status advances with the clock."""

    id: str
    product: str
    amount: str | None
    note: str
    status: Literal["received", "in_review", "answered"]
    created_at: str
    changed_at: str


class Products(TypedDict):
    """«Resumen de Productos»: a group for each kind of product the member has. Every one of them is held by
    `holder_name` at `institution`, as forms show the origin of a payment.
    """

    greeting: str
    holder_name: str
    institution: str
    groups: list[AccountGroup | CardGroup | LoanGroup | DepositGroup]


class Profile(TypedDict):
    """The member, with contacts masked."""

    id: str
    greeting: str
    first_names: str
    last_names: str
    username: str | None
    phone: str | None
    email: str | None
    segment: Literal["standard", "premium"]
    last_access: str | None


class PurchaseOption(TypedDict):
    """A purchase and whether it can be deferred; `reasons` say why not."""

    purchase: Purchase
    eligible: bool
    reasons: list[str]


class PurchaseTrait(TypedDict):
    """Something bought, so many days ago."""

    merchant: str
    amount: str
    days_ago: int
    kind: NotRequired[Literal["purchase", "cash_advance"]]


class Purchase(TypedDict):
    """Something bought."""

    id: str
    merchant: str
    kind: Literal["purchase", "cash_advance"]
    amount: str
    status: Literal["posted"]
    deferred: bool
    date: str


class Question(TypedDict):
    """What to ask: a subject such as `transfer.interbank`, and its facts. Money in cents."""

    subject: str
    facts: dict[str, Any]


class QuestionView(TypedDict):
    """A question that rules of the document answer, with the JSON Schema of its facts."""

    subject: str
    rules: list[str]
    facts: list[Fact]
    json_schema: dict[str, Any]


class Readiness(TypedDict):
    """The selected sandbox can be used."""

    status: Literal["ready"]


class Receipt(TypedDict):
    """The voucher of a transfer that has run; numbers are masked."""

    receipt_number: str
    date: str
    origin: Party
    amount: str
    fee: str
    tax: str
    total: str
    currency: Literal["USD"]
    reference: str
    transfer_id: str
    kind: Literal["own", "cooperative", "interbank"]
    status: Literal[
        "pending_confirmation", "completed", "in_process", "settled", "returned", "cancelled", "expired", "locked"
    ]
    destination: Party


class Recipient(TypedDict):
    """A phone or mailbox that was written to, and whose it is."""

    to: str
    channel: Literal["sms", "email"]
    member_id: str | None
    name: str | None
    persona: str | None
    messages: int
    latest_at: str


class Recording(TypedDict):
    """A recording that goes on: from which moment, and how many exchanges it holds."""

    sandbox: str
    now: str
    exchanges: int


class Referral(TypedDict):
    """A recommendation made."""

    id: str
    name: str
    phone: str
    created_at: str


class Refresh(TypedDict):
    """The refresh token to spend."""

    refresh_token: str


class RegisteredDevice(TypedDict):
    """A device that the member registered."""

    id: str
    name: str
    platform: Literal["android", "ios"]
    registered_at: str


class RegisteredServiceConfirmation(TypedDict):
    """A confirmed registered service."""

    kind: Literal["registered_service"]
    challenge: Challenge
    operation: RegisteredServiceReference
    resource: RegisteredService


class RegisteredServiceReference(TypedDict):
    """`RegisteredServiceReference` of the OpenAPI document."""

    kind: Literal["registered_service"]
    id: str


class RegisteredService(TypedDict):
    """A service saved to pay again. `origin` is the account that the member chose to pay it from, to be offered first;
    null where none was chosen.
    """

    id: str
    status: Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted"]
    biller: str
    biller_id: str
    reference: str
    alias: str
    origin_account_id: str | None
    origin: Party | None
    created_at: str
    challenge: Challenge | None


class RequestMatch(TypedDict):
    """What a request must be like; an omitted field may be anything. `path` with `{}` or `*` for one segment;
    `headers` and `query` by exact value; `body` as a part of what was sent, `"*"` standing for any value.
    """

    method: NotRequired[Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] | None]
    path: NotRequired[str | None]
    operation_id: NotRequired[OperationId | None]
    status: NotRequired[int | None]
    member_id: NotRequired[str | None]
    headers: NotRequired[dict[str, str]]
    query: NotRequired[dict[str, str]]
    body: NotRequired[dict[str, Any]]


class Request(TypedDict):
    """A request with everything that the sandbox knows of it: who it was, why it was answered so, what it did."""

    id: str
    correlation_id: str | None
    at: str
    method: str
    path: str
    query: str
    operation_id: OperationId | None
    status: int
    fault: str | None
    duration_ms: float
    request: HttpMessage
    response: HttpMessage
    member_id: str | None
    member: str | None
    problem: str | None
    decisions: list[LoggedDecision]
    events: list[Event]
    messages: list[Message]
    entries: list[Entry]


class RequestableProduct(TypedDict):
    """A product that can be asked for; `minimum_amount` where one must be named."""

    id: str
    name: str
    description: str
    minimum_amount: str | None


class RevolvingOption(TypedDict):
    """Whether the whole revolving balance can be deferred; `reasons` say why not."""

    eligible: bool
    reasons: list[str]


class Rules(TypedDict):
    """All documents in force. `problems` tells what is wrong with an edit that was not taken."""

    revision: str
    documents: list[DocumentSummary]
    problems: list[str]


class Run(TypedDict):
    """An attempt of a schedule in one month: `retrying` when there is another the next day, and for what `reason`."""

    id: str
    period: str
    outcome: Literal[
        "paid", "nothing_due", "over_maximum", "retrying", "insufficient_funds", "biller_unavailable", "refused"
    ]
    reason: Literal["insufficient_funds", "biller_unavailable"] | None
    attempts: int
    amount: str | None
    payment_id: str | None
    ran_at: str


class SandboxListing(TypedDict):
    """The sandboxes of the process that answers."""

    items: list[SandboxSummary]
    next_cursor: None
    deleted: list[DeletedSandbox]
    shard: str


class SandboxSummary(TypedDict):
    """A sandbox's name, base path and state. `damaged` and of `other_version`: `reason` says why, and it can be reset,
    restored, deleted and, if of another version, exported.
    """

    name: str
    base_path: str
    state: Literal["ready", "damaged", "other_version"]
    schema_version: str
    reason: str | None
    size_bytes: int
    open: OpenSandbox | None


class Sandbox(TypedDict):
    """A sandbox and how to reach it."""

    name: str
    base_path: str
    seed: str
    members: int
    now: str
    rate: float
    life: Literal["off", "quiet", "typical", "busy"]


class Scenario(TypedDict):
    """Something to try. `send` is what to send where: a persona to log in as, or a magic value of an operation."""

    id: str
    kind: Literal["persona", "magic", "rehearsal"]
    what: str
    operation_id: ScenarioOperation
    send: dict[str, Any]
    expect: str | None


class ScheduleEdit(TypedDict):
    """Fields to change; omitted fields keep their value. A top-up has an `amount`, a bill a `maximum_amount`."""

    origin_account_id: NotRequired[str | None]
    day_of_month: NotRequired[int | None]
    maximum_amount: NotRequired[str | None]
    amount: NotRequired[str | None]
    paused: NotRequired[bool | None]


class ScheduleTrait(TypedDict):
    """A scheduled payment that is active: biller by key."""

    biller: str
    reference: str
    day: int
    maximum: str


class Schedule(TypedDict):
    """A scheduled payment and when it runs next. `amount` of a top-up, which is its maximum, too; `challenge` while
    it, or `pending_maximum_amount`, waits for its code.
    """

    id: str
    status: Literal["pending_confirmation", "active", "paused", "cancelled", "expired", "locked", "deleted"]
    origin_account_id: str
    origin: Party
    biller: str
    biller_id: str
    reference: str
    day_of_month: int
    amount: str | None
    maximum_amount: str
    pending_maximum_amount: str | None
    currency: Literal["USD"]
    next_run_at: str | None
    created_at: str
    challenge: Challenge | None


class ScheduledPaymentConfirmation(TypedDict):
    """A confirmed scheduled payment."""

    kind: Literal["scheduled_payment"]
    challenge: Challenge
    operation: ScheduledPaymentReference
    resource: Schedule


class ScheduledPaymentMaximumConfirmation(TypedDict):
    """A confirmed scheduled payment maximum."""

    kind: Literal["scheduled_payment_maximum"]
    challenge: Challenge
    operation: ScheduledPaymentMaximumReference
    resource: Schedule


class ScheduledPaymentMaximumReference(TypedDict):
    """`ScheduledPaymentMaximumReference` of the OpenAPI document."""

    kind: Literal["scheduled_payment_maximum"]
    id: str


class ScheduledPaymentReference(TypedDict):
    """`ScheduledPaymentReference` of the OpenAPI document."""

    kind: Literal["scheduled_payment"]
    id: str


class ServiceCategory(TypedDict):
    """A kind of service."""

    id: str
    name: str


class ServicePaymentConfirmation(TypedDict):
    """A confirmed service payment."""

    kind: Literal["service_payment"]
    challenge: Challenge
    operation: ServicePaymentReference
    resource: ServicePayment


class ServicePaymentReceipt(TypedDict):
    """The voucher of a service payment that was made."""

    receipt_number: str
    date: str
    origin: Party
    amount: str
    fee: str
    tax: str
    total: str
    currency: Literal["USD"]
    reference: str
    payment_id: str
    status: Literal["pending_confirmation", "completed", "cancelled", "expired", "locked"]
    biller: str
    biller_id: str
    automatic: bool


class ServicePaymentReference(TypedDict):
    """`ServicePaymentReference` of the OpenAPI document."""

    kind: Literal["service_payment"]
    id: str


class ServicePayment(TypedDict):
    """A payment, as «Historial de Pagos» shows it."""

    id: str
    status: Literal["pending_confirmation", "completed", "cancelled", "expired", "locked"]
    biller: str
    biller_id: str
    reference: str
    origin_account_id: str
    origin: Party
    amount: str
    fee: str
    tax: str
    total: str
    currency: Literal["USD"]
    automatic: bool
    created_at: str
    confirmed_at: str | None
    challenge: Challenge | None


class SessionGiven(TypedDict):
    """A session without the login."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    member_id: str


class Session(TypedDict):
    """The session under way."""

    member: Greeting
    started_at: str
    expires_at: str
    idle_expires_at: str
    last_access: str | None
    device: Device | None


class Simulation(TypedDict):
    """What a deferral would cost, to the cent."""

    id: str
    kind: Literal["purchases", "revolving_balance"]
    plan: Literal["with_interest", "interest_free"]
    principal: str
    term_months: int
    grace_months: int
    nominal_rate: str
    effective_rate: str
    installment: str
    total: str
    total_interest: str
    currency: Literal["USD"]
    schedule: list[Instalment]
    expires_at: str


class Snapshot(TypedDict):
    """A snapshot. `usable` is false when it was made by another version of the schema, or is damaged (`reason`)."""

    name: str
    schema_version: str
    usable: bool
    size_bytes: int
    reason: str | None


class StartingClock(TypedDict):
    """Where its clock starts and how fast it runs: 0 frozen, 1 real time."""

    now: NotRequired[str | None]
    rate: NotRequired[float | None]


class TrafficLine(TypedDict):
    """A request in one line. `problem` is the code that it was refused with, `fault` the fault that struck it."""

    id: str
    at: str
    method: str
    path: str
    operation_id: OperationId | None
    status: int
    problem: str | None
    duration_ms: float
    member_id: str | None
    member: str | None
    fault: str | None


class TrafficSummary(TypedDict):
    """The calls of the bank in one sandbox since the process first used it, also across resets. The difference of two
    summaries is the traffic between them.
    """

    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    requests: int
    refused: int
    failed: int
    seconds: float
    bounds_ms: list[float]
    operations: list[OperationTraffic]


class TransferConfirmation(TypedDict):
    """A confirmed transfer."""

    kind: Literal["transfer"]
    challenge: Challenge
    operation: TransferReference
    resource: Transfer


class TransferPreview(TypedDict):
    """What a transfer would cost and when it would arrive; nothing is reserved."""

    kind: Literal["own", "cooperative", "interbank"]
    amount: str
    fee: str
    tax: str
    total: str
    currency: Literal["USD"]
    origin: Party
    destination: Party
    limits_left: LimitsLeft
    settles_at: str


class TransferReference(TypedDict):
    """`TransferReference` of the OpenAPI document."""

    kind: Literal["transfer"]
    id: str


class Transfer(TypedDict):
    """A transfer; `challenge` while it waits for its code."""

    id: str
    kind: Literal["own", "cooperative", "interbank"]
    status: Literal[
        "pending_confirmation", "completed", "in_process", "settled", "returned", "cancelled", "expired", "locked"
    ]
    amount: str
    fee: str
    tax: str
    total: str
    currency: Literal["USD"]
    origin_account_id: str
    origin_number: str
    origin: Party
    destination: Party
    beneficiary_id: str | None
    beneficiary_email: str | None
    reference: str
    created_at: str
    confirmed_at: str | None
    settles_at: str | None
    return_reason: str | None
    challenge: Challenge | None


class Uniform(TypedDict):
    """Anything from `low` to `high`, in milliseconds."""

    low: float
    high: float


class UseTrait(TypedDict):
    """Cooperative transfers made earlier today, to another persona."""

    to: str
    amounts: list[str]


class UsernameChange(TypedDict):
    """«Actualizar usuario»: the current username, the new one twice."""

    current_username: str
    new_username: str
    confirmation: str


class UsernameChangeConfirmation(TypedDict):
    """A confirmed username change."""

    kind: Literal["username_change"]
    challenge: Challenge
    operation: UsernameChangeReference
    resource: Procedure


class UsernameChangeReference(TypedDict):
    """`UsernameChangeReference` of the OpenAPI document."""

    kind: Literal["username_change"]
    id: str


class UsernameRecoveryConfirmation(TypedDict):
    """A confirmed username recovery."""

    kind: Literal["username_recovery"]
    challenge: Challenge
    operation: UsernameRecoveryReference
    resource: Procedure


class UsernameRecoveryReference(TypedDict):
    """`UsernameRecoveryReference` of the OpenAPI document."""

    kind: Literal["username_recovery"]
    id: str


class Verdict(TypedDict):
    """Whether there are as many as there must be; if not, the nearest misses, the nearest first."""

    verified: bool
    count: int
    matched: list[str]
    near_misses: list[NearMiss]


class Verification(TypedDict):
    """What to look for, and how often it must be there."""

    match: RequestMatch
    count: NotRequired[Count]
    wait: NotRequired[float]


class Violation(TypedDict):
    """Something that must not be."""

    check: str
    subject: str
    detail: str


class WaitingJob(TypedDict):
    """A kind of work, and when its first job is due."""

    kind: str
    due_at: str


class WantedTraits(TypedDict):
    """What the member must have. Generated members, unless a persona is named."""

    persona: NotRequired[str | None]
    segment: NotRequired[Literal["standard", "premium"] | None]
    savings_accounts: NotRequired[int]
    balance: NotRequired[str | None]
    beneficiaries: NotRequired[int]
    cards: NotRequired[int]


class Webhook(TypedDict):
    """A webhook with the secret that its receiver checks signatures with."""

    id: str
    url: str
    kinds: list[str]
    secret: str
    active: bool


class Words(TypedDict):
    """Why the persona exists and what to try with it."""

    es: str
    en: str


class Problem(TypedDict):
    """RFC 9457 problem. `code` is stable: switch on it. `errors` lists all failing fields or rules."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: ProblemCode
    request_id: str
    retry_after: NotRequired[int]
    rule: NotRequired[dict[str, Any]]
    errors: NotRequired[list[dict[str, Any]]]


ConfirmChallengeAnswer: TypeAlias = (
    BeneficiaryConfirmation
    | BeneficiaryMaximumConfirmation
    | CardPaymentConfirmation
    | DeferralConfirmation
    | DeferralPrepaymentConfirmation
    | DeviceDeletionConfirmation
    | DeviceRegistrationConfirmation
    | DeviceReplacementConfirmation
    | EnrolmentConfirmation
    | ExternalCardConfirmation
    | ExternalCardMaximumConfirmation
    | PasswordChangeConfirmation
    | PasswordRecoveryConfirmation
    | RegisteredServiceConfirmation
    | ScheduledPaymentConfirmation
    | ScheduledPaymentMaximumConfirmation
    | ServicePaymentConfirmation
    | TransferConfirmation
    | UsernameChangeConfirmation
    | UsernameRecoveryConfirmation
)
