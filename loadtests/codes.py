"""Where a code comes from: out of the control plane's inbox, end to end; or computed, so that the bank alone is
measured."""

from collections.abc import Callable
from typing import Any, Protocol

import pyotp

MOST_DIGITS = 8
"""Shorter codes are the last digits of longer ones; pyotp makes none of fewer than six."""


class CodeSource(Protocol):
    """The code of a challenge, the `sends`th that went out for it (from 1)."""

    def __call__(self, challenge: str, sends: int) -> str: ...


class Inbox:
    """Asks the control plane for the newest SMS of the challenge: a request of its own for each code."""

    def __init__(self, ask: Callable[[str], dict[str, Any]]) -> None:
        self._ask = ask

    def __call__(self, challenge: str, sends: int) -> str:
        """Read it; `sends` does not matter, the newest counts."""
        return str(self._ask(f"/_sandbox/messages/next?challenge_id={challenge}&wait=5")["code"])


class Computed:
    """Computes HOTP (RFC 4226) with the sandbox's secret, as `GET /_sandbox/messages/secret` describes: no request."""

    def __init__(self, described: dict[str, Any]) -> None:
        self._digits = int(described["digits"])
        self._maker = pyotp.HOTP(described["secret"], digits=MOST_DIGITS)

    def __call__(self, challenge: str, sends: int) -> str:
        """Compute it: the counter is the first half of the challenge's id, and the sends before this one."""
        return self._maker.at((int(challenge[4:20], 16) + sends - 1) % 2**64)[-self._digits :]


def wrong(code: str) -> str:
    """Another code than the right one."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"
