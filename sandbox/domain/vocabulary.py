"""Closed vocabularies that several parts of the bank share: columns, views and rules take these words and no others.

A word that one chapter alone uses is in its `schemas`.
"""

from typing import Literal

Segment = Literal["standard", "premium"]
MemberStatus = Literal["active", "inactive"]
DocumentType = Literal["cedula", "ruc", "passport"]
MemberAccountType = Literal["savings", "share_certificate"]
AccountType = Literal["savings", "share_certificate", "card", "system"]
PartyAccount = Literal["savings", "checking", "share_certificate"]
AccountStatus = Literal["active", "inactive", "blocked"]
CardStatus = Literal["active", "blocked"]
TransferKind = Literal["own", "cooperative", "interbank"]
HoldReason = Literal["operation", "judicial", "pledge", "uncleared"]
Channel = Literal["sms", "email"]

Ending = Literal["cancelled", "expired", "locked"]
"""How an order ends that no code confirmed."""
Language = Literal["es", "en"]
