"""`make screenshots`: every view of the console, light and dark, on a wide screen and on a phone, into docs/images."""

import sys
from typing import Any

import httpx2 as httpx
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from loadtests.driver import server
from sandbox.console.routes import VIEWS
from sandbox.testing import Phone, Sandbox, operations
from tests.browser.conftest import CHROMIUM, SLIM, WIDE
from tests.functional.processes import ROOT
from tests.transport import bank_of

IMAGES = ROOT / "docs" / "images"
_COLOURS = 256
_SETTLED_MS = 1500


def main() -> int:
    """Take them all. Gives the exit status."""
    if CHROMIUM is None:
        sys.stdout.write("no browser: `make browser` installs one\n")
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with server() as base, httpx.Client(base_url=base, timeout=60) as client, sync_playwright() as playwright:
        bank = bank_of(client)
        phone = _fill(bank)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for size, viewport in (("wide", WIDE), ("slim", SLIM)):
            for scheme in ("light", "dark"):
                _take(browser, base, bank, phone, size, viewport, scheme)
        browser.close()
    return 0


def _fill(bank: Sandbox) -> Phone:
    """A day in which something of everything happens; gives the phone of the member that is shown."""
    for persona in ("historia-larga", "premium", "muchas-cuentas"):
        other = bank.phone(persona)
        other.call("GET", "/v1/me")
        other.call("GET", f"/v1/accounts/{other.savings()[0]['id']}/movements")
        other.call("POST", "/v1/transfers", json=other.order("40000.00"))
    phone = bank.phone("al-dia")
    for amount in ("25.00", "12.40", "80.00"):
        phone.confirm(phone.transfer(amount))
        bank.clock.advance("PT1M")
    premium = bank.phone("premium")
    premium.transfer("150.00")
    bank.send(operations.create_fault({"match": {"operation_id": "listFaqs"}, "effect": {"profile": "3g"}}))
    once = {"match": {"operation_id": "createTransfer", "times": 2}, "effect": {"connection": "reset"}}
    fault = bank.send(operations.create_fault(once))
    bank.send(operations.update_fault(fault["id"], {"enabled": False}))
    phone.call("POST", "/v1/transfers", json=phone.order("60000.00"))
    phone.transfer("35.00")
    bank.snapshot("before-payday")
    return phone


def _take(browser: Browser, base: str, bank: Sandbox, phone: Phone, size: str, viewport: Any, scheme: Any) -> None:
    context = browser.new_context(viewport=viewport, color_scheme=scheme, locale="en-US", reduced_motion="reduce")
    page = context.new_page()
    refused = bank.send(operations.list_traffic(problem="limit_exceeded"))["items"][0]["id"]
    details = {
        "traffic": f"?id={refused}" if size == "wide" else "",
        "members": f"?id={phone.member['id']}" if size == "wide" else "",
        "ledger": f"?account={phone.savings()[0]['id']}" if size == "wide" else "",
        "rules": "?id=limits&rule=transfer.per_transaction",
    }
    for view in VIEWS:
        page.goto(f"{base}/_sandbox/console/{view}{details.get(view, '')}")
        page.wait_for_selector("sb-connection[data-state=live]", state="attached")
        page.wait_for_selector(".checking", state="detached")
        page.wait_for_timeout(_SETTLED_MS)
        file = IMAGES / f"{view}-{size}-{scheme}.png"
        page.screenshot(path=file)
        with Image.open(file) as image:
            image.convert("RGB").quantize(_COLOURS).save(file, optimize=True)
        sys.stdout.write(f"{file.relative_to(ROOT)} {file.stat().st_size // 1024} kB\n")
    context.close()


if __name__ == "__main__":
    sys.exit(main())
