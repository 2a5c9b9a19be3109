"""Each view does in the bank what it says, and shows what came of it."""

import re
from typing import TYPE_CHECKING

import pytest

from sandbox.testing import Sandbox, operations
from tests.answers import assert_problem
from tests.browser.conftest import Console
from tests.browser.proxy import Proxy
from tests.browser.test_live import connected, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def toast(page: "Page", words: str) -> None:
    page.wait_for_selector(f".toast:has-text('{words}')")


def test_an_edited_rule_refuses_the_next_transfer_and_why_says_so(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    console.expected.append("status of 422")
    page = console.open("rules", id="limits")
    editor = page.locator(".editor textarea")
    until(lambda: "transfer.per_transaction" in editor.input_value(), page)
    text = editor.input_value()
    broken = text.replace("require: amount <=", "require: amont <=", 1)
    assert broken != text
    editor.fill(broken)
    page.wait_for_selector(".gutter .wrong")
    assert "amont" in page.locator(".mistakes button").first.inner_text()
    assert page.get_by_role("button", name="Usar en este sandbox").is_disabled()
    stricter = re.sub(r"require: amount <= [\w.]+", "require: amount <= 500", text, count=1)
    assert stricter != text
    editor.fill(stricter)
    page.wait_for_selector("button.primary:not([disabled]):has-text('Usar en este sandbox')")
    page.get_by_role("button", name="Usar en este sandbox").click()
    toast(page, "rige en este sandbox")
    page.wait_for_selector(".badge.rules")
    answer = phone.call("POST", "/v1/transfers", json=phone.order("10.00"))
    problem = assert_problem(answer, 422, "limit_exceeded")
    console.go(page, "traffic", id=answer.headers["x-request-id"])
    page.wait_for_selector(".card.refusing")
    rule = page.locator(".card.refusing .step.failed a")
    assert rule.inner_text() == problem["rule"]["id"]
    rule.click()
    page.wait_for_selector(".gutter .marked")
    page.get_by_role("button", name="Volver a la base").click()
    toast(page, "vuelve a la base")
    phone.transfer("10.00")


def test_advancing_the_clock_runs_a_scheduled_payment(console: Console, live: Sandbox) -> None:
    live.clock.freeze()
    page = console.open("clock")
    page.wait_for_selector(".timeline strong:has-text('scheduled_payment.run')")
    before = live.clock.read()["now"]
    page.get_by_role("button", name="+ 1 mes").click()
    page.wait_for_selector("[aria-live] strong:has-text('scheduled_payment.')")
    assert live.clock.read()["now"] > before
    toast(page, "trabajos")
    shown = live.clock.read()["now"][11:19]  # the page follows the clock from job to job, a moment later
    until(lambda: page.locator(".big-clock").inner_text() == shown, page)
    page.locator("[aria-live] a").first.click()
    page.wait_for_selector("sb-members .detail h2")


def test_the_clock_freezes_runs_and_goes_to_the_next_job(console: Console, live: Sandbox) -> None:
    page = console.open("clock")
    page.get_by_role("button", name="detenido").click()
    page.wait_for_selector(".clock.frozen")
    assert live.clock.read()["rate"] == 0
    page.wait_for_selector(".timeline time")
    due = live.jobs.waiting()[0]["due_at"]
    page.get_by_role("button", name="Al próximo trabajo").click()
    until(lambda: live.clock.read()["now"] == due, page)
    page.get_by_role("button", name="×60", exact=True).click()
    until(lambda: live.clock.read()["rate"] == 60, page)
    until(lambda: "×60" in page.locator("sb-time").inner_text(), page)


def test_members_live_as_the_clock_or_their_own_page_says(console: Console, live: Sandbox) -> None:
    live.clock.freeze()
    page = console.open("clock")
    page.wait_for_selector(".chips [aria-pressed=true]:has-text('apagada')")
    page.get_by_role("button", name="movida").click()
    page.wait_for_selector(".chips [aria-pressed=true]:has-text('movida')")
    assert live.life.read()["level"] == "busy"
    page.get_by_role("button", name="+ 1 semana").click()
    page.wait_for_selector("[aria-live] li")
    member = live.members.persona("al-dia")["id"]
    console.go(page, "members", id=member)
    page.get_by_label("Vida propia").select_option("off")
    until(lambda: live.members.get(member)["life"] == "off", page)
    page.get_by_label("Vida propia").select_option("")
    until(lambda: live.members.get(member)["life"] is None, page)


def test_a_fault_is_made_by_the_form_and_cleared(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    page = console.open("faults")
    form = page.locator(".fault-form")
    form.locator("[name=operation_id]").fill("getProducts")
    form.locator("[name=times]").fill("2")
    form.locator("[name=kind]").select_option("problem")
    form.locator("[name=problem]").fill("service_unavailable")
    assert page.locator(".sentence").inner_text() == "Los próximos 2 getProducts: responden service_unavailable."
    form.get_by_role("button", name="Crear la falla").click()
    page.wait_for_selector("li.fault")
    page.wait_for_selector(".badge.faults")
    assert_problem(phone.call("GET", "/v1/products"), 503, "service_unavailable")
    until(lambda: "1 golpe de 1" in page.locator("li.fault .counts").inner_text(), page)
    console.settle(page)  # a reading of faults that is under way would put the switch back
    page.locator("li.fault input").uncheck()
    until(lambda: not live.faults.all()[0]["enabled"], page)
    assert phone.call("GET", "/v1/products").status_code == 200
    console.settle(page)
    page.locator("li.fault input").check()
    until(lambda: live.faults.all()[0]["enabled"], page)
    page.get_by_role("button", name="Quitar todas las fallas").click()
    page.wait_for_selector("li.fault", state="detached")
    assert phone.call("GET", "/v1/products").status_code == 200
    page.get_by_role("button", name="Deshacer").last.click()
    page.wait_for_selector("li.fault")


def test_presets_count_their_hits_and_can_be_put_in_order(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    page = console.open("faults")
    page.locator(".tile:has-text('Servicio caído')").click()
    page.wait_for_selector("li.fault")
    page.locator(".tile:has-text('Respuesta perdida')").click()
    until(lambda: page.locator("li.fault").count() == 2, page)
    assert_problem(phone.call("GET", "/v1/products"), 503, "service_unavailable")
    until(lambda: page.locator(".tile:has-text('Servicio caído') .hits").inner_text() == "1 golpe", page)
    first, second = (each["id"] for each in live.faults.all())
    page.locator("li.fault").nth(1).get_by_role("button", name="Antes").click()
    until(lambda: [each["id"] for each in live.faults.all()] == [second, first], page)


def test_a_request_makes_the_fault_and_the_code_that_repeat_it(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    answer = phone.call("POST", "/v1/transfers", json=phone.order("40000.00"))
    console.expected.append("status of 409")
    page = console.open("traffic", id=answer.headers["x-request-id"])
    page.get_by_role("button", name="Copiar curl").click()
    toast(page, "curl")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl -X POST")
    assert '"amount":"40000.00"' in copied
    assert phone.token not in copied
    page.get_by_role("button", name="Copiar pytest").click()
    until(lambda: "def test_post_answers_409(token):" in page.evaluate("navigator.clipboard.readText()"), page)
    compile(page.evaluate("navigator.clipboard.readText()"), "copied", "exec")
    page.get_by_role("button", name="Verificar").click()
    page.wait_for_selector("dialog .tag.ok")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Enviar de nuevo").click()
    toast(page, "respondió 409")
    until(lambda: len(live.send(operations.list_traffic(operation_id="createTransfer"))["items"]) == 2, page)
    page.get_by_role("button", name="Crear una falla").click()
    page.wait_for_selector("sb-faults [name=operation_id]")
    assert page.locator("[name=operation_id]").input_value() == "createTransfer"


def test_effects_show_the_entries_events_and_messages_of_a_request(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    answer = phone.call(phone.confirmation(phone.transfer("5.00")["challenge"]["id"]))
    page = console.open("traffic", id=answer.headers["x-request-id"], tab="effects")
    page.wait_for_selector(".card .table")
    shown = page.locator(".detail-body").inner_text()
    assert "transfer.completed" in shown
    assert "$5,00" in shown
    page.locator("#tab-effects").press("ArrowLeft")
    page.wait_for_selector("#tab-response[aria-selected=true]")
    assert '"completed"' in page.locator(".json").inner_text()


def test_filters_and_selection_are_in_the_address(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    refused = phone.call("POST", "/v1/transfers", json=phone.order("40000.00"))
    page = console.open("traffic")
    page.wait_for_selector(".traffic-row")
    page.get_by_role("button", name="Rechazados").click()
    until(lambda: page.locator(".traffic-row").count() == 1, page)
    page.locator("input[type=search]").fill("createTransfer")
    page.wait_for_url("**q=createTransfer**")
    page.locator(".traffic-row").click()
    page.wait_for_selector(".detail h2")
    colleague = console.context.new_page()
    colleague.goto(page.url)
    colleague.wait_for_selector(".detail h2:has-text('createTransfer')")
    until(lambda: colleague.locator(".traffic-row").count() == 1, colleague)  # it is asked for beside the detail
    assert refused.headers["x-request-id"] in colleague.url
    page.go_back()
    page.wait_for_selector(".split.closed")


def test_the_prefix_of_a_sandbox_selects_it(console: Console, live: Sandbox) -> None:
    page = console.open()
    page.goto(f"{console.base}/s/{live.name}/_sandbox/console/members")
    page.wait_for_selector(".member-row")
    assert page.locator("sb-picker select").input_value() == live.name
    page.locator(".rail a[data-view=traffic]").click()
    page.wait_for_url(f"**/_sandbox/console/traffic?sandbox={live.name}")


def test_members_are_found_and_helped(console: Console, live: Sandbox) -> None:
    member = live.members.persona("bloqueada")
    page = console.open("members")
    page.locator("input[type=search]").fill("bloqueada")
    page.wait_for_selector(f".member-row:has-text('{member['name']}')")
    page.locator(f".member-row:has-text('{member['name']}')").click()
    page.get_by_role("button", name="Desbloquear").click()
    toast(page, "Desbloqueado")
    live.phone(member)
    page.wait_for_selector(".timeline strong:has-text('session.started')")
    account = live.send(operations.get_member_overview(member["id"]))["accounts"][0]
    page.locator(".detail-head").get_by_role("button", name="Depositar").click()
    page.locator("dialog [name=amount]").fill("12,50")
    page.locator("dialog button.primary").click()
    toast(page, "Depositado")
    after = live.send(operations.get_member_overview(member["id"]))["accounts"][0]
    assert float(after["book_balance"]) == pytest.approx(float(account["book_balance"]) + 12.50)
    page.locator(".detail-head").get_by_role("button", name="Retener").click()
    page.locator("dialog [name=amount]").fill("1.00")
    page.locator("dialog button.primary").click()
    toast(page, "Retenido")
    page.get_by_role("button", name="Deshacer").last.click()
    until(lambda: not live.send(operations.get_member_overview(member["id"]))["accounts"][0]["holds"], page)
    page.get_by_role("button", name="Copiar un token").click()
    toast(page, "token")
    token = page.evaluate("navigator.clipboard.readText()")
    answer = live.call("GET", "/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


def test_a_new_member_can_log_in(console: Console, live: Sandbox) -> None:
    page = console.open("members")
    page.get_by_role("button", name="Nuevo socio").click()
    page.locator("dialog [name=balance]").fill("123.00")
    page.locator("dialog [name=credit]").fill("900.00")
    page.locator("dialog button.primary").click()
    toast(page, "ya puede entrar")
    page.wait_for_selector(".detail h2")
    member = live.members.get(page.url.partition("id=")[2])
    assert [each["available_balance"] for each in live.phone(member).savings()] == ["123.00"] * 2


def test_the_ledger_tells_whether_it_is_balanced_and_leads_to_the_request(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    answer = phone.call(phone.confirmation(phone.transfer("5.00")["challenge"]["id"]))
    origin = phone.savings()[0]["id"]
    page = console.open("ledger", account=origin)
    page.wait_for_selector(".verdict:not(.bad):has-text('cada centavo')")
    page.wait_for_selector("svg.spark")
    page.locator(".detail .card a").first.click()
    page.wait_for_selector("sb-traffic .detail h2:has-text('confirmChallenge')")
    assert answer.headers["x-request-id"] in page.url


def test_load_shows_what_calls_do_to_this_sandbox_alone(console: Console, live: Sandbox) -> None:
    phone = live.phone("al-dia")
    for _ in range(3):
        phone.call("POST", "/v1/transfers", json=phone.order("60000.00"))
    page = console.open("load")
    connected(page)
    view = page.locator("sb-load")
    page.wait_for_selector("sb-load .table td:has-text('createTransfer')")
    assert "Desde el primer uso" in view.inner_text()
    assert "limit_exceeded" in view.inner_text()
    live.other("default").call("GET", "/v1/app")
    for _ in range(30):
        phone.call("GET", "/v1/products")

    def shows_the_latest() -> bool:
        text = view.inner_text()  # once: it is made anew with each measurement
        return "Últimos" in text and re.search(r"getProducts\s+30\s+0\s+0\s", text) is not None

    until(shows_the_latest, page)
    assert "getAppInfo" not in view.inner_text()
    page.get_by_label("Socios a la vez").fill("48")
    assert f"sandbox load --users 48 --time 30s --url {console.base} --sandbox {live.name}" in view.inner_text()


def test_load_falls_to_nothing_when_calls_end_and_asks_no_more(console: Console, live: Sandbox, line: Proxy) -> None:
    console.context.clock.install()
    page = console.open("load")
    connected(page)
    page.wait_for_selector("sb-load .empty")  # measured once, before the call: so what it does is seen as a change
    live.call("GET", "/v1/app")

    def later() -> str:
        """What is shown; what waits in the page for the next measurement does so no longer."""
        page.clock.fast_forward(2000)
        return page.locator("sb-load").inner_text()

    until(lambda: "Últimos" in (shown := later()) and "getAppInfo" in shown, page)
    until(lambda: "Desde el primer uso" in later(), page)
    line.asked.clear()
    page.clock.fast_forward(60_000)
    console.settle(page)
    assert line.asked == []
