"""Keys and signatures are taken as Android's Keystore, iOS's Secure Enclave and WebCrypto write them."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from sandbox.bank.access import keys
from sandbox.bank.access.keys import Jwk
from sandbox.bank.access.problems import InvalidPublicKey
from sandbox.testing import Phone, Sandbox, operations
from tests.answers import Json, assert_problem, failing
from tests.bank.access.test_manual_walk import Handset

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "biometrics.md"
Texts = Callable[[bytes], str]

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
private_keys = st.integers(1, ORDER - 1).map(lambda secret: ec.derive_private_key(secret, ec.SECP256R1()))


def plain(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def bare(raw: bytes) -> str:
    return plain(raw).rstrip("=")


def url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def bare_url(raw: bytes) -> str:
    return url(raw).rstrip("=")


def wrapped(raw: bytes) -> str:
    return base64.encodebytes(raw).decode()


BASE64: list[Texts] = [plain, bare, url, bare_url, wrapped]


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def jwk(key: ec.EllipticCurvePrivateKey) -> Json:
    raw = point(key)
    return {"kty": "EC", "crv": "P-256", "x": bare_url(raw[1:33]), "y": bare_url(raw[33:])}


def flat(der: bytes) -> bytes:
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@given(private_keys, st.binary(max_size=64), st.sampled_from(BASE64), st.booleans())
def test_every_signature_verifies_in_every_encoding(
    key: ec.EllipticCurvePrivateKey, message: bytes, text: Texts, raw: bool
) -> None:
    der = key.sign(message, ec.ECDSA(hashes.SHA256()))
    signature = text(flat(der) if raw else der)
    assert keys.signed(pem(key), signature, message)
    assert not keys.signed(pem(key), signature, message + b"x")


@given(private_keys, private_keys, st.sampled_from(BASE64), st.booleans())
def test_no_signature_verifies_with_another_key(
    key: ec.EllipticCurvePrivateKey, other: ec.EllipticCurvePrivateKey, text: Texts, raw: bool
) -> None:
    der = key.sign(b"text", ec.ECDSA(hashes.SHA256()))
    assert keys.signed(pem(other), text(flat(der) if raw else der), b"text") is (pem(other) == pem(key))


@given(private_keys, st.sampled_from(BASE64))
def test_every_encoding_of_a_key_is_kept_as_the_same_pem(key: ec.EllipticCurvePrivateKey, text: Texts) -> None:
    kept = pem(key)
    for given_as in (
        kept, kept.replace("\n", "\r\n"), f"  {kept}", text(spki(key)), text(point(key)), json.dumps(jwk(key)),
        Jwk.model_validate(jwk(key)), Jwk.model_validate(jwk(key) | {"ext": True, "key_ops": ["verify"], "kid": "1"}),
    ):  # fmt: skip
        assert keys.pem(given_as) == kept


@given(st.text(max_size=300))
def test_any_other_text_is_no_key_and_no_signature(text: str) -> None:
    with pytest.raises(InvalidPublicKey):
        keys.pem(text)
    assert not keys.signed(Handset().pem, text, b"")


@given(st.binary(max_size=130), st.sampled_from(BASE64))
def test_any_other_bytes_are_no_signature(raw: bytes, text: Texts) -> None:
    assert not keys.signed(Handset().pem, text(raw), b"text")


def test_keys_of_other_curves_private_keys_and_points_off_the_curve_are_refused() -> None:
    key = Handset().key
    elsewhere = ec.generate_private_key(ec.SECP384R1())
    wrong: list[Any] = [
        pem(elsewhere), plain(spki(elsewhere)), plain(point(key)[:33]), plain(b"\x04" + b"\x01" * 64),
        Jwk.model_validate(jwk(key) | {"crv": "P-384"}), Jwk.model_validate(jwk(key) | {"kty": "OKP"}),
        Jwk.model_validate(jwk(key) | {"d": "AQ"}), Jwk.model_validate(jwk(key) | {"x": "AQ"}), "{", '{"kty": "EC"}',
    ]  # fmt: skip
    for each in wrong:
        with pytest.raises(InvalidPublicKey):
            keys.pem(each)


def test_the_vectors_of_the_documentation_hold() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    vector = json.loads(block)
    message = base64.b64decode(vector["nonce"])
    assert len(message) == 32
    kept = {keys.pem(each) for each in vector["public_keys"] if isinstance(each, str)}
    kept |= {keys.pem(Jwk.model_validate(each)) for each in vector["public_keys"] if isinstance(each, dict)}
    (one,) = kept
    assert len(vector["public_keys"]) == 4
    assert len(vector["signatures"]) == 4
    assert all(keys.signed(one, each, message) for each in vector["signatures"])
    key = ec.derive_private_key(int(vector["private_key"], 16), ec.SECP256R1())
    assert pem(key) == one
    der = key.sign(message, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    assert plain(der) in vector["signatures"]


def challenge(bank: Sandbox, device: str) -> Json:
    answer = bank.call("POST", "/v1/sessions/biometric/challenge", json={"device_id": device})
    assert answer.status_code == 201, answer.text
    return answer.json()


def signing(key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], str]:
    """What signs a message as a phone with this key does."""
    return lambda message: plain(key.sign(message, ec.ECDSA(hashes.SHA256())))


def logs_in(bank: Sandbox, device: str, signature: Callable[[bytes], str]) -> str:
    """Log in by fingerprint; whom the session is of."""
    asked = challenge(bank, device)
    proof = {"id": asked["id"], "device_id": device, "method": "fingerprint"}
    proof["signature"] = signature(base64.b64decode(asked["nonce"]))
    answer = bank.call("POST", "/v1/sessions/biometric", json=proof)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["member"]["id"])


@pytest.mark.parametrize("encoding", ["pem", "der", "jwk"])
def test_a_key_is_registered_and_used_in_each_encoding(phone: Phone, encoding: str) -> None:
    key, device = Handset().key, phone.member["device"]["id"]
    given_as = {"pem": pem(key), "der": bare_url(spki(key)), "jwk": jwk(key) | {"ext": True, "key_ops": ["verify"]}}
    wanted = {"fingerprint": True, "public_key": given_as[encoding]}
    assert phone.call("PUT", "/v1/me/access-methods", json=wanted).status_code == 200
    for raw in (False, True):

        def signature(message: bytes, raw: bool = raw) -> str:
            der = key.sign(message, ec.ECDSA(hashes.SHA256()))
            return bare_url(flat(der)) if raw else plain(der)

        assert logs_in(phone.sandbox, device, signature) == phone.member["id"]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (5, {"public_key": "not_text"}),
        ("x" * 2001, {"public_key": "too_long"}),
        ({"kty": "EC", "crv": "P-256", "x": 1}, {"public_key.x": "not_text", "public_key.y": "required"}),
    ],
)
def test_a_key_of_another_type_is_told_by_its_field(phone: Phone, key: object, told: Json) -> None:
    answer = phone.call("PUT", "/v1/me/access-methods", json={"fingerprint": True, "public_key": key})
    assert failing(assert_problem(answer, 422, "validation_failed")) == told


def test_a_device_is_registered_with_a_jwk(phone: Phone) -> None:
    key = Handset().key
    old = phone.send(operations.list_devices())["items"][0]["id"]
    new = {"id": "dev-2", "name": "Tablet", "platform": "android", "public_key": jwk(key), "replaces": old}
    started = phone.call("POST", "/v1/me/devices", json=new).json()
    phone.confirm(started["challenge"]["id"])
    phone.member["device"] = {"id": "dev-2", "name": "Tablet", "platform": "android"}
    phone.log_in()
    assert phone.call("PUT", "/v1/me/access-methods", json={"fingerprint": True}).status_code == 200
    assert logs_in(phone.sandbox, "dev-2", signing(key)) == phone.member["id"]


@pytest.fixture
def shared(bank: Sandbox) -> tuple[str, dict[str, Handset]]:
    """The id of a phone that two members share, and the key of each by the member's id."""
    device, hands = {"id": "dev-shared", "name": "Tablet de casa", "platform": "android"}, {}
    for persona in ("al-dia", "premium"):
        member = bank.members.persona(persona)
        who = {"username": member["username"], "password": member["password"], "device": device}
        started = bank.call("POST", "/v1/sessions/device-replacements", json=who).json()["challenge"]["id"]
        assert (
            bank.call("POST", f"/v1/challenges/{started}/confirm", json={"code": bank.inbox.code(started)}).status_code
            == 200
        )
        phone = Phone(bank, member | {"device": device}).log_in()
        hands[member["id"]] = Handset()
        wanted = {"fingerprint": True, "public_key": hands[member["id"]].pem}
        assert phone.call("PUT", "/v1/me/access-methods", json=wanted).status_code == 200
    return device["id"], hands


def test_two_members_of_one_phone_each_log_in(bank: Sandbox, shared: tuple[str, dict[str, Handset]]) -> None:
    device, hands = shared
    for member, handset in hands.items():
        assert logs_in(bank, device, signing(handset.key)) == member


def test_wrong_signatures_of_a_shared_phone_are_counted_for_each_of_its_members(
    bank: Sandbox, shared: tuple[str, dict[str, Handset]]
) -> None:
    device, hands = shared
    for _ in range(3):
        proof = Handset().proof(bank, device)
        assert_problem(bank.call("POST", "/v1/sessions/biometric", json=proof), 401, "biometrics_refused")
    asked = bank.call("POST", "/v1/sessions/biometric/challenge", json={"device_id": device})
    assert_problem(asked, 423, "biometrics_blocked")
    Phone(bank, bank.members.persona("al-dia")).log_in()
    first = next(iter(hands))
    assert logs_in(bank, device, signing(hands[first].key)) == first
