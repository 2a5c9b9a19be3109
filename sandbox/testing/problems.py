# Written by `python -m clients.python`; do not edit.
"""Every refusal of the catalogue as an exception, by its code."""

from sandbox.testing.refusals import Problem


class AccessLocked(Problem):
    """423: Access locked."""

    code = "access_locked"


class AccountHolderNotFound(Problem):
    """404: No such account."""

    code = "account_holder_not_found"


class AccountNotActive(Problem):
    """422: Account not active."""

    code = "account_not_active"


class AccountNotDebitable(Problem):
    """422: Account not debitable."""

    code = "account_not_debitable"


class AlreadyEnrolled(Problem):
    """409: Already enrolled."""

    code = "already_enrolled"


class AlreadyReferred(Problem):
    """409: Already referred."""

    code = "already_referred"


class AlreadyScheduled(Problem):
    """409: Already scheduled."""

    code = "already_scheduled"


class AppUpdateRequired(Problem):
    """426: Update the app."""

    code = "app_update_required"


class BeneficiaryExists(Problem):
    """409: Beneficiary exists."""

    code = "beneficiary_exists"


class BeneficiaryKindMismatch(Problem):
    """422: Beneficiary of another kind."""

    code = "beneficiary_kind_mismatch"


class BeneficiaryLimitExceeded(Problem):
    """422: Amount over the beneficiary's maximum."""

    code = "beneficiary_limit_exceeded"


class BillAlreadyPaid(Problem):
    """409: Already paid."""

    code = "bill_already_paid"


class BillerUnavailable(Problem):
    """503: Company not available."""

    code = "biller_unavailable"


class BiometricsBlocked(Problem):
    """423: Biometrics blocked."""

    code = "biometrics_blocked"


class BiometricsNotEnabled(Problem):
    """409: Biometrics not enabled."""

    code = "biometrics_not_enabled"


class BiometricsRefused(Problem):
    """401: Not recognised."""

    code = "biometrics_refused"


class BodyTooLarge(Problem):
    """413: Body too large."""

    code = "body_too_large"


class CardAlreadyRegistered(Problem):
    """409: Card already registered."""

    code = "card_already_registered"


class CardLimitExceeded(Problem):
    """422: Amount over the card's maximum."""

    code = "card_limit_exceeded"


class CardNotActive(Problem):
    """409: Card not active."""

    code = "card_not_active"


class ChallengeAlreadyConfirmed(Problem):
    """409: Operation already confirmed."""

    code = "challenge_already_confirmed"


class ChallengeCancelled(Problem):
    """409: Operation cancelled."""

    code = "challenge_cancelled"


class ChallengeExpired(Problem):
    """409: Code expired."""

    code = "challenge_expired"


class ChallengeLocked(Problem):
    """409: Operation cancelled after failed attempts."""

    code = "challenge_locked"


class ClockGoesForward(Problem):
    """422: The clock goes forward only."""

    code = "clock_goes_forward"


class CodeLimitReached(Problem):
    """429: Too many codes."""

    code = "code_limit_reached"


class ControlTokenRequired(Problem):
    """401: Control token required."""

    code = "control_token_required"


class CreditExceeded(Problem):
    """409: Credit exceeded."""

    code = "credit_exceeded"


class CurrentCredentialWrong(Problem):
    """422: Current credential wrong."""

    code = "current_credential_wrong"


class DailyLimitExceeded(Problem):
    """422: Daily limit used up."""

    code = "daily_limit_exceeded"


class DefaultSandboxStays(Problem):
    """409: The default sandbox stays."""

    code = "default_sandbox_stays"


class DeferralNotActive(Problem):
    """409: Deferral not active."""

    code = "deferral_not_active"


class DeferralNotEligible(Problem):
    """422: Not eligible for deferral."""

    code = "deferral_not_eligible"


class DeletedSandboxNotFound(Problem):
    """404: No such deleted sandbox."""

    code = "deleted_sandbox_not_found"


class DestinationNotCreditable(Problem):
    """422: Destination cannot be credited."""

    code = "destination_not_creditable"


class DeviceLimitReached(Problem):
    """409: You have a device already."""

    code = "device_limit_reached"


class DeviceNotRegistered(Problem):
    """409: Device not registered."""

    code = "device_not_registered"


class DocumentTaken(Problem):
    """409: Document taken."""

    code = "document_taken"


class FactsDoNotFit(Problem):
    """422: Facts do not fit."""

    code = "facts_do_not_fit"


class ForbiddenOrigin(Problem):
    """403: Origin not allowed."""

    code = "forbidden_origin"


class GuessLimitReached(Problem):
    """429: Too many wrong codes."""

    code = "guess_limit_reached"


class HeadersTooLarge(Problem):
    """431: Headers too large."""

    code = "headers_too_large"


class IdempotencyInProgress(Problem):
    """409: Request in progress."""

    code = "idempotency_in_progress"


class IdempotencyKeyReused(Problem):
    """422: Idempotency key reused."""

    code = "idempotency_key_reused"


class ImportRefused(Problem):
    """422: File refused."""

    code = "import_refused"


class InquiryExpired(Problem):
    """409: Inquiry expired."""

    code = "inquiry_expired"


class InsufficientFunds(Problem):
    """409: Insufficient funds."""

    code = "insufficient_funds"


class InternalError(Problem):
    """500: Internal error."""

    code = "internal_error"


class InvalidCardNumber(Problem):
    """422: Invalid card number."""

    code = "invalid_card_number"


class InvalidCredentials(Problem):
    """401: Wrong credentials."""

    code = "invalid_credentials"


class InvalidCursor(Problem):
    """422: Invalid cursor."""

    code = "invalid_cursor"


class InvalidDocument(Problem):
    """422: Invalid document."""

    code = "invalid_document"


class InvalidHolderDocument(Problem):
    """422: Invalid document."""

    code = "invalid_holder_document"


class InvalidHost(Problem):
    """400: Invalid Host header."""

    code = "invalid_host"


class InvalidIdempotencyKey(Problem):
    """400: Invalid idempotency key."""

    code = "invalid_idempotency_key"


class InvalidPublicKey(Problem):
    """422: Invalid key."""

    code = "invalid_public_key"


class InvalidSandboxName(Problem):
    """422: Invalid name."""

    code = "invalid_sandbox_name"


class InvalidToken(Problem):
    """401: Invalid token."""

    code = "invalid_token"


class KeeperUnreachable(Problem):
    """503: Keeper unreachable."""

    code = "keeper_unreachable"


class LimitExceeded(Problem):
    """422: Amount over the maximum."""

    code = "limit_exceeded"


class MalformedBody(Problem):
    """400: Unreadable body."""

    code = "malformed_body"


class MalformedRequest(Problem):
    """400: Malformed request."""

    code = "malformed_request"


class MemberNotActive(Problem):
    """403: Member not active."""

    code = "member_not_active"


class MethodNotAllowed(Problem):
    """405: Method not allowed."""

    code = "method_not_allowed"


class MoreThanOwed(Problem):
    """422: More than is owed."""

    code = "more_than_owed"


class NoActiveAccount(Problem):
    """409: No active account."""

    code = "no_active_account"


class NoEvent(Problem):
    """404: No event."""

    code = "no_event"


class NoMemberFree(Problem):
    """409: No member free."""

    code = "no_member_free"


class NoMessage(Problem):
    """404: No message."""

    code = "no_message"


class NoPhoneOnFile(Problem):
    """409: No phone on file."""

    code = "no_phone_on_file"


class NotAMember(Problem):
    """404: Not a member."""

    code = "not_a_member"


class NotATopUp(Problem):
    """422: Not a top-up."""

    code = "not_a_top_up"


class NotFound(Problem):
    """404: Not found."""

    code = "not_found"


class NotReady(Problem):
    """503: Not ready."""

    code = "not_ready"


class NotRecording(Problem):
    """409: Nothing is being recorded."""

    code = "not_recording"


class NotVerified(Problem):
    """409: Code missing."""

    code = "not_verified"


class NothingDue(Problem):
    """409: Nothing due."""

    code = "nothing_due"


class NothingOwed(Problem):
    """409: Nothing owed on the card."""

    code = "nothing_owed"


class OwnAccountAsBeneficiary(Problem):
    """422: It is your own account."""

    code = "own_account_as_beneficiary"


class OwnLimitExceeded(Problem):
    """422: Amount over your own limit."""

    code = "own_limit_exceeded"


class ParentElsewhere(Problem):
    """409: The parent belongs to another process."""

    code = "parent_elsewhere"


class PasswordNotAllowed(Problem):
    """422: Password not allowed."""

    code = "password_not_allowed"


class ProblemNotDeclared(Problem):
    """400: No such problem here."""

    code = "problem_not_declared"


class ProcedureOver(Problem):
    """409: Procedure over."""

    code = "procedure_over"


class RateLimited(Problem):
    """429: Too many requests."""

    code = "rate_limited"


class ReceiptNotReady(Problem):
    """409: No receipt yet."""

    code = "receipt_not_ready"


class ReferenceMalformed(Problem):
    """422: Reference of another form."""

    code = "reference_malformed"


class ReferenceUnknown(Problem):
    """404: Unknown reference."""

    code = "reference_unknown"


class RefreshTokenReused(Problem):
    """401: Refresh token reused."""

    code = "refresh_token_reused"


class RequestTimeout(Problem):
    """408: Request timeout."""

    code = "request_timeout"


class ResendLimitReached(Problem):
    """429: Too many codes."""

    code = "resend_limit_reached"


class ResendTooSoon(Problem):
    """429: Wait before sending again."""

    code = "resend_too_soon"


class RuleRefused(Problem):
    """422: Operation not allowed."""

    code = "rule_refused"


class RulesInvalid(Problem):
    """422: Rules do not hold."""

    code = "rules_invalid"


class SameAccount(Problem):
    """422: Same account."""

    code = "same_account"


class SandboxDamaged(Problem):
    """409: Sandbox damaged."""

    code = "sandbox_damaged"


class SandboxElsewhere(Problem):
    """421: The sandbox belongs to another process."""

    code = "sandbox_elsewhere"


class SandboxExists(Problem):
    """409: The sandbox exists."""

    code = "sandbox_exists"


class SandboxInUse(Problem):
    """409: Sandbox in use by another program."""

    code = "sandbox_in_use"


class SandboxNotFound(Problem):
    """404: No such sandbox."""

    code = "sandbox_not_found"


class SandboxOfAnotherVersion(Problem):
    """409: Sandbox of another version."""

    code = "sandbox_of_another_version"


class ServiceAlreadyRegistered(Problem):
    """409: Service already registered."""

    code = "service_already_registered"


class ServiceUnavailable(Problem):
    """503: Service unavailable."""

    code = "service_unavailable"


class SessionExpired(Problem):
    """401: Session expired."""

    code = "session_expired"


class SessionsDoNotEnd(Problem):
    """409: Sessions do not end."""

    code = "sessions_do_not_end"


class SimulationExpired(Problem):
    """409: Simulation expired."""

    code = "simulation_expired"


class SnapshotDamaged(Problem):
    """409: Snapshot damaged."""

    code = "snapshot_damaged"


class SnapshotExists(Problem):
    """409: The snapshot exists."""

    code = "snapshot_exists"


class SnapshotNotFound(Problem):
    """404: No such snapshot."""

    code = "snapshot_not_found"


class SnapshotOfAnotherVersion(Problem):
    """409: Snapshot of another version."""

    code = "snapshot_of_another_version"


class StorageBusy(Problem):
    """503: Database busy."""

    code = "storage_busy"


class StorageFull(Problem):
    """507: Storage full."""

    code = "storage_full"


class StorageMissing(Problem):
    """503: Storage missing."""

    code = "storage_missing"


class StorageReadOnly(Problem):
    """503: Storage read-only."""

    code = "storage_read_only"


class StorageUnreachable(Problem):
    """503: Database unreachable."""

    code = "storage_unreachable"


class TermNotOffered(Problem):
    """422: Term not offered."""

    code = "term_not_offered"


class TooManySandboxes(Problem):
    """409: Too many sandboxes."""

    code = "too_many_sandboxes"


class UnsupportedMediaType(Problem):
    """415: Unsupported media type."""

    code = "unsupported_media_type"


class UsernameNotAllowed(Problem):
    """422: Username not allowed."""

    code = "username_not_allowed"


class UsernameTaken(Problem):
    """409: Username not available."""

    code = "username_taken"


class ValidationFailed(Problem):
    """422: Invalid data."""

    code = "validation_failed"


class WebhookAddressNotAllowed(Problem):
    """422: Address not allowed."""

    code = "webhook_address_not_allowed"


class WrongCode(Problem):
    """422: Wrong code."""

    code = "wrong_code"
