"""What a stranger may try: starts, codes and passwords, per person and per phone, and what the answers give away."""

import pytest

from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem
from tests.bank.access.test_manual_walk import NEW_PHONE, PASSWORD, identity

STRANGER = {"document_type": "cedula", "document_number": "3000000012"}
"""A well-formed document that no member has."""
RECOVERIES = ("/v1/recoveries/password", "/v1/recoveries/username")


def start(bank: Sandbox, who: Json, path: str = RECOVERIES[0]) -> Json:
    answer = bank.call("POST", path, json=who)
    assert answer.status_code == 201, answer.text
    return answer.json()


def guess(bank: Sandbox, challenge: str, code: str = "000000"):
    return bank.call("POST", f"/v1/challenges/{challenge}/confirm", json={"code": code})


def events(bank: Sandbox, kind: str) -> list[Json]:
    return bank.send(operations.list_events(kind=kind))["items"]


def test_five_starts_an_hour_whatever_is_started(bank: Sandbox) -> None:
    member = bank.members.persona("al-dia")
    who = identity(member)
    starts = [start(bank, who, RECOVERIES[each % 2]) for each in range(4)]
    replacing = {"username": member["username"], "password": member["password"], "device": NEW_PHONE}
    assert bank.call("POST", "/v1/sessions/device-replacements", json=replacing).status_code == 201
    bank.clock.advance("PT20M")
    for path, body in ((RECOVERIES[0], who), (RECOVERIES[1], who), ("/v1/sessions/device-replacements", replacing)):
        answer = bank.call("POST", path, json=body)
        assert_problem(answer, 429, "code_limit_reached")
        assert answer.headers["Retry-After"] == "2400"
        assert answer.headers["RateLimit"] == '"otp.start";r=0;t=2400'
        assert answer.headers["RateLimit-Policy"] == '"otp.start";q=5;w=3600'
    sent = bank.send(operations.list_messages(to=member["phone"]))["items"]
    assert len(sent) == 5
    bank.clock.advance("PT39M59S")
    assert_problem(bank.call("POST", RECOVERIES[0], json=who), 429, "code_limit_reached")
    bank.clock.advance("PT1S")
    assert start(bank, who)["id"] not in {each["id"] for each in starts}


def test_five_enrolments_an_hour(bank: Sandbox) -> None:
    who = identity(bank.members.persona("sin-afiliar"))
    for _ in range(5):
        start(bank, who, "/v1/enrolments")
    answer = bank.call("POST", "/v1/enrolments", json=who)
    assert_problem(answer, 429, "code_limit_reached")
    assert answer.headers["Retry-After"] == "3600"


def test_two_persons_on_one_phone_share_its_starts(bank: Sandbox) -> None:
    one, other = bank.members.persona("al-dia"), bank.members.persona("premium")
    bank.send(operations.update_member(other["id"], {"phone": one["phone"]}))
    for each in range(5):
        start(bank, identity(one if each % 2 else other))
    assert_problem(bank.call("POST", RECOVERIES[0], json=identity(one)), 429, "code_limit_reached")
    assert_problem(bank.call("POST", RECOVERIES[0], json=identity(other)), 429, "code_limit_reached")


def test_ten_codes_an_hour_to_one_phone_resends_included(bank: Sandbox) -> None:
    who = identity(bank.members.persona("al-dia"))
    for _ in range(3):
        challenge = start(bank, who)["challenge"]["id"]
        for _ in range(2):
            bank.clock.advance("PT2M")
            assert bank.call("POST", f"/v1/challenges/{challenge}/resend").status_code == 200
    challenge = start(bank, who)["challenge"]["id"]
    bank.clock.advance("PT2M")
    assert_problem(bank.call("POST", f"/v1/challenges/{challenge}/resend"), 429, "code_limit_reached")
    assert_problem(bank.call("POST", RECOVERIES[0], json=who), 429, "code_limit_reached")


def test_nine_wrong_codes_an_hour_across_challenges(bank: Sandbox) -> None:
    who = identity(bank.members.persona("al-dia"))
    for _ in range(3):
        challenge = start(bank, who)["challenge"]["id"]
        assert [guess(bank, challenge).status_code for _ in range(3)] == [422, 422, 409]
    challenge = start(bank, who)["challenge"]["id"]
    right = bank.inbox.code(challenge)
    for code in ("000000", right):
        answer = guess(bank, challenge, code)
        assert_problem(answer, 429, "guess_limit_reached")
        assert answer.headers["Retry-After"] == "3600"
    assert bank.call("GET", f"/v1/challenges/{challenge}").json()["attempts_left"] == 3  # it cost none
    bank.clock.advance("PT1H")
    challenge = start(bank, who)["challenge"]["id"]
    assert guess(bank, challenge, bank.inbox.code(challenge)).status_code == 200


def test_an_empty_inbox_gives_no_new_budget(bank: Sandbox) -> None:
    who = identity(bank.members.persona("al-dia"))
    for _ in range(5):
        start(bank, who)
    bank.inbox.clear()
    assert_problem(bank.call("POST", RECOVERIES[0], json=who), 429, "code_limit_reached")


def test_a_stranger_who_uses_up_the_budget_keeps_no_member_from_paying(bank: Sandbox) -> None:
    phone = bank.phone("al-dia")
    who = identity(phone.member)
    for _ in range(3):
        challenge = start(bank, who)["challenge"]["id"]
        for _ in range(3):
            guess(bank, challenge)
    for _ in range(2):
        start(bank, who)
    order = phone.transfer()["challenge"]["id"]
    bank.clock.advance("PT2M")
    assert phone.call("POST", f"/v1/challenges/{order}/resend").status_code == 200
    assert_problem(phone.call(phone.confirmation(order, phone.wrong_code(order))), 422, "wrong_code")
    phone.confirm(order)


def test_a_session_has_thirty_wrong_codes_an_hour(bank: Sandbox) -> None:
    phone = bank.phone("al-dia")
    for _ in range(10):
        challenge = phone.transfer("0.01")["challenge"]["id"]
        wrong = phone.wrong_code(challenge)
        assert [phone.call(phone.confirmation(challenge, wrong)).status_code for _ in range(3)] == [422, 422, 409]
    challenge = phone.transfer("0.01")["challenge"]["id"]
    assert_problem(phone.call(phone.confirmation(challenge)), 429, "guess_limit_reached")
    # Before a session it is another budget.
    started = start(bank, identity(phone.member))["challenge"]["id"]
    assert guess(bank, started, bank.inbox.code(started)).status_code == 200
    bank.clock.advance("PT1H")
    phone.log_in()
    phone.confirm(phone.transfer("0.01"))


def test_a_right_code_uses_up_nothing(bank: Sandbox) -> None:
    phone = bank.phone("al-dia")
    challenge = phone.transfer("0.01")["challenge"]["id"]
    assert_problem(phone.call(phone.confirmation(challenge, phone.wrong_code(challenge))), 422, "wrong_code")
    for _ in range(31):
        phone.confirm(phone.transfer("0.01"))


def test_limits_of_a_sandboxs_own_rules_hold(bank: Sandbox) -> None:
    rules = bank.rules.read("otp").replace("visitor_starts_per_hour: 5", "visitor_starts_per_hour: 1")
    put = bank.call("PUT", "/_sandbox/rules/otp", content=rules, headers={"Content-Type": "application/yaml"})
    assert put.status_code == 200, put.text
    who = identity(bank.members.persona("al-dia"))
    start(bank, who)
    problem = assert_problem(bank.call("POST", RECOVERIES[0], json=who), 429, "code_limit_reached")
    assert problem["rule"]["id"] == "otp.starts"
    assert "1 vez por hora" in problem["detail"]


def attempt(bank: Sandbox, path: str, username: str) -> tuple[int, Json, Json]:
    device = {"id": "dev-x", "name": "x", "platform": "ios"}
    answer = bank.call("POST", path, json={"username": username, "password": "Mala1234@", "device": device})
    body = {key: value for key, value in answer.json().items() if key not in ("request_id", "instance")}
    headers = {name: answer.headers.get(name) for name in ("Retry-After", "WWW-Authenticate", "Cache-Control")}
    return answer.status_code, body, headers


@pytest.mark.parametrize("path", ["/v1/sessions", "/v1/sessions/device-replacements"])
def test_failed_logins_tell_not_whether_the_username_exists(bank: Sandbox, path: str) -> None:
    known, unknown = bank.members.persona("al-dia")["username"], "nadie2026x"

    def round_of(username: str) -> list[tuple[int, Json, Json]]:
        return [attempt(bank, path, each) for each in (username, username.upper(), username, username, username)]

    expected = round_of(known)
    assert [status for status, _, _ in expected] == [401, 401, 423, 423, 423]
    assert round_of(unknown) == expected
    bank.clock.advance("PT30M")  # the lock is over for both
    again = [attempt(bank, path, known), attempt(bank, path, unknown)]
    assert again[0] == again[1]
    assert again[0][0] == 401


def test_unknown_usernames_are_stored_disguised(bank: Sandbox, tmp_path) -> None:
    attempt(bank, "/v1/sessions", "SecretoMio2026")
    exported = bank.call("GET", "/_sandbox/export").content
    assert b"secretomio2026" not in exported.lower()


@pytest.mark.parametrize("path", RECOVERIES)
def test_a_recovery_tells_not_whether_there_is_such_a_member(bank: Sandbox, path: str) -> None:
    without_phone = bank.members.persona("premium")
    bank.send(operations.update_member(without_phone["id"], {"phone": None}))
    inactive = bank.members.persona("historia-larga")
    bank.send(operations.update_member(inactive["id"], {"status": "inactive"}))
    cases = {
        None: identity(bank.members.persona("al-dia")),
        "not_a_member": STRANGER,
        "not_enrolled": identity(bank.members.persona("sin-afiliar")),
        "no_phone_on_file": identity(without_phone),
        "member_not_active": identity(inactive),
    }
    walks = {}
    for reason, who in cases.items():
        before = len(events(bank, "message.withheld"))
        started = start(bank, who, path)
        challenge = started["challenge"]["id"]
        codes = bank.send(operations.list_messages(challenge_id=challenge))["items"]
        assert len(codes) == (1 if reason is None else 0)
        told = events(bank, "message.withheld")[before:]
        assert [each["data"]["reason"] for each in told] == ([] if reason is None else [reason])
        first = guess(bank, challenge)
        seen = bank.call("GET", f"/v1/challenges/{challenge}").json()
        too_soon = bank.call("POST", f"/v1/challenges/{challenge}/resend")
        chosen = {"new_password": PASSWORD, "confirmation": PASSWORD}
        unverified = bank.call("PUT", f"/v1/recoveries/{started['id']}/password", json=chosen)
        rest = [guess(bank, challenge) for _ in range(3)]
        answers = [first, too_soon, unverified, *rest]
        walks[reason] = (
            sorted(started), started["kind"], started["status"], sorted(started["challenge"]),
            started["challenge"]["destination"][:8], seen["status"], seen["attempts_left"],
            [(answer.status_code, answer.json()["code"], answer.headers.get("Retry-After")) for answer in answers],
        )  # fmt: skip
    assert all(walk == walks[None] for walk in walks.values())


def test_no_code_is_right_for_a_decoy(bank: Sandbox) -> None:
    from sandbox.domain.codes import CodeMaker

    secret = bank.send(operations.get_code_secret())
    challenge = start(bank, STRANGER)["challenge"]["id"]
    computed = CodeMaker(secret["secret"]).code(secret["digits"], challenge, 1)
    assert_problem(guess(bank, challenge, computed), 422, "wrong_code")
    bank.clock.advance("PT2M")
    assert bank.call("POST", f"/v1/challenges/{challenge}/resend").status_code == 200
    assert bank.send(operations.list_messages(challenge_id=challenge))["items"] == []
    computed = CodeMaker(secret["secret"]).code(secret["digits"], challenge, 2)
    assert_problem(guess(bank, challenge, computed), 422, "wrong_code")
    bank.clock.advance("PT10M")
    assert bank.call("GET", f"/v1/challenges/{challenge}").json()["status"] == "expired"


def test_a_strangers_budget_is_the_same_as_a_members(bank: Sandbox) -> None:
    for who in (STRANGER, identity(bank.members.persona("al-dia"))):
        for _ in range(5):
            start(bank, who)
        assert_problem(bank.call("POST", RECOVERIES[0], json=who), 429, "code_limit_reached")


def test_a_phone_in_a_session_keeps_its_own_count(bank: Sandbox) -> None:
    phone: Phone = bank.phone("al-dia")
    other: Phone = bank.phone("premium")
    for _ in range(10):
        challenge = phone.transfer("0.01")["challenge"]["id"]
        for _ in range(3):
            phone.call(phone.confirmation(challenge, phone.wrong_code(challenge)))
    challenge = other.transfer("0.01")["challenge"]["id"]
    assert_problem(other.call(other.confirmation(challenge, other.wrong_code(challenge))), 422, "wrong_code")
    other.confirm(challenge)
