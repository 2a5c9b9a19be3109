"""Where webhooks may go: to this machine, but not to this server, and to hosts that a setting allows.

A target is checked when it is registered and again at each delivery, there with the addresses its name stands for now,
and the delivery connects to the address that was checked: a name that changes its meaning in between changes nothing.
"""

import asyncio
import ipaddress
import re
import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from sandbox.problem import FieldError, Problem, Sample, Text
from sandbox.settings import Settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ipaddress.IPv4Address("127.0.0.1")
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")


class AddressNotAllowed(Problem):
    """A webhook may not go to this address."""

    code = "webhook_address_not_allowed"
    status = 422
    title = Text("Dirección no permitida", "Address not allowed")
    says = Text(
        "Los webhooks van a esta máquina, no a este mismo servidor, o a un host de SANDBOX_WEBHOOK_HOSTS.",
        "Webhooks go to this machine, not to this very server, or to a host of SANDBOX_WEBHOOK_HOSTS.",
    )
    sample = Sample(errors=[FieldError("url", "not_allowed", says)])


class Target(NamedTuple):
    """A URL in its parts; `host` is a name or an address without brackets, `rest` path and query."""

    scheme: str
    host: str
    port: int
    authority: str
    rest: str

    def at(self, address: Address) -> str:
        """The URL with an address in place of the name."""
        host = f"[{address}]" if address.version == 6 else str(address)
        return f"{self.scheme}://{host}:{self.port}{self.rest}"


def target_of(url: str, settings: Settings) -> Target:
    """The target a URL means. Raises AddressNotAllowed for a host, a port or a form of URL that is not allowed.

    An address counts in its plain form only: 2130706433, 0x7f000001 and 127.1 are names here, which nothing allows.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused() from None
    host = parts.hostname or ""
    target = Target(
        parts.scheme,
        host,
        _PORTS.get(parts.scheme, 0) if port is None else port,
        parts.netloc,
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    if parts.scheme not in _PORTS or not target.port or "@" in parts.netloc:
        raise refused()
    address = address_of(host)
    if address is not None:
        if not (address.is_loopback or host in _allowed(settings)):
            raise refused()
        _require_foreign([address], target, settings)
    elif host == "localhost":
        _require_foreign([_LOOPBACK], target, settings)
    elif host not in _allowed(settings) or _NAME.fullmatch(host) is None:
        raise refused()
    return target


async def addresses(target: Target, settings: Settings) -> list[Address]:
    """The addresses to connect to, in order. Raises AddressNotAllowed if one of them may not be; OSError if the name
    has none."""
    address = address_of(target.host)
    if address is not None:
        found = [address]
    else:
        loop = asyncio.get_running_loop()
        infos = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        found = list(dict.fromkeys(_unmapped(ipaddress.ip_address(info[4][0])) for info in infos))
    for each in found:
        if each.is_unspecified or each.is_multicast or each.is_link_local:
            raise refused()
        if target.host == "localhost" and not each.is_loopback:
            raise refused()
    _require_foreign(found, target, settings)
    return found


def address_of(host: str) -> Address | None:
    """The address a host is written as, or None for a name. An IPv4 address within an IPv6 one counts as itself."""
    try:
        return None if "%" in host else _unmapped(ipaddress.ip_address(host))
    except ValueError:
        return None


def refused() -> AddressNotAllowed:
    """The refusal, which names the field."""
    return AddressNotAllowed(errors=[FieldError("url", "not_allowed", AddressNotAllowed.says)])


def _unmapped(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _allowed(settings: Settings) -> set[str]:
    return {each.strip().lower() for each in settings.webhook_hosts.split(",") if each.strip()}


def _require_foreign(found: list[Address], target: Target, settings: Settings) -> None:
    """Raises AddressNotAllowed where this server itself listens: a webhook would steer the bank past the guard."""
    if target.port == settings.port and any(_is_this_machines(each) for each in found):
        raise refused()


def _is_this_machines(address: Address) -> bool:
    """Whether the address is one of this machine's own: only to those can a socket be bound."""
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
