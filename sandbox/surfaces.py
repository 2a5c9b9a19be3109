"""The two surfaces of the server, by the prefix of their paths."""

BANK = "/v1"
"""The bank, as the mobile app sees it."""

CONTROL = "/_sandbox"
"""The control plane, as a developer sees it."""
