# Written by `python -m clients.python`; do not edit.
"""Every operation of the bank and of the control plane, as a function that describes the call.

Give what it returns to `send` of a phone or a sandbox: `phone.send(operations.get_limits())`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from sandbox.testing.wire import Request, as_bytes, as_json, as_nothing, as_text

if TYPE_CHECKING:
    from sandbox.testing import models


def create_session(body: models.LogIn) -> Request[models.NewSession]:
    """Log in.

    Username, password and the registered device open a session. Failed attempts are counted and, by rule, lock the
    access for a while; the refusal does not tell whether the username exists. From another device than the
    registered one the answer is 409 `device_not_registered` with the way to replace it.
    """
    return Request("POST", "/v1/sessions", as_json, body=body)


def refresh_session(body: models.Refresh) -> Request[models.NewSession]:
    """Refresh the session.

    Spends a refresh token and gives two new ones. A refresh token that comes back after it was spent ends the whole
    session, because someone else may hold it.
    """
    return Request("POST", "/v1/sessions/refresh", as_json, body=body)


def replace_device(body: models.LogIn) -> Request[models.Procedure]:
    """Log in from a new device.

    «Elimina el dispositivo antiguo y registra el nuevo» in one step: the right username and password send a code,
    and the code replaces the registered device by this one and answers a session.
    """
    return Request("POST", "/v1/sessions/device-replacements", as_json, body=body)


def start_biometric_login(body: models.DeviceId) -> Request[models.BiometricChallenge]:
    """Start a biometric login.

    A nonce of the server for the device's key to sign, good once and for a short while.
    """
    return Request("POST", "/v1/sessions/biometric/challenge", as_json, body=body)


def create_biometric_session(body: models.BiometricProof) -> Request[models.NewSession]:
    """Log in by fingerprint or face.

    The signature of the nonce opens a session. Repeated failure blocks biometrics until a login by password.
    """
    return Request("POST", "/v1/sessions/biometric", as_json, body=body)


def start_enrolment(body: models.Identity) -> Request[models.Procedure]:
    """Enrol.

    «Valida tu identidad»: cédula or passport of a member with an active account sends a code to the phone on file.
    """
    return Request("POST", "/v1/enrolments", as_json, body=body)


def get_enrolment(enrolment_id: str) -> Request[models.Procedure]:
    """Get an enrolment.

    Whether the code is awaited, was right, or the enrolment is over.
    """
    return Request("GET", f"/v1/enrolments/{quote(enrolment_id, safe='')}", as_json)


def complete_enrolment(enrolment_id: str, body: models.CredentialsChosen) -> Request[models.NewSession]:
    """Choose username and password.

    After the code: username, password with its confirmation, how to get in, and the first device. Answers a
    session.
    """
    return Request("PUT", f"/v1/enrolments/{quote(enrolment_id, safe='')}/credentials", as_json, body=body)


def recover_username(body: models.Identity) -> Request[models.Procedure]:
    """«Olvidé mi usuario».

    Identity, then a code; the username goes out by SMS and e-mail, never in an answer. The answer does not tell
    whether there is such a member: without one no code goes out, and none is right.
    """
    return Request("POST", "/v1/recoveries/username", as_json, body=body)


def recover_password(body: models.Identity) -> Request[models.Procedure]:
    """«Olvidé mi contraseña».

    Identity, then a code; then a new password may be set. The answer does not tell whether there is such a member:
    without one no code goes out, and none is right.
    """
    return Request("POST", "/v1/recoveries/password", as_json, body=body)


def reset_password(recovery_id: str, body: models.PasswordChosen) -> Request[models.Procedure]:
    """Set a new password.

    The new password, under the same rules as at enrolment. Ends every session and lifts a lock.
    """
    return Request("PUT", f"/v1/recoveries/{quote(recovery_id, safe='')}/password", as_json, body=body)


def get_access_methods() -> Request[models.AccessMethods]:
    """Get the access methods.

    Password, fingerprint and face, on the device of this session.
    """
    return Request("GET", "/v1/me/access-methods", as_json)


def update_access_methods(body: models.AccessMethodsWanted) -> Request[models.AccessMethods]:
    """Update the access methods.

    Enables or disables fingerprint and face on this device; omitted fields keep their value. The device's public
    key comes along the first time.
    """
    return Request("PUT", "/v1/me/access-methods", as_json, body=body)


def get_session() -> Request[models.Session]:
    """Get the current session.

    Who is logged in, since when, on which device, and when the session would end.
    """
    return Request("GET", "/v1/sessions/current", as_json)


def delete_session() -> Request[None]:
    """Log out.

    Ends the session; its tokens stop working.
    """
    return Request("DELETE", "/v1/sessions/current", as_nothing)


def get_profile() -> Request[models.Profile]:
    """My profile.

    The greeting name, contacts (masked) and the last access.
    """
    return Request("GET", "/v1/me", as_json)


def get_limits() -> Request[models.Limits]:
    """My limits.

    For each kind of transfer: what the rules allow, the member's own lower caps, what is used today.
    """
    return Request("GET", "/v1/me/limits", as_json)


def update_limits(body: models.OwnLimits) -> Request[models.Limits]:
    """Set my own limits.

    Lower caps of one's own, for each kind of transfer; never above what the rules allow. Null takes a cap away.
    """
    return Request("PUT", "/v1/me/limits", as_json, body=body)


def change_password(body: models.PasswordChange, *, idempotency_key: str | None = None) -> Request[models.Procedure]:
    """Change the password.

    Username, current password, the new one twice; the code that goes out changes it and ends other sessions.
    """
    return Request("POST", "/v1/me/password-changes", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def change_username(body: models.UsernameChange, *, idempotency_key: str | None = None) -> Request[models.Procedure]:
    """Change the username.

    The current username, the new one twice; the code that goes out changes it.
    """
    return Request("POST", "/v1/me/username-changes", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def list_devices() -> Request[models.DeviceList]:
    """My devices.

    The registered device, if there is one. `device_id` is the identifier the app gave itself; `id` is what the
    other operations take.
    """
    return Request("GET", "/v1/me/devices", as_json)


def register_device(
    body: models.DeviceRegistration, *, idempotency_key: str | None = None
) -> Request[models.Procedure]:
    """Register a device.

    One device only: a second is refused unless it `replaces` the first, in one step and by one code.
    """
    return Request("POST", "/v1/me/devices", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def delete_device(registration_id: str) -> Request[models.Procedure]:
    """Delete a device.

    The code that goes out deletes it, and ends its sessions.
    """
    return Request("DELETE", f"/v1/me/devices/{quote(registration_id, safe='')}", as_json)


def get_credential_rules() -> Request[models.CredentialRules]:
    """Rules for passwords and usernames.

    The rules as the app lists them beside the fields, in the caller's language.
    """
    return Request("GET", "/v1/rules/credentials", as_json)


def check_credential(body: models.Candidate) -> Request[models.Checklist]:
    """Check a candidate.

    The live checklist: each rule with pass or fail for what was typed so far. Nothing is stored.
    """
    return Request("POST", "/v1/rules/credentials/check", as_json, body=body)


def get_username_availability(name: str) -> Request[models.Availability]:
    """Is a username free?

    Free, whatever its capitals, and within the rules; with the checklist.
    """
    return Request("GET", f"/v1/usernames/{quote(name, safe='')}/availability", as_json)


def list_notifications(*, limit: int | None = None, cursor: str | None = None) -> Request[models.NotificationPage]:
    """Notices.

    One notice for each access and each operation, newest first; in the language that the request prefers.
    """
    return Request("GET", "/v1/me/notifications", as_json, query={"limit": limit, "cursor": cursor})


def get_products() -> Request[models.Products]:
    """Summary of products.

    What the member has, in groups with totals of what is available. Share certificates are shown; they are never
    debitable.
    """
    return Request("GET", "/v1/products", as_json)


def get_account(account_id: str) -> Request[models.AccountDetail]:
    """One account.

    Book balance («contable»), available balance («disponible») and the holds that make the difference.
    """
    return Request("GET", f"/v1/accounts/{quote(account_id, safe='')}", as_json)


def list_movements(
    account_id: str,
    *,
    from_: str | None = None,
    to: str | None = None,
    sort: Literal["date", "concept", "amount"] | None = None,
    order: Literal["asc", "desc"] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.MovementPage]:
    """Movements of an account.

    Movements in a range of days, by date, concept or amount, in keyset pages; with `Accept: text/csv` the whole
    range is exported as CSV.
    """
    return Request(
        "GET",
        f"/v1/accounts/{quote(account_id, safe='')}/movements",
        as_json,
        query={"from": from_, "to": to, "sort": sort, "order": order, "limit": limit, "cursor": cursor},
    )


def list_movements_as_csv(
    account_id: str,
    *,
    from_: str | None = None,
    to: str | None = None,
    sort: Literal["date", "concept", "amount"] | None = None,
    order: Literal["asc", "desc"] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[str]:
    """Movements of an account.

    Movements in a range of days, by date, concept or amount, in keyset pages; with `Accept: text/csv` the whole
    range is exported as CSV.
    """
    return Request(
        "GET",
        f"/v1/accounts/{quote(account_id, safe='')}/movements",
        as_text,
        query={"from": from_, "to": to, "sort": sort, "order": order, "limit": limit, "cursor": cursor},
        headers={"Accept": "text/csv"},
    )


def preview_transfer(
    body: models.OwnOrder | models.CooperativeOrder | models.InterbankOrder, *, idempotency_key: str | None = None
) -> Request[models.TransferPreview]:
    """What a transfer would cost.

    Fee, tax, total, what is left of the limits and when the money would arrive. Runs the same checks as the real
    transfer and changes nothing.
    """
    return Request("POST", "/v1/transfers/preview", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def create_transfer(
    body: models.OwnOrder | models.CooperativeOrder | models.InterbankOrder, *, idempotency_key: str | None = None
) -> Request[models.Transfer]:
    """Start a transfer.

    Holds the total on the origin account, sends a code by SMS and answers with the challenge to confirm. The money
    moves when the code is confirmed; it comes back when the challenge is cancelled, locked or expires.
    """
    return Request("POST", "/v1/transfers", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def list_transfers(
    *,
    status: Literal[
        "pending_confirmation", "completed", "in_process", "settled", "returned", "cancelled", "expired", "locked"
    ]
    | None = None,
    from_: str | None = None,
    to: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.TransferPage]:
    """Transfers made.

    The member's transfers, newest first: all, or those of a status or of some days. Those that wait for a code
    carry their challenge.
    """
    return Request(
        "GET",
        "/v1/transfers",
        as_json,
        query={"status": status, "from": from_, "to": to, "limit": limit, "cursor": cursor},
    )


def get_transfer(transfer_id: str) -> Request[models.Transfer]:
    """One transfer.

    One of the member's transfers, with its challenge while it waits for the code.
    """
    return Request("GET", f"/v1/transfers/{quote(transfer_id, safe='')}", as_json)


def get_transfer_receipt(transfer_id: str) -> Request[models.Receipt]:
    """The receipt of a transfer.

    The voucher of a transfer that has run: number, date and time, ends (masked), fee, tax and total; as PDF with
    `Accept: application/pdf`.
    """
    return Request("GET", f"/v1/transfers/{quote(transfer_id, safe='')}/receipt", as_json)


def get_transfer_receipt_as_pdf(transfer_id: str) -> Request[bytes]:
    """The receipt of a transfer.

    The voucher of a transfer that has run: number, date and time, ends (masked), fee, tax and total; as PDF with
    `Accept: application/pdf`.
    """
    return Request(
        "GET", f"/v1/transfers/{quote(transfer_id, safe='')}/receipt", as_bytes, headers={"Accept": "application/pdf"}
    )


def list_beneficiaries(
    *,
    q: str | None = None,
    kind: Literal["cooperative", "interbank"] | None = None,
    status: Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted", "all"] | None = None,
    from_: str | None = None,
    to: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.BeneficiaryPage]:
    """Beneficiaries.

    Whom the member may send money to; «Buscar» by name, alias or number. Another `status` shows those that wait for
    a code, with their challenge, and those that were deleted or abandoned.
    """
    return Request(
        "GET",
        "/v1/beneficiaries",
        as_json,
        query={"q": q, "kind": kind, "status": status, "from": from_, "to": to, "limit": limit, "cursor": cursor},
    )


def create_beneficiary(
    body: models.NewBeneficiary | models.NewInterbankBeneficiary, *, idempotency_key: str | None = None
) -> Request[models.Beneficiary]:
    """New beneficiary.

    Registers an account, of the cooperative or of another institution, once the code that goes out is confirmed.
    """
    return Request("POST", "/v1/beneficiaries", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def lookup_account_holder(body: models.Lookup, *, idempotency_key: str | None = None) -> Request[models.AccountHolder]:
    """Look up an account holder.

    The name behind an account number of the cooperative, so that the member sees whom it is about to register.
    Limited in number by rule.
    """
    return Request(
        "POST", "/v1/account-holders/lookup", as_json, headers={"Idempotency-Key": idempotency_key}, body=body
    )


def get_beneficiary(beneficiary_id: str) -> Request[models.BeneficiaryDetail]:
    """One beneficiary, to edit.

    The edit form: account, document and e-mail unmasked, as in the manual. With the challenge it waits for.
    """
    return Request("GET", f"/v1/beneficiaries/{quote(beneficiary_id, safe='')}", as_json)


def update_beneficiary(beneficiary_id: str, body: models.BeneficiaryEdit) -> Request[models.Beneficiary]:
    """Edit a beneficiary.

    E-mail, alias and maximum. A maximum that rises waits for a code; everything else counts at once.
    """
    return Request("PATCH", f"/v1/beneficiaries/{quote(beneficiary_id, safe='')}", as_json, body=body)


def delete_beneficiary(beneficiary_id: str) -> Request[None]:
    """Delete a beneficiary.

    Delete a beneficiary. Transfers made stay in the history.
    """
    return Request("DELETE", f"/v1/beneficiaries/{quote(beneficiary_id, safe='')}", as_nothing)


def list_institutions() -> Request[models.InstitutionList]:
    """Institutions.

    Banks, cooperatives and mutualists of the interbank network.
    """
    return Request("GET", "/v1/institutions", as_json)


def list_service_categories() -> Request[models.ServiceCategoryList]:
    """Kinds of services.

    Electricity, water, telephones, top-ups, internet, the State, catalogue sales.
    """
    return Request("GET", "/v1/service-categories", as_json)


def list_billers(*, category: str | None = None) -> Request[models.BillerList]:
    """Companies.

    Companies, with what their reference is called and looks like.
    """
    return Request("GET", "/v1/billers", as_json, query={"category": category})


def inquire_bill(body: models.NewInquiry, *, idempotency_key: str | None = None) -> Request[models.Inquiry]:
    """Inquire a bill.

    Holder, amount and due date, good for a short while. «Sin deuda», a payment that waits for its code and a top-up
    are answers, not errors.
    """
    return Request("POST", "/v1/bill-inquiries", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def create_service_payment(
    body: models.NewServicePayment, *, idempotency_key: str | None = None
) -> Request[models.ServicePayment]:
    """Pay a service.

    A bill by its inquiry, or a top-up by phone and amount. The total is held, and a code goes out.
    """
    return Request("POST", "/v1/service-payments", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def list_service_payments(
    *,
    status: Literal["pending_confirmation", "completed", "cancelled", "expired", "locked", "all"] | None = None,
    from_: str | None = None,
    to: str | None = None,
    biller_id: str | None = None,
    automatic: bool | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.ServicePaymentPage]:
    """«Historial de Pagos».

    Date, time, amount, automatic or not; newest first. Shows payments that were made, unless another `status` is
    asked for. Those that wait for a code carry their challenge.
    """
    return Request(
        "GET",
        "/v1/service-payments",
        as_json,
        query={
            "status": status,
            "from": from_,
            "to": to,
            "biller_id": biller_id,
            "automatic": automatic,
            "limit": limit,
            "cursor": cursor,
        },
    )


def get_service_payment(payment_id: str) -> Request[models.ServicePayment]:
    """One payment.

    A payment, with its challenge while it waits for the code.
    """
    return Request("GET", f"/v1/service-payments/{quote(payment_id, safe='')}", as_json)


def get_service_payment_receipt(payment_id: str) -> Request[models.ServicePaymentReceipt]:
    """The receipt of a service payment.

    The voucher of a payment that was made: number, date and time, account (masked), company, fee and total; as PDF
    with `Accept: application/pdf`.
    """
    return Request("GET", f"/v1/service-payments/{quote(payment_id, safe='')}/receipt", as_json)


def get_service_payment_receipt_as_pdf(payment_id: str) -> Request[bytes]:
    """The receipt of a service payment.

    The voucher of a payment that was made: number, date and time, account (masked), company, fee and total; as PDF
    with `Accept: application/pdf`.
    """
    return Request(
        "GET",
        f"/v1/service-payments/{quote(payment_id, safe='')}/receipt",
        as_bytes,
        headers={"Accept": "application/pdf"},
    )


def create_registered_service(
    body: models.NewRegisteredService, *, idempotency_key: str | None = None
) -> Request[models.RegisteredService]:
    """«Registro de Servicio».

    Saves a service to pay again, once the code is confirmed.
    """
    return Request("POST", "/v1/registered-services", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def list_registered_services(
    *,
    status: Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted", "all"] | None = None,
    from_: str | None = None,
    to: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.RegisteredServicePage]:
    """Services saved.

    The member's saved services. Another `status` shows those that wait for a code, with their challenge, and those
    that were deleted or abandoned.
    """
    return Request(
        "GET",
        "/v1/registered-services",
        as_json,
        query={"status": status, "from": from_, "to": to, "limit": limit, "cursor": cursor},
    )


def delete_registered_service(service_id: str) -> Request[None]:
    """Delete a saved service.

    Delete a saved service. Payments made stay in the history.
    """
    return Request("DELETE", f"/v1/registered-services/{quote(service_id, safe='')}", as_nothing)


def create_scheduled_payment(
    body: models.NewSchedule, *, idempotency_key: str | None = None
) -> Request[models.Schedule]:
    """«Programar Pago».

    A bill that pays itself each month, on its day and up to a maximum, once the code is confirmed; or a top-up of
    one amount. A bill is scheduled once.
    """
    return Request("POST", "/v1/scheduled-payments", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def list_scheduled_payments(
    *,
    status: Literal["pending_confirmation", "active", "paused", "cancelled", "expired", "locked", "deleted", "all"]
    | None = None,
    from_: str | None = None,
    to: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.SchedulePage]:
    """«Consultar Pagos Programados».

    The member's schedules and when they run next. Another `status` shows those that wait for a code, with their
    challenge, and those that were deleted or abandoned.
    """
    return Request(
        "GET",
        "/v1/scheduled-payments",
        as_json,
        query={"status": status, "from": from_, "to": to, "limit": limit, "cursor": cursor},
    )


def get_scheduled_payment(schedule_id: str) -> Request[models.Schedule]:
    """One schedule.

    A schedule, with its challenge while it waits for the code.
    """
    return Request("GET", f"/v1/scheduled-payments/{quote(schedule_id, safe='')}", as_json)


def update_scheduled_payment(schedule_id: str, body: models.ScheduleEdit) -> Request[models.Schedule]:
    """Edit or pause a schedule.

    Another account or day, paused or not, and a lower maximum count at once. A maximum that rises waits for a code.
    """
    return Request("PATCH", f"/v1/scheduled-payments/{quote(schedule_id, safe='')}", as_json, body=body)


def delete_scheduled_payment(schedule_id: str) -> Request[None]:
    """Delete a schedule.

    Delete a schedule. Payments made stay in the history.
    """
    return Request("DELETE", f"/v1/scheduled-payments/{quote(schedule_id, safe='')}", as_nothing)


def list_scheduled_payment_runs(
    schedule_id: str, *, limit: int | None = None, cursor: str | None = None
) -> Request[models.RunPage]:
    """Runs of a schedule.

    One run a month: paid, nothing due, over the maximum, or why not.
    """
    return Request(
        "GET",
        f"/v1/scheduled-payments/{quote(schedule_id, safe='')}/runs",
        as_json,
        query={"limit": limit, "cursor": cursor},
    )


def list_cards() -> Request[models.CardList]:
    """My cards.

    Limit, available, what is owed, cut-off and due date, minimum and total payment.
    """
    return Request("GET", "/v1/cards", as_json)


def get_card(card_id: str) -> Request[models.Card]:
    """One card.

    A card of the cooperative.
    """
    return Request("GET", f"/v1/cards/{quote(card_id, safe='')}", as_json)


def list_card_purchases(
    card_id: str, *, limit: int | None = None, cursor: str | None = None
) -> Request[models.PurchasePage]:
    """Purchases of a card.

    Purchases and cash advances, newest first.
    """
    return Request(
        "GET", f"/v1/cards/{quote(card_id, safe='')}/purchases", as_json, query={"limit": limit, "cursor": cursor}
    )


def create_external_card(
    body: models.NewExternalCard, *, idempotency_key: str | None = None
) -> Request[models.ExternalCard]:
    """«Nueva tarjeta».

    A card of another institution, to be paid once the code is confirmed.
    """
    return Request("POST", "/v1/external-cards", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def list_external_cards(
    *,
    status: Literal["pending_confirmation", "active", "cancelled", "expired", "locked", "deleted", "all"] | None = None,
    from_: str | None = None,
    to: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.ExternalCardPage]:
    """Cards of other institutions.

    The cards of other institutions the member pays. Another `status` shows those that wait for a code, with their
    challenge, and those that were deleted or abandoned.
    """
    return Request(
        "GET",
        "/v1/external-cards",
        as_json,
        query={"status": status, "from": from_, "to": to, "limit": limit, "cursor": cursor},
    )


def get_external_card(external_card_id: str) -> Request[models.ExternalCard]:
    """One card of another institution.

    A card of another institution, with the challenge it waits for.
    """
    return Request("GET", f"/v1/external-cards/{quote(external_card_id, safe='')}", as_json)


def update_external_card(external_card_id: str, body: models.ExternalCardEdit) -> Request[models.ExternalCard]:
    """Edit a card of another institution.

    Alias and maximum; a maximum that rises waits for a code.
    """
    return Request("PATCH", f"/v1/external-cards/{quote(external_card_id, safe='')}", as_json, body=body)


def delete_external_card(external_card_id: str) -> Request[None]:
    """Delete a card of another institution.

    Delete a card elsewhere. Payments made stay in the history.
    """
    return Request("DELETE", f"/v1/external-cards/{quote(external_card_id, safe='')}", as_nothing)


def create_card_payment(
    body: models.NewCardPayment, *, idempotency_key: str | None = None
) -> Request[models.CardPayment]:
    """Pay a card.

    To a card of ours, posted when the code is confirmed; or to one of another institution, settled in its next
    cycle.
    """
    return Request("POST", "/v1/card-payments", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def list_card_payments(
    *,
    status: Literal["pending_confirmation", "completed", "in_process", "settled", "cancelled", "expired", "locked"]
    | None = None,
    from_: str | None = None,
    to: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.CardPaymentPage]:
    """Card payments made.

    Newest first: all, or those of a status or of some days. Those that wait for a code carry their challenge.
    """
    return Request(
        "GET",
        "/v1/card-payments",
        as_json,
        query={"status": status, "from": from_, "to": to, "limit": limit, "cursor": cursor},
    )


def get_card_payment(card_payment_id: str) -> Request[models.CardPayment]:
    """One card payment.

    A payment, with its challenge while it waits for the code.
    """
    return Request("GET", f"/v1/card-payments/{quote(card_payment_id, safe='')}", as_json)


def get_card_payment_receipt(card_payment_id: str) -> Request[models.CardPaymentReceipt]:
    """The receipt of a card payment.

    The voucher of a payment that was made: number, date and time, account and card (masked), holder, fee, tax and
    total; as PDF with `Accept: application/pdf`.
    """
    return Request("GET", f"/v1/card-payments/{quote(card_payment_id, safe='')}/receipt", as_json)


def get_card_payment_receipt_as_pdf(card_payment_id: str) -> Request[bytes]:
    """The receipt of a card payment.

    The voucher of a payment that was made: number, date and time, account and card (masked), holder, fee, tax and
    total; as PDF with `Accept: application/pdf`.
    """
    return Request(
        "GET",
        f"/v1/card-payments/{quote(card_payment_id, safe='')}/receipt",
        as_bytes,
        headers={"Accept": "application/pdf"},
    )


def get_deferral_options() -> Request[models.DeferralOptions]:
    """What can be deferred.

    Kinds, plans, cards and purchases; what is not eligible says why.
    """
    return Request("GET", "/v1/deferrals/options", as_json)


def simulate_deferral(body: models.NewSimulation, *, idempotency_key: str | None = None) -> Request[models.Simulation]:
    """Simulate.

    Rate, effective rate and schedule to the cent; nothing is deferred.
    """
    return Request("POST", "/v1/deferral-simulations", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def create_deferral(body: models.NewDeferral, *, idempotency_key: str | None = None) -> Request[models.Deferral]:
    """Defer.

    From a simulation that is still live; deferred once the code is confirmed.
    """
    return Request("POST", "/v1/deferrals", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def list_deferrals(
    *,
    status: Literal["pending_confirmation", "active", "finished", "prepaid", "cancelled", "expired", "locked"]
    | None = None,
    from_: str | None = None,
    to: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.DeferralPage]:
    """My deferrals.

    Newest first: all, or those of a status or of some days. Those that wait for a code carry their challenge.
    """
    return Request(
        "GET",
        "/v1/deferrals",
        as_json,
        query={"status": status, "from": from_, "to": to, "limit": limit, "cursor": cursor},
    )


def get_deferral(deferral_id: str) -> Request[models.Deferral]:
    """One deferral.

    A deferral with its schedule, and its challenge while it waits for the code; instalments post with the clock.
    """
    return Request("GET", f"/v1/deferrals/{quote(deferral_id, safe='')}", as_json)


def prepay_deferral(
    deferral_id: str, body: models.NewPrepayment, *, idempotency_key: str | None = None
) -> Request[models.Prepayment]:
    """Pay a deferral off.

    Outstanding principal and the interest accrued by 30/360, without penalty; paid once the code is confirmed.
    """
    return Request(
        "POST",
        f"/v1/deferrals/{quote(deferral_id, safe='')}/prepayment",
        as_json,
        headers={"Idempotency-Key": idempotency_key},
        body=body,
    )


def get_app_info(*, x_app_version: str | None = None) -> Request[models.AppInfo]:
    """About the app.

    The oldest version that may be used, whether there is maintenance, and the menu's options. A version that is too
    old by rule gets 426.
    """
    return Request("GET", "/v1/app", as_json, headers={"X-App-Version": x_app_version})


def list_errors() -> Request[models.ProblemKindList]:
    """The bank's errors.

    Every code that a problem of `/v1` can carry, with its HTTP status and words, in the caller's language.
    """
    return Request("GET", "/v1/errors", as_json)


def list_faqs(*, q: str | None = None, category: str | None = None) -> Request[models.FaqList]:
    """Frequent questions.

    Questions by category, or those with a word in them.
    """
    return Request("GET", "/v1/faqs", as_json, query={"q": q, "category": category})


def list_contact_channels() -> Request[models.ContactChannelList]:
    """Contact.

    Call centre, WhatsApp, e-mail, branches.
    """
    return Request("GET", "/v1/contact-channels", as_json)


def list_requestable_products() -> Request[models.RequestableProductList]:
    """Products that can be requested.

    Savings, deposits, credits and cards a member may ask for.
    """
    return Request("GET", "/v1/requestable-products", as_json)


def create_product_request(
    body: models.NewProductRequest, *, idempotency_key: str | None = None
) -> Request[models.ProductRequest]:
    """Request a product.

    The request is received; its status advances with the clock.
    """
    return Request("POST", "/v1/product-requests", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def list_product_requests(*, limit: int | None = None, cursor: str | None = None) -> Request[models.ProductRequestPage]:
    """My requests.

    Requests made, newest first.
    """
    return Request("GET", "/v1/product-requests", as_json, query={"limit": limit, "cursor": cursor})


def get_product_request(request_id: str) -> Request[models.ProductRequest]:
    """One request.

    Where it stands.
    """
    return Request("GET", f"/v1/product-requests/{quote(request_id, safe='')}", as_json)


def get_referral_invitation() -> Request[models.Invitation]:
    """What to share.

    The member's own code and link, and a text to share with friends and family.
    """
    return Request("GET", "/v1/referrals/invitation", as_json)


def create_referral(body: models.NewReferral, *, idempotency_key: str | None = None) -> Request[models.Referral]:
    """Recommend the app.

    Sends the invitation by SMS, once to each phone.
    """
    return Request("POST", "/v1/referrals", as_json, headers={"Idempotency-Key": idempotency_key}, body=body)


def list_referrals(*, limit: int | None = None, cursor: str | None = None) -> Request[models.ReferralPage]:
    """Recommendations made.

    Newest first.
    """
    return Request("GET", "/v1/referrals", as_json, query={"limit": limit, "cursor": cursor})


def get_challenge(challenge_id: str) -> Request[models.Challenge]:
    """The state of a code.

    Whether the code is still awaited, until when, and how often it may be tried.
    """
    return Request("GET", f"/v1/challenges/{quote(challenge_id, safe='')}", as_json)


def cancel_challenge(challenge_id: str) -> Request[None]:
    """Cancel the operation.

    The X and «Cancelar»: the operation will not run, and what was held comes back.
    """
    return Request("DELETE", f"/v1/challenges/{quote(challenge_id, safe='')}", as_nothing)


def confirm_challenge(
    challenge_id: str, body: models.CodeEntered, *, idempotency_key: str | None = None
) -> Request[models.ConfirmChallengeAnswer]:
    """Enter the code.

    The right code runs the operation, exactly once, and answers with what became of it. A wrong one costs an
    attempt although it is refused; the last one cancels the operation and gives back what was held.
    """
    return Request(
        "POST",
        f"/v1/challenges/{quote(challenge_id, safe='')}/confirm",
        as_json,
        headers={"Idempotency-Key": idempotency_key},
        body=body,
    )


def resend_challenge(challenge_id: str, *, idempotency_key: str | None = None) -> Request[models.Challenge]:
    """Send a new code.

    A new code goes out and the old one is dead. There is a wait between codes and a cap an hour, by rule.
    """
    return Request(
        "POST",
        f"/v1/challenges/{quote(challenge_id, safe='')}/resend",
        as_json,
        headers={"Idempotency-Key": idempotency_key},
    )


def get_health() -> Request[models.Health]:
    """Is the server alive?

    Answers as long as the process does.
    """
    return Request("GET", "/_sandbox/health", as_json)


def get_readiness() -> Request[models.Readiness]:
    """Is the sandbox ready?

    200 while the selected sandbox can be used and the disk takes writes; 503 `not_ready` while not, with the code
    of what is wrong in `cause`.
    """
    return Request("GET", "/_sandbox/ready", as_json)


def get_info() -> Request[models.Info]:
    """Version, seed and rules.

    Version, seed, schema and rules in force.
    """
    return Request("GET", "/_sandbox/info", as_json)


def get_clock() -> Request[models.Clock]:
    """Get the clock.

    The sandbox's moment and rate.
    """
    return Request("GET", "/_sandbox/clock", as_json)


def set_clock(body: models.ClockSet) -> Request[models.Advanced]:
    """Set the clock.

    Set the moment, freeze the clock or change its rate. Due jobs run on the way; the clock never goes backwards.
    """
    return Request("PUT", "/_sandbox/clock", as_json, body=body)


def advance_clock(body: models.Advance) -> Request[models.Advanced]:
    """Advance the clock.

    Every job that falls due runs in order, each at its own moment, and the answer lists the first of them.
    """
    return Request("POST", "/_sandbox/clock/advance", as_json, body=body)


def list_messages(
    *,
    to: str | None = None,
    channel: Literal["sms", "email"] | None = None,
    after: str | None = None,
    challenge_id: str | None = None,
    member_id: str | None = None,
    q: str | None = None,
    order: Literal["oldest", "newest"] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.MessagePage]:
    """Messages sent.

    SMS and e-mails in the order in which they left, oldest first unless `order` says otherwise; a code stands in
    `code`, too.
    """
    return Request(
        "GET",
        "/_sandbox/messages",
        as_json,
        query={
            "to": to,
            "channel": channel,
            "after": after,
            "challenge_id": challenge_id,
            "member_id": member_id,
            "q": q,
            "order": order,
            "limit": limit,
            "cursor": cursor,
        },
    )


def clear_messages() -> Request[None]:
    """Empty the inbox.

    Deletes every message. Codes already sent stay valid.
    """
    return Request("DELETE", "/_sandbox/messages", as_nothing)


def list_contacts() -> Request[models.RecipientList]:
    """Who was written to.

    The 200 phones and mailboxes that were written to last, the latest first.
    """
    return Request("GET", "/_sandbox/messages/contacts", as_json)


def get_code_secret() -> Request[models.CodeSecret]:
    """Get the secret of the codes.

    Lets a load run compute codes instead of reading messages: `digits` of HOTP over `secret` with the counter
    described. Sandboxes of the same seed have the same secret.
    """
    return Request("GET", "/_sandbox/messages/secret", as_json)


def next_message(
    *,
    challenge_id: str | None = None,
    to: str | None = None,
    channel: Literal["sms", "email"] | None = None,
    after: str | None = None,
    wait: float | None = None,
) -> Request[models.Message]:
    """Wait for a message.

    The newest message of a challenge, or the first one to a phone after `after`; waits for it when it is not there
    yet. Answers 404 `no_message` when none came in time.
    """
    return Request(
        "GET",
        "/_sandbox/messages/next",
        as_json,
        query={"challenge_id": challenge_id, "to": to, "channel": channel, "after": after, "wait": wait},
    )


def list_members(
    *, limit: int | None = None, cursor: str | None = None, persona: str | None = None
) -> Request[models.MemberToUsePage]:
    """Members to log in with.

    Personas first, then the generated ones: credentials, device, accounts, and why each persona exists.
    """
    return Request("GET", "/_sandbox/members", as_json, query={"limit": limit, "cursor": cursor, "persona": persona})


def create_member(body: models.NewMember) -> Request[models.MemberToUse]:
    """Create a custom member.

    With the accounts, balances, holds, cards, purchases, beneficiaries, history and state it is to have; the books
    balance. Answers how to log in.
    """
    return Request("POST", "/_sandbox/members", as_json, body=body)


def get_member(member_id: str) -> Request[models.MemberToUse]:
    """One member.

    One member with its credentials.
    """
    return Request("GET", f"/_sandbox/members/{quote(member_id, safe='')}", as_json)


def update_member(member_id: str, body: models.MemberPatch) -> Request[models.MemberToUse]:
    """Change a member.

    Status, segment, contacts, password, locks. A member who becomes inactive, or whom the bank locks, is logged out
    at once: 403 `member_not_active` or 423 `access_locked` says so while it lasts.
    """
    return Request("PATCH", f"/_sandbox/members/{quote(member_id, safe='')}", as_json, body=body)


def search_members(
    *, q: str | None = None, limit: int | None = None, cursor: str | None = None
) -> Request[models.PersonPage]:
    """Look for members.

    Members that fit, personas first; all where `q` is empty. What a persona is for is in its description, so that a
    trait is found by its words, such as “bloqueada” or “tarjeta”.
    """
    return Request("GET", "/_sandbox/members/search", as_json, query={"q": q, "limit": limit, "cursor": cursor})


def get_member_overview(member_id: str) -> Request[models.Overview]:
    """Everything about a member.

    Balances and what is held, cards, limits and their use, devices, locks, and the latest 100 events.
    """
    return Request("GET", f"/_sandbox/members/{quote(member_id, safe='')}/overview", as_json)


def update_account(account_id: str, body: models.AccountPatch) -> Request[models.AccountState]:
    """Change an account.

    Active or inactive, whatever its balance.
    """
    return Request("PATCH", f"/_sandbox/accounts/{quote(account_id, safe='')}", as_json, body=body)


def update_card(card_id: str, body: models.CardPatch) -> Request[models.CardState]:
    """Change a card.

    Blocked or not, overdue or not. What makes a card overdue is a due date of yesterday, of its statement or, once
    the minimum of that is paid, of one over all that is owed; it ends with the minimum or with `overdue` false,
    which gives it a new due date.
    """
    return Request("PATCH", f"/_sandbox/cards/{quote(card_id, safe='')}", as_json, body=body)


def hold_money(account_id: str, body: models.NewHold) -> Request[models.HoldPlaced]:
    """Hold money.

    As by order of a judge: the amount stays in the book balance and leaves the available one.
    """
    return Request("POST", f"/_sandbox/accounts/{quote(account_id, safe='')}/holds", as_json, body=body)


def release_hold(hold_id: str) -> Request[None]:
    """Lift a hold.

    The money is available again. Holds of operations that wait for a code are lifted by cancelling those.
    """
    return Request("DELETE", f"/_sandbox/holds/{quote(hold_id, safe='')}", as_nothing)


def open_session(member_id: str) -> Request[models.SessionGiven]:
    """Open a session.

    A session as a login on the member's device gives it, whatever state the member is in: its requests are refused
    while the member is inactive or locked by the bank.
    """
    return Request("POST", f"/_sandbox/members/{quote(member_id, safe='')}/session", as_json)


def lease_member(body: models.LeaseWanted) -> Request[models.Lease]:
    """Lease a member.

    One with the wanted traits, who can log in, and whom no other client gets meanwhile; made where none is free, if
    `create` says so.
    """
    return Request("POST", "/_sandbox/members/lease", as_json, body=body)


def release_member(member_id: str) -> Request[None]:
    """Release a member.

    Release a leased member. 404 when it was not leased.
    """
    return Request("DELETE", f"/_sandbox/members/{quote(member_id, safe='')}/lease", as_nothing)


def deposit_money(account_id: str, body: models.Deposit) -> Request[models.Balance]:
    """Deposit cash.

    The account gains, the bank's funding account gives: a balanced entry.
    """
    return Request("POST", f"/_sandbox/accounts/{quote(account_id, safe='')}/deposits", as_json, body=body)


def buy_with_card(card_id: str, body: models.NewPurchase) -> Request[models.Purchase]:
    """Post a card purchase.

    A purchase posted now, within the card's credit: something to pay, or to defer.
    """
    return Request("POST", f"/_sandbox/cards/{quote(card_id, safe='')}/purchases", as_json, body=body)


def list_sandboxes() -> Request[models.SandboxListing]:
    """List sandboxes.

    Every sandbox of the process that answers, also those that are damaged or of another schema version. Behind a
    proxy, `X-Sandbox-Shard: NUMBER` chooses the process.
    """
    return Request("GET", "/_sandbox/sandboxes", as_json)


def create_sandbox(body: models.NewSandbox) -> Request[models.Sandbox]:
    """Create a sandbox.

    A private bank: seeded, or a fork of another one. Ready when this answers.
    """
    return Request("POST", "/_sandbox/sandboxes", as_json, body=body)


def get_sandbox(name: str) -> Request[models.Sandbox]:
    """Get a sandbox.

    Its seed and clock.
    """
    return Request("GET", f"/_sandbox/sandboxes/{quote(name, safe='')}", as_json)


def delete_sandbox(name: str, *, permanent: bool | None = None) -> Request[None]:
    """Delete a sandbox.

    Deletes it with its snapshots. `undeleteSandbox` brings it back for `SANDBOX_DELETED_SECONDS`, unless the
    deletion is `permanent` or the bounds on what is kept are exceeded (`SANDBOX_DELETED_BYTES`, 20 sandboxes, the
    free space of the disk).
    """
    return Request("DELETE", f"/_sandbox/sandboxes/{quote(name, safe='')}", as_nothing, query={"permanent": permanent})


def undelete_sandbox(name: str) -> Request[models.SandboxSummary]:
    """Undelete a sandbox.

    Brings back the sandbox that was deleted latest under that name, with its snapshots and as it was: its clock has
    gone on. What only memory held of it is gone: journal, decisions, recording and leases.
    """
    return Request("POST", f"/_sandbox/sandboxes/{quote(name, safe='')}/undelete", as_json)


def reset_sandbox() -> Request[models.Sandbox]:
    """Reset a sandbox.

    The selected sandbox as it was on its first day: with the seed, members and start it was created with and, where
    it was created without, those of the settings. A request in flight sees all of before or all of after.
    """
    return Request("POST", "/_sandbox/reset", as_json)


def list_snapshots() -> Request[models.SnapshotList]:
    """List snapshots.

    The selected sandbox's snapshots.
    """
    return Request("GET", "/_sandbox/snapshots", as_json)


def create_snapshot(body: models.NewSnapshot) -> Request[models.Snapshot]:
    """Create a snapshot.

    A copy of the whole bank, clock included, to restore later.
    """
    return Request("POST", "/_sandbox/snapshots", as_json, body=body)


def restore_snapshot(name: str) -> Request[models.Sandbox]:
    """Restore a snapshot.

    The selected sandbox as it was then: the one way in which time goes back.
    """
    return Request("POST", f"/_sandbox/snapshots/{quote(name, safe='')}/restore", as_json)


def delete_snapshot(name: str) -> Request[None]:
    """Delete a snapshot.

    It can no longer be restored; sandboxes made from it stay.
    """
    return Request("DELETE", f"/_sandbox/snapshots/{quote(name, safe='')}", as_nothing)


def export_sandbox() -> Request[bytes]:
    """Export a sandbox.

    The selected sandbox as one SQLite file, to import elsewhere or to look into; also one of another version.
    """
    return Request("GET", "/_sandbox/export", as_bytes)


def import_sandbox(content: bytes) -> Request[models.Sandbox]:
    """Import a sandbox.

    The file takes the place of the selected sandbox once it has been checked: its form, version, content, books.
    """
    return Request(
        "POST", "/_sandbox/import", as_json, headers={"Content-Type": "application/vnd.sqlite3"}, content=content
    )


def get_recording() -> Request[str]:
    """Get the recording.

    The recording so far, for `sandbox replay FILE`. It goes on. Its first line says whether it is `whole`: once it
    holds 20,000 exchanges or `SANDBOX_RECORDING_BYTES` bytes, or a worker has ended with a part of it, nothing more
    is taken. Each exchange comes with its `effects`: events, ledger postings and messages, a line each, those of
    due work with the call that moved the clock; but for those before the latest reset, restore or import.
    """
    return Request("GET", "/_sandbox/recording", as_text)


def start_recording() -> Request[models.Recording]:
    """Start a recording.

    Resets the selected sandbox, freezes its clock, and records from there: calls of the bank, and calls of the
    control plane that change this sandbox (except imports). A recording in progress is discarded. Refused in
    developer mode, which keeps sessions alive.
    """
    return Request("POST", "/_sandbox/recording", as_json)


def stop_recording() -> Request[None]:
    """Discard the recording.

    Discard the recording. The sandbox keeps its state and its frozen clock.
    """
    return Request("DELETE", "/_sandbox/recording", as_nothing)


def list_rules() -> Request[models.Rules]:
    """Rules in force.

    Every document with its revision and rules, and what is wrong with the newest edit when it was not taken.
    """
    return Request("GET", "/_sandbox/rules", as_json)


def get_rules(document: str, *, base: bool | None = None) -> Request[str]:
    """One document.

    The document as it was written (YAML).
    """
    return Request("GET", f"/_sandbox/rules/{quote(document, safe='')}", as_text, query={"base": base})


def put_rules(document: str, text: str, *, dry_run: bool | None = None) -> Request[models.DocumentTaken]:
    """Override a document.

    The body (YAML) takes the document's place in this sandbox alone, once it has been checked with all others.

    The answer tells which of the decisions remembered of this sandbox would have been others, and why.
    """
    return Request(
        "PUT",
        f"/_sandbox/rules/{quote(document, safe='')}",
        as_json,
        query={"dry_run": dry_run},
        headers={"Content-Type": "application/yaml"},
        content=text.encode(),
    )


def reset_rules(document: str) -> Request[None]:
    """Remove an override.

    The base document counts again in this sandbox. Refused where other documents of its own hold only beside this
    one: remove those first. Where they do not hold anyway, because the base has changed, each can be removed.
    """
    return Request("DELETE", f"/_sandbox/rules/{quote(document, safe='')}", as_nothing)


def evaluate_rules(document: str, body: models.Question) -> Request[models.Decision]:
    """Evaluate rules.

    Facts in, decision and trace out; nothing changes and nothing is logged.
    """
    return Request("POST", f"/_sandbox/rules/{quote(document, safe='')}/evaluate", as_json, body=body)


def list_decisions(*, limit: int | None = None, request_id: str | None = None) -> Request[models.LoggedDecisionList]:
    """List the decisions.

    Which rules spoke in which request, on which facts, newest first. Kept in memory. Credentials on trial and whose
    they are read `[redacted]`.
    """
    return Request("GET", "/_sandbox/decisions", as_json, query={"limit": limit, "request_id": request_id})


def list_questions(document: str) -> Request[models.QuestionList]:
    """What a document can be asked.

    The questions that its rules answer; none for a document without rules.
    """
    return Request("GET", f"/_sandbox/rules/{quote(document, safe='')}/questions", as_json)


def list_cases(document: str) -> Request[models.CaseList]:
    """The cases of a document.

    The cases beside the base document, asked of the rules in force in this sandbox: a document of its own may
    answer otherwise.
    """
    return Request("GET", f"/_sandbox/rules/{quote(document, safe='')}/cases", as_json)


def get_fault_form() -> Request[models.FaultForm]:
    """What a fault can be.

    Schemas and vocabularies for a page that makes faults.
    """
    return Request("GET", "/_sandbox/faults/form", as_json)


def list_faults() -> Request[models.FaultList]:
    """List the faults.

    In the order in which they are asked.
    """
    return Request("GET", "/_sandbox/faults", as_json)


def create_fault(body: models.NewFault) -> Request[models.Fault]:
    """Create a fault.

    In force from the next call on, in this sandbox alone. Draws come from the sandbox's seed: the same calls on the
    same bank are struck again.
    """
    return Request("POST", "/_sandbox/faults", as_json, body=body)


def clear_faults() -> Request[None]:
    """Delete all faults.

    Every operation works again.
    """
    return Request("DELETE", "/_sandbox/faults", as_nothing)


def update_fault(fault_id: str, body: models.FaultPatch) -> Request[models.Fault]:
    """Switch or move a fault.

    On or off, and earlier or later in the list. Its counters go on.
    """
    return Request("PATCH", f"/_sandbox/faults/{quote(fault_id, safe='')}", as_json, body=body)


def delete_fault(fault_id: str) -> Request[None]:
    """Delete a fault.

    The fault strikes no further request.
    """
    return Request("DELETE", f"/_sandbox/faults/{quote(fault_id, safe='')}", as_nothing)


def audit_ledger() -> Request[models.Audit]:
    """Audit the ledger.

    Debits equal credits, every balance equals its postings, holds equal pending operations, nothing is negative
    that may not be. Reads a copy of the database, so that it holds up neither requests nor the log.
    """
    return Request("GET", "/_sandbox/ledger/audit", as_json)


def list_entries(
    *,
    account_id: str | None = None,
    order: Literal["oldest", "newest"] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.EntryPage]:
    """The ledger's entries.

    Every entry with its postings, in order; the oldest first unless `order` says otherwise.
    """
    return Request(
        "GET",
        "/_sandbox/ledger/entries",
        as_json,
        query={"account_id": account_id, "order": order, "limit": limit, "cursor": cursor},
    )


def list_ledger_accounts(
    *, q: str | None = None, limit: int | None = None, cursor: str | None = None
) -> Request[models.BookPage]:
    """The ledger's accounts.

    The bank's own accounts first, then those of members.
    """
    return Request("GET", "/_sandbox/ledger/accounts", as_json, query={"q": q, "limit": limit, "cursor": cursor})


def list_requests(
    *,
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] | None = None,
    path: str | None = None,
    operation_id: models.OperationId | None = None,
    status: int | None = None,
    member_id: str | None = None,
    correlation_id: str | None = None,
    limit: int | None = None,
) -> Request[models.ExchangeList]:
    """List the requests.

    The last exchanges with the bank, newest first: failed ones, too. Kept in memory, up to `SANDBOX_JOURNAL_SIZE`
    exchanges and `SANDBOX_JOURNAL_BYTES` bytes.
    """
    return Request(
        "GET",
        "/_sandbox/requests",
        as_json,
        query={
            "method": method,
            "path": path,
            "operation_id": operation_id,
            "status": status,
            "member_id": member_id,
            "correlation_id": correlation_id,
            "limit": limit,
        },
    )


def clear_requests() -> Request[None]:
    """Clear the journal.

    Deletes every exchange.
    """
    return Request("DELETE", "/_sandbox/requests", as_nothing)


def get_request(request_id: str) -> Request[models.Request]:
    """Get a request.

    The exchange with that request id: what the rules decided in it, and the events, messages and ledger entries
    that it caused, at most 200 of each.
    """
    return Request("GET", f"/_sandbox/requests/{quote(request_id, safe='')}", as_json)


def list_traffic(
    *,
    q: str | None = None,
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] | None = None,
    operation_id: models.OperationId | None = None,
    outcome: Literal["ok", "refused", "failed", "struck"] | None = None,
    problem: str | None = None,
    member_id: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.TrafficLinePage]:
    """Requests at a glance.

    The exchanges that the journal keeps, newest first, without headers and bodies: `getRequest` has those.
    """
    return Request(
        "GET",
        "/_sandbox/traffic",
        as_json,
        query={
            "q": q,
            "method": method,
            "operation_id": operation_id,
            "outcome": outcome,
            "problem": problem,
            "member_id": member_id,
            "limit": limit,
            "cursor": cursor,
        },
    )


def summarize_traffic() -> Request[models.TrafficSummary]:
    """Throughput, latency and refusals.

    How many calls of the bank this sandbox had, how they were answered and how fast, by operation: what a load does
    to it. `getMetrics` has the same of all sandboxes together, for Prometheus.
    """
    return Request("GET", "/_sandbox/traffic/summary", as_json)


def verify_requests(body: models.Verification) -> Request[models.Verdict]:
    """Verify the requests.

    Counts the remembered requests that match, once there are enough of them or the time to `wait` is up. When they
    are not as many as there must be, the answer tells which came nearest and why each of them missed. Secrets are
    compared as they were sent, and shown redacted.
    """
    return Request("POST", "/_sandbox/requests/verify", as_json, body=body)


def get_life() -> Request[models.Life]:
    """Get how lively members are.

    The level, up to when life has come, and what members did by themselves.
    """
    return Request("GET", "/_sandbox/life", as_json)


def set_life(body: models.LifeSet) -> Request[models.Life]:
    """Set how lively members are.

    From now on members do what their behaviours say: salaries arrive, bills are debited, cards are used. Nothing of
    the past is made up. `off` stops it; members with a level of their own go on.
    """
    return Request("PUT", "/_sandbox/life", as_json, body=body)


def list_events(
    *,
    kind: models.EventFilter | None = None,
    member_id: str | None = None,
    request_id: str | None = None,
    correlation_id: str | None = None,
    after: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Request[models.EventPage]:
    """List the events.

    Everything that was committed, oldest first; each event with the request it came from (`clock`: a job).
    """
    return Request(
        "GET",
        "/_sandbox/events",
        as_json,
        query={
            "kind": kind,
            "member_id": member_id,
            "request_id": request_id,
            "correlation_id": correlation_id,
            "after": after,
            "limit": limit,
            "cursor": cursor,
        },
    )


def next_event(
    *,
    kind: models.EventFilter | None = None,
    member_id: str | None = None,
    subject: str | None = None,
    after: str | None = None,
    wait: float | None = None,
) -> Request[models.Event]:
    """Wait for an event.

    The first event that matches behind `after` (of all that are kept, without it); waits for it when it has not
    happened yet. Answers 404 `no_event` when none came in time.
    """
    return Request(
        "GET",
        "/_sandbox/events/next",
        as_json,
        query={"kind": kind, "member_id": member_id, "subject": subject, "after": after, "wait": wait},
    )


def list_webhooks() -> Request[models.WebhookList]:
    """List the webhooks.

    Every address that events are delivered to.
    """
    return Request("GET", "/_sandbox/webhooks", as_json)


def create_webhook(body: models.NewWebhook) -> Request[models.Webhook]:
    """Create a webhook.

    Events from now on go to that address, in order, signed; what is not taken (2xx) is tried again.
    """
    return Request("POST", "/_sandbox/webhooks", as_json, body=body)


def delete_webhook(webhook_id: str) -> Request[None]:
    """Delete a webhook.

    Delete a webhook with its deliveries.
    """
    return Request("DELETE", f"/_sandbox/webhooks/{quote(webhook_id, safe='')}", as_nothing)


def list_deliveries(
    webhook_id: str, *, limit: int | None = None, cursor: str | None = None
) -> Request[models.DeliveryPage]:
    """List the deliveries of a webhook.

    Newest first: taken, given up or waiting, with the receiver's last answer.
    """
    return Request(
        "GET",
        f"/_sandbox/webhooks/{quote(webhook_id, safe='')}/deliveries",
        as_json,
        query={"limit": limit, "cursor": cursor},
    )


def retry_delivery(webhook_id: str, delivery_id: str) -> Request[models.Delivery]:
    """Retry a delivery.

    As if it were new: it leaves at once, and is tried again as often as any.
    """
    return Request(
        "POST",
        f"/_sandbox/webhooks/{quote(webhook_id, safe='')}/deliveries/{quote(delivery_id, safe='')}/retry",
        as_json,
    )


def list_jobs() -> Request[models.WaitingJobList]:
    """List the due work.

    Every kind of due work that waits for its moment, the earliest first.
    """
    return Request("GET", "/_sandbox/jobs", as_json)


def run_jobs() -> Request[models.JobList]:
    """Run what is due.

    Everything due by now, in order, each at its own moment; the first 1,000 jobs are listed. While the clock runs
    this happens by itself.
    """
    return Request("POST", "/_sandbox/jobs/run", as_json)


def list_control_errors() -> Request[models.ProblemKindList]:
    """The control plane's errors.

    Every code that a problem of `/_sandbox` can carry, with its HTTP status and words. Those of the bank stand in
    `GET /v1/errors`.
    """
    return Request("GET", "/_sandbox/errors", as_json)


def list_scenarios() -> Request[models.ScenarioList]:
    """What to try.

    Personas, magic values and what they do, generated from seed and rules in force, in the language asked for.
    """
    return Request("GET", "/_sandbox/scenarios", as_json)


def get_metrics() -> Request[str]:
    """Metrics.

    For Prometheus: calls by operation and status, refusals by operation and problem, latency histograms by
    operation, sandboxes, memory; of all sandboxes of the process together, also those deleted since. Of one sandbox
    `summarizeTraffic` tells.
    """
    return Request("GET", "/metrics", as_text)
