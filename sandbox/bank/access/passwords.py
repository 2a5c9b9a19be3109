"""Passwords: stored as Argon2id, with the parameters of the rules; cheap by default, because this is a sandbox."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret

from sandbox.storage.unit import UnitOfWork

_VERIFIER = PasswordHasher()
# Verified when the username is unknown, so that the answer takes as long as for a known one.
_NO_MEMBER = hash_secret(b"no member", b"no-member-no-mem", 1, 64, 1, 32, Type.ID).decode()


def verify(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`; with nothing stored it takes as long, and is not."""
    try:
        return _VERIFIER.verify(stored or _NO_MEMBER, password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def hashed(unit: UnitOfWork, password: str, member: int) -> str:
    """What to store of a password; the salt is drawn from the sandbox's seed."""
    cost = unit.rules.credentials.settings.argon2
    salt = unit.sandbox.entropy.draw(f"salts {unit.now}", member)[:16]
    return hash_secret(password.encode(), salt, cost.time_cost, cost.memory_kib, cost.parallelism, 32, Type.ID).decode()
