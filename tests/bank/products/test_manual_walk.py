"""The manual's chapters 2, «Resumen de Productos», and 3, «Detalle de Movimientos»."""

from sandbox.testing import Phone, Sandbox, operations


def test_resumen_de_productos_paso_1(phone: Phone) -> None:
    accounts = phone.accounts()
    assert [account["name"] for account in accounts].count("Cuenta de Ahorros") == 2
    assert accounts[-1]["name"] == "Certificados de Aportación"
    assert phone.send(operations.get_profile())["greeting"].startswith("¡Hola ")


def test_the_summary_greets_and_tells_whose_account_a_payment_comes_from(phone: Phone) -> None:
    products = phone.products()
    assert products["greeting"] == phone.send(operations.get_profile())["greeting"]
    origin = phone.call("POST", "/v1/transfers/preview", json=phone.order()).json()["origin"]
    assert (products["holder_name"], products["institution"]) == (origin["name"], origin["institution"])
    assert origin["number"] == phone.savings()[0]["number"]


def test_detalle_de_movimientos_paso_1(bank: Sandbox) -> None:
    phone = bank.phone("retencion-judicial")
    account = phone.send(operations.get_account(phone.savings()[0]["id"]))
    assert (account["book_balance"], account["available_balance"]) == ("5.65", "0.90")
    found = phone.send(operations.list_movements(account["id"], from_="2026-01-01", to="2026-12-31"))
    assert found["items"]
