"""Values of stories: `{createTransfer.challenge.id}` stands for what that step answered."""

import base64
import re
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_PLACE = re.compile(r"\{([^{}]+)\}")
_SIGNED = "signed:"
# The key of the phone in the examples. It opens made-up people's sessions in sandboxes, and is meant to be seen.
_KEY = ec.derive_private_key(0x5EED, ec.SECP256R1())

KEY: Mapping[str, str] = {
    "public": _KEY.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
}


def filled(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with what is known in the places of its templates. Raises LookupError for what is not known."""
    if isinstance(value, str):
        place = _PLACE.fullmatch(value)
        if place is None:
            return value
        if place[1].startswith(_SIGNED):
            return _signature(_found(place[1].removeprefix(_SIGNED), known))
        return _found(place[1], known)
    if isinstance(value, Mapping):
        return {name: filled(inner, known) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(inner, known) for inner in value]
    return value


def _found(path: str, known: Mapping[str, Any]) -> Any:
    value: Any = known
    for part in path.split("."):
        if isinstance(value, list):
            name, _, wanted = part.partition("=")
            if wanted:
                value = next((each for each in value if str(each.get(name)).lower() == wanted.lower()), None)
                if value is None:
                    raise LookupError(f"{path}: nothing has {part}")
            else:
                value = value[int(part)]
        else:
            value = value[part]
    return value


def _signature(nonce: str) -> str:
    """The signature of the bytes behind a nonce, the same each time (RFC 6979)."""
    signature = _KEY.sign(base64.b64decode(nonce), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return base64.b64encode(signature).decode()
