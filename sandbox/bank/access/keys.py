"""The encodings in which phones give public keys and signatures (docs/how-to/biometrics.md).

Android's Keystore, iOS's Secure Enclave and WebCrypto each write them in another way; every one is taken as it is.
"""

import base64
import binascii
import json
import re
from typing import Annotated, Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from sandbox.bank.access.problems import InvalidPublicKey

_COORDINATE = 32
"""The bytes of a number of P-256: a coordinate of a key, `r` or `s` of a signature."""
_UNCOMPRESSED = b"\x04"
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_BLANKS = re.compile(r"[ \t\r\n]+")


class Jwk(BaseModel):
    """A public key as a JSON Web Key (RFC 7517, RFC 7518 section 6.2.1). What else it has is ignored."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    kty: Annotated[str, Field(max_length=10, examples=["EC"])]
    crv: Annotated[str, Field(max_length=20, examples=["P-256"])]
    x: Annotated[str, Field(max_length=100, examples=["axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY"])]
    y: Annotated[str, Field(max_length=100, examples=["T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"])]


def _form(key: object) -> str:
    return "jwk" if isinstance(key, dict | Jwk) else "text"


PublicKey = Annotated[
    Annotated[Annotated[str, Field(max_length=2000)], Tag("text")] | Annotated[Jwk, Tag("jwk")], Discriminator(_form)
]
"""A public key on P-256: SPKI in PEM, SPKI in DER or the uncompressed point, both in Base64, or a JWK."""


def pem(key: PublicKey) -> str:
    """The key in the one form in which it is kept: SPKI in PEM. Raises InvalidPublicKey unless it is one on P-256."""
    read = _read(key)
    return read.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed(key: str, signature: str, message: bytes) -> bool:
    """Whether `signature` (Base64 of DER or of r‖s) is that of `message` by the key kept as `key`: ECDSA, SHA-256."""
    raw = decoded(signature)
    if raw is None:
        return False
    public = _read(key)
    return any(_verifies(public, candidate, message) for candidate in _as_der(raw))


def decoded(text: str) -> bytes | None:
    """The bytes behind Base64 in either alphabet (RFC 4648, sections 4 and 5), padded or not; blanks and line breaks
    do not count. None for what is not Base64."""
    text = _BLANKS.sub("", text)
    if _BASE64.fullmatch(text) is None:
        return None
    bare = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return None


def _read(key: PublicKey) -> ec.EllipticCurvePublicKey:
    try:
        read = _of_jwk(key) if isinstance(key, Jwk) else _of_text(key)
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidPublicKey from None
    if not isinstance(read, ec.EllipticCurvePublicKey) or not isinstance(read.curve, ec.SECP256R1):
        raise InvalidPublicKey
    return read


def _of_text(text: str) -> Any:
    if text.lstrip().startswith("-----"):
        return load_pem_public_key(text.strip().encode())
    if text.lstrip().startswith("{"):
        return _of_jwk(Jwk.model_validate(json.loads(text)))
    raw = decoded(text)
    if raw is None:
        raise ValueError("no Base64")
    if raw.startswith(_UNCOMPRESSED) and len(raw) == 1 + 2 * _COORDINATE:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    return load_der_public_key(raw)


def _of_jwk(jwk: Jwk) -> ec.EllipticCurvePublicKey:
    x, y = decoded(jwk.x), decoded(jwk.y)
    if jwk.kty != "EC" or jwk.crv != "P-256" or x is None or y is None or {len(x), len(y)} != {_COORDINATE}:
        raise ValueError("no key on P-256")
    if "d" in (jwk.model_extra or {}):
        raise ValueError("a private key")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _UNCOMPRESSED + x + y)


def _as_der(raw: bytes) -> list[bytes]:
    """What a signature may be: r‖s if it is as long, and DER. A DER signature may, very rarely, be as long as r‖s."""
    if len(raw) != 2 * _COORDINATE:
        return [raw]
    r, s = int.from_bytes(raw[:_COORDINATE], "big"), int.from_bytes(raw[_COORDINATE:], "big")
    return [encode_dss_signature(r, s), raw]


def _verifies(public: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
    try:
        public.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True
