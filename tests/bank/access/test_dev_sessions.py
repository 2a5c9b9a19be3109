"""Developer mode: the app stays logged in through idling, jumps of the clock and resets, and not beyond what it may."""

import itertools
from collections.abc import Iterator

import httpx2 as httpx
import pytest

from sandbox.app import create_app
from sandbox.kernel import clock
from sandbox.settings import Settings
from sandbox.testing import Phone, Sandbox, operations
from tests import goldens
from tests.answers import Json, assert_problem
from tests.transport import bank_of, serving

_NAMES = itertools.count(1)
WEEKS = 24 * 86_400
"""What a session is said to be good for: a JavaScript timer takes no more than 2^31 - 1 milliseconds."""


@pytest.fixture(scope="module")
def dev(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    made = settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("dev"), "dev_sessions": True})
    goldens.place(made)
    with serving(create_app(made)) as client:
        yield client


@pytest.fixture
def kept(dev: httpx.Client) -> Sandbox:
    """A private bank in developer mode, its clock frozen."""
    name = f"dev{next(_NAMES)}"
    assert dev.post("/_sandbox/sandboxes", json={"name": name, "clock": {"rate": 0}}).status_code == 201
    return bank_of(dev, name)


def refreshed(phone: Phone) -> httpx.Response:
    return phone.sandbox.call("POST", "/v1/sessions/refresh", json={"refresh_token": phone.refresh_token})


def given_session(bank: Sandbox, member: Json) -> Phone:
    given = bank.members.session(member["id"])
    return Phone(bank, member, given["access_token"], given["refresh_token"])


def test_a_session_outlives_idling_and_its_end(kept: Sandbox) -> None:
    phone = kept.phone("al-dia")
    for jump in ("PT5M", "PT30M", "P1D", "P1Y"):
        kept.clock.advance(jump)
        phone.products()
    kept.clock.advance("P1Y")
    assert refreshed(phone).status_code == 201


def test_a_session_goes_on_after_a_reset_with_both_tokens(kept: Sandbox) -> None:
    phone = kept.phone("al-dia")
    fresh = phone.products()
    phone.confirm(phone.transfer("10.00"))
    kept.clock.advance("P3D")
    kept.reset()
    assert phone.products() == fresh
    assert phone.send(operations.list_transfers())["items"] == []
    session = phone.send(operations.get_session())
    assert session["device"]["device_id"] == phone.member["device"]["id"]
    assert clock.parse(session["started_at"]) < clock.parse(kept.clock.read()["now"]) + clock.SECOND
    renewed = refreshed(phone).json()
    assert_problem(phone.call("GET", "/v1/me"), 401, "invalid_token")
    phone.token, phone.refresh_token = renewed["access_token"], renewed["refresh_token"]
    kept.reset()
    phone.send(operations.get_profile())
    kept.ledger.assert_balanced()


def test_logins_after_a_reset_meet_no_token_of_before(kept: Sandbox) -> None:
    member = kept.members.persona("al-dia")
    first, second = given_session(kept, member), given_session(kept, member)
    assert first.call("DELETE", "/v1/sessions/current").status_code == 204
    kept.reset()
    later = [kept.phone(member) for _ in range(3)]
    assert len({phone.token for phone in [first, second, *later]}) == 5
    for phone in (second, *later):
        phone.send(operations.get_profile())
    assert_problem(first.call("GET", "/v1/me"), 401, "invalid_token")


def test_a_refresh_token_spent_before_a_reset_still_ends_the_session_after_it(kept: Sandbox) -> None:
    phone = kept.phone("al-dia")
    renewed = refreshed(phone).json()
    kept.reset()
    assert_problem(refreshed(phone), 401, "refresh_token_reused")
    phone.token = renewed["access_token"]
    assert_problem(phone.call("GET", "/v1/me"), 401, "session_expired")


def test_the_client_is_told_how_long_it_can_rely_on_it(kept: Sandbox) -> None:
    phone = kept.phone("al-dia")
    assert (phone.session["expires_in"], phone.session["idle_expires_in"]) == (WEEKS, WEEKS)
    assert WEEKS * 1000 < 2**31
    kept.clock.advance("P1M")
    session = phone.send(operations.get_session())
    now = clock.parse(kept.clock.read()["now"])
    assert session["expires_at"] == session["idle_expires_at"] == clock.show(now + WEEKS * clock.SECOND)
    assert refreshed(phone).json()["expires_in"] == WEEKS


def test_two_members_go_on_each_as_itself(kept: Sandbox) -> None:
    one, other = (kept.phone(name) for name in ("al-dia", "premium"))
    kept.reset()
    for phone in (one, other):
        greeting = phone.send(operations.get_session())["member"]
        assert greeting["id"] == phone.member["id"]


def test_another_device_than_the_seeded_one_is_logged_out_by_a_reset(kept: Sandbox) -> None:
    """The member of the first day has another phone: to go on would be another person's phone in the bank."""
    member = kept.members.persona("al-dia")
    device = {"id": "dev-of-the-emulator", "name": "Emulador", "platform": "android"}
    phone = Phone(kept, member)
    order = kept.call("POST", "/v1/sessions/device-replacements", json={**phone.credentials(), "device": device})
    challenge = order.json()["challenge"]["id"]
    confirmed = kept.call("POST", f"/v1/challenges/{challenge}/confirm", json={"code": kept.inbox.code(challenge)})
    assert confirmed.status_code == 200, confirmed.text
    moved = Phone(kept, {**member, "device": device}).log_in()
    kept.snapshot("with-it")
    kept.reset()
    assert_problem(moved.call("GET", "/v1/me"), 401, "invalid_token")
    kept.restore("with-it")
    moved.send(operations.get_profile())


def test_a_member_without_a_device_goes_on_unless_the_first_day_has_one(kept: Sandbox) -> None:
    without = kept.phone("sin-dispositivo")
    member = kept.members.persona("al-dia")
    phone = kept.phone(member)
    kept.reset()
    assert without.send(operations.get_session())["device"] is None
    registration = phone.send(operations.list_devices())["items"][0]["id"]
    order = phone.call("DELETE", f"/v1/me/devices/{registration}").json()
    phone.confirm(order["challenge"]["id"])
    bare = given_session(kept, member)
    assert bare.send(operations.get_session())["device"] is None
    kept.reset()
    assert_problem(bare.call("GET", "/v1/me"), 401, "invalid_token")


def test_a_member_made_after_the_first_day_is_gone_with_the_session(kept: Sandbox) -> None:
    made = kept.send(operations.create_member({}))
    phone = kept.phone(made)
    kept.reset()
    assert_problem(phone.call("GET", "/v1/me"), 401, "invalid_token")


@pytest.mark.parametrize(
    ("patch", "status", "code"),
    [({"status": "inactive"}, 403, "member_not_active"), ({"locked_minutes": 30}, 423, "access_locked")],
)
def test_a_member_whom_the_bank_keeps_out_is_out_and_stays_out(
    kept: Sandbox, patch: Json, status: int, code: str
) -> None:
    member = kept.members.persona("al-dia")
    phone = kept.phone(member)
    kept.send(operations.update_member(member["id"], patch))
    assert_problem(phone.call("GET", "/v1/me"), status, code)
    assert_problem(refreshed(phone), status, code)
    kept.reset()
    assert_problem(phone.call("GET", "/v1/me"), 401, "invalid_token")


def test_what_ends_a_session_ends_it(kept: Sandbox) -> None:
    member = kept.members.persona("al-dia")
    phone, other, left = kept.phone(member), given_session(kept, member), given_session(kept, member)
    assert left.call("DELETE", "/v1/sessions/current").status_code == 204
    change = {
        "username": member["username"], "current_password": member["password"],
        "new_password": "Distinta1@", "confirmation": "Distinta1@",
    }  # fmt: skip
    order = phone.call("POST", "/v1/me/password-changes", json=change)
    phone.confirm(order.json())
    for ended in (other, left):
        assert_problem(ended.call("GET", "/v1/me"), 401, "session_expired")
    phone.send(operations.get_profile())
    registration = phone.send(operations.list_devices())["items"][0]["id"]
    order = phone.call("DELETE", f"/v1/me/devices/{registration}").json()
    phone.confirm(order["challenge"]["id"])
    for ended in (phone, other, left):
        assert_problem(ended.call("GET", "/v1/me"), 401, "session_expired")
    kept.reset()
    for ended in (phone, other, left):
        assert_problem(ended.call("GET", "/v1/me"), 401, "invalid_token")


def test_restore_and_import_bring_the_sessions_of_the_file(kept: Sandbox) -> None:
    early = kept.phone("al-dia")
    kept.snapshot("early")
    file = kept.call("GET", "/_sandbox/export").content
    late = kept.phone("premium")
    kept.clock.advance("P1M")
    kept.restore("early")
    early.send(operations.get_profile())
    assert_problem(late.call("GET", "/v1/me"), 401, "invalid_token")
    late.log_in()
    assert kept.call("POST", "/_sandbox/import", content=file).status_code == 200
    early.send(operations.get_profile())
    assert_problem(late.call("GET", "/v1/me"), 401, "invalid_token")


def test_a_fork_has_the_sessions_of_its_parent_and_a_new_bank_none(kept: Sandbox) -> None:
    phone = kept.phone("al-dia")
    for name, answer in ({"name": f"{kept.name}f", "from": kept.name}, 200), ({"name": f"{kept.name}n"}, 401):
        kept.send(operations.create_sandbox(name))
        moved = Phone(bank_of(kept.connection.client, name["name"]), phone.member, phone.token)
        assert moved.call("GET", "/v1/me").status_code == answer
    kept.reset()
    phone.send(operations.get_profile())


def test_a_recording_is_refused_and_resets_nothing(kept: Sandbox) -> None:
    phone = kept.phone("al-dia")
    phone.transfer("1.00")
    refused = assert_problem(kept.call("POST", "/_sandbox/recording"), 409, "sessions_do_not_end")
    assert "SANDBOX_DEV_SESSIONS" in refused["detail"]
    assert len(phone.send(operations.list_transfers())["items"]) == 1


def test_info_tells_whether_it_is_on(kept: Sandbox, bank: Sandbox) -> None:
    assert kept.send(operations.get_info())["dev_sessions"] is True
    assert bank.send(operations.get_info())["dev_sessions"] is False


def test_a_running_clock_ends_no_session(kept: Sandbox) -> None:
    phone = kept.phone("al-dia")
    kept.clock.set(rate=100_000)
    kept.clock.advance("P1M")
    phone.send(operations.get_profile())


def test_without_it_a_reset_ends_every_session(phone: Phone) -> None:
    phone.sandbox.reset()
    assert_problem(phone.call("GET", "/v1/me"), 401, "invalid_token")


def test_started_without_it_the_rules_end_what_it_kept_alive(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("plain")})
    goldens.place(made)
    with serving(create_app(made.model_copy(update={"dev_sessions": True}))) as client:
        bank = bank_of(client)
        bank.clock.freeze()
        phone = bank.phone("al-dia")
        bank.reset()
        bank.clock.freeze()
        phone.send(operations.get_profile())
    with serving(create_app(made)) as client:
        phone.sandbox = bank = bank_of(client)
        phone.send(operations.get_profile())
        bank.clock.advance("PT5M")
        assert_problem(phone.call("GET", "/v1/me"), 401, "session_expired")
