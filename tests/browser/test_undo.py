"""What destroys asks first; what was done can be undone, and comes back as it was."""

import json
from typing import TYPE_CHECKING

import pytest

from sandbox.testing import Sandbox, operations
from tests.browser.conftest import Console
from tests.browser.test_live import connected, until
from tests.browser.test_views import toast

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def test_what_destroys_asks_first_and_can_be_undone(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    phone.confirm(phone.transfer("5.00"))
    balance = phone.available(phone.savings()[0]["id"])
    page = console.open("sandboxes")
    page.get_by_role("button", name="Reiniciar").click()
    page.get_by_role("button", name="Cancelar").click()
    assert phone.available(phone.savings()[0]["id"]) == balance
    page.get_by_role("button", name="Reiniciar").click()
    page.locator("dialog button.danger").click()
    toast(page, "Sandbox reiniciado")
    fresh = live.phone("al-dia")
    assert fresh.available(fresh.savings()[0]["id"]) != balance
    page.get_by_role("button", name="Deshacer").last.click()
    toast(page, "Se deshizo")
    again = live.phone("al-dia")
    assert again.available(again.savings()[0]["id"]) == balance
    page.wait_for_selector(".rows .fault:has-text('undo-')")


def test_a_sandbox_is_made_forked_picked_deleted_and_brought_back(console: Console, live: Sandbox) -> None:
    name = f"{live.name}-fork"
    page = console.open("phone")
    page.get_by_role("button", name="Copiar este sandbox").click()
    page.locator("dialog [name=name]").fill(name)
    page.locator("dialog button.primary").click()
    page.wait_for_url(f"**sandbox={name}**")
    connected(page)
    console.go(page, "sandboxes", sandbox=name)
    phone = live.other(name).phone("al-dia")
    phone.confirm(phone.transfer("5.00"))
    page.locator(f"tr:has-text('{name}')").get_by_role("button", name="Eliminar").click()
    page.locator("dialog button.danger").click()
    toast(page, f"Sandbox {name} eliminado")
    until(lambda: name not in page.locator("tbody").inner_text(), page)
    page.get_by_role("button", name="Deshacer").last.click()
    page.wait_for_url(f"**sandbox={name}**")
    connected(page)
    assert [each["status"] for each in phone.send(operations.list_transfers())["items"]] == ["completed"]
    page.locator(f"tr:has-text('{name}')").get_by_role("button", name="Eliminar").click()
    page.locator("dialog button.danger").click()
    page.get_by_role("button", name=f"Recuperar el sandbox {name}").click()
    page.wait_for_selector(f"tr:has-text('{name}')")
    page.wait_for_selector(f"sb-picker option:has-text('{name}')", state="attached")
    page.locator("sb-picker select").select_option(name)
    page.wait_for_url(f"**sandbox={name}**")
    live.connection.client.delete(f"/_sandbox/sandboxes/{name}?permanent=true").raise_for_status()


def test_the_snapshots_that_undo_takes_do_not_pile_up(console: Console, live: Sandbox) -> None:
    live.snapshot("mine")
    page = console.open("sandboxes")
    for _ in range(7):
        page.get_by_role("button", name="Reiniciar").click()
        page.locator("dialog button.danger").click()
        toast(page, "Sandbox reiniciado")
        page.get_by_role("button", name="Cerrar").last.click()
    kept = [each["name"] for each in live.snapshots()]
    assert len([name for name in kept if name.startswith("undo-")]) == 5
    assert "mine" in kept


def test_a_damaged_sandbox_can_be_reset_although_no_snapshot_can_be_taken(console: Console) -> None:
    console.expected.append("status of 409")
    page = console.open("sandboxes")
    connected(page)
    console.context.route("**/_sandbox/snapshots", lambda route: refuse(route, "sandbox_damaged"))
    page.get_by_role("button", name="Reiniciar").click()
    page.locator("dialog button.danger").click()
    page.wait_for_selector("dialog p:has-text('No se pudo guardar un snapshot')")
    page.locator("dialog button.danger").click()
    toast(page, "Sandbox reiniciado")
    assert page.get_by_role("button", name="Deshacer").count() == 0


def refuse(route: "Route", code: str) -> None:
    """Answer as the server does for a sandbox that cannot be used; what is read passes."""
    if route.request.method == "POST":
        route.fulfill(
            status=409,
            content_type="application/problem+json",
            body=json.dumps({"detail": "Está dañado.", "code": code}),
        )
    else:
        route.fallback()


def test_what_was_taken_away_comes_back_as_it_was(console: Console, live: Sandbox) -> None:
    for operation in ("listFaqs", "getProducts", "listCards"):
        live.send(operations.create_fault({"match": {"operation_id": operation}, "effect": {"profile": "3g"}}))
    faults = live.faults.all()
    live.send(operations.update_fault(faults[1]["id"], {"enabled": False}))

    def ordered() -> list[tuple[str, bool]]:
        return [(each["match"]["operation_id"], each["enabled"]) for each in live.faults.all()]

    before = ordered()
    page = console.open("faults")
    page.locator("li.fault").nth(1).get_by_role("button", name="Quitar").click()
    until(lambda: len(ordered()) == 2, page)
    page.get_by_role("button", name="Deshacer").last.click()
    toast(page, "Se deshizo")
    assert ordered() == before
    console.go(page, "phone")
    connected(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("quitar todas")
    page.keyboard.press("Enter")
    until(lambda: ordered() == [], page)
    console.go_on(page, "members")
    page.get_by_role("button", name="Deshacer").last.click()
    until(lambda: ordered() == before, page)


def test_a_hold_is_released_and_placed_again(console: Console, live: Sandbox) -> None:
    member = live.members.persona("al-dia")
    account = live.phone(member).savings()[0]["id"]
    live.send(operations.hold_money(account, {"amount": "4.75", "reason": "pledge"}))

    def holds() -> list[tuple[str, str]]:
        accounts = live.send(operations.get_member_overview(member["id"]))["accounts"]
        return [(each["amount"], each["reason"]) for account in accounts for each in account["holds"]]

    page = console.open("members", id=member["id"])
    page.get_by_role("button", name="Liberar").click()
    toast(page, "Liberado")
    assert holds() == []
    page.get_by_role("button", name="Deshacer").last.click()
    until(lambda: holds() == [("4.75", "pledge")], page)


def test_a_lock_is_undone(console: Console, live: Sandbox) -> None:
    member = live.members.persona("al-dia")
    page = console.open("members", id=member["id"])
    page.get_by_role("button", name="Bloquear").click()
    page.wait_for_selector(".detail .tag.bad")
    page.get_by_role("button", name="Deshacer").last.click()
    page.wait_for_selector(".detail .tag.bad", state="detached")


def test_a_document_that_another_relies_on_stays_and_the_page_says_why(console: Console, live: Sandbox) -> None:
    console.expected.append("status of 422")
    live.rules.replace("credentials", "id: password.length\n", "id: password.size\n")
    live.rules.replace("devices", "id: device.registered\n", "id: password.length\n")
    page = console.open("rules", id="credentials")
    page.get_by_role("button", name="Volver a la base").click()
    toast(page, "No se cambió nada")
    toast(page, "devices.yaml:")
    toast(page, "a second rule called password.length: there is one in credentials.yaml")
    assert [each["name"] for each in live.rules.all()["documents"] if each["overridden"]] == ["credentials", "devices"]


def test_a_draft_of_a_rule_survives_looking_elsewhere(console: Console, live: Sandbox) -> None:
    page = console.open("rules", id="limits")
    editor = page.locator(".editor textarea")
    until(lambda: "transfer.per_transaction" in editor.input_value(), page)
    text = editor.input_value()
    editor.fill(text + "# mine\n")
    page.wait_for_selector(".documents .tag.warn")
    console.go_on(page, "members")
    console.go_on(page, "rules")
    page.locator(".documents a:has-text('otp')").click()
    until(lambda: "# mine" not in (shown := editor.input_value()) and shown != "", page)
    page.locator(".documents a:has-text('limits')").click()
    until(lambda: editor.input_value() == text + "# mine\n", page)
    page.get_by_role("button", name="Descartar el borrador").click()
    until(lambda: editor.input_value() == text, page)
    page.get_by_role("button", name="Deshacer").last.click()
    until(lambda: editor.input_value() == text + "# mine\n", page)
    page.get_by_role("button", name="Descartar el borrador").click()
