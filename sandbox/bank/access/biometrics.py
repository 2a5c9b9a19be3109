"""Biometric login: the phone signs a text of ours with a key that a finger or a face unlocks (ECDSA P-256, SHA-256)."""

import base64

from sandbox.bank.access import keys, queries, sessions
from sandbox.bank.access.problems import BiometricsBlocked, BiometricsNotEnabled, BiometricsRefused, InvalidPublicKey
from sandbox.bank.access.schemas import (
    AccessMethods,
    AccessMethodsWanted,
    BiometricChallenge,
    BiometricProof,
    NewSession,
)
from sandbox.bank.access.service import new_session, require_unlocked
from sandbox.bank.access.tables import Device
from sandbox.bank.members import admission
from sandbox.bank.members.queries import MEMBER_TO_CHANGE
from sandbox.bank.members.session import LiveSession
from sandbox.bank.notifications import service as notifications
from sandbox.domain.vocabulary import Language
from sandbox.kernel import clock
from sandbox.kernel.clock import SECOND
from sandbox.problem import Problem
from sandbox.storage import latches
from sandbox.storage.unit import UnitOfWork

PREFIX = "nce"
_MOST_SHARING = 16
"""How many members of one phone can log in by biometrics: each signature is tried with the key of each."""


async def challenge(unit: UnitOfWork, device_key: str) -> BiometricChallenge:
    """A text to sign, good once and for a short while. Raises BiometricsNotEnabled, BiometricsBlocked."""
    device = (await _enabled(unit, device_key))[0]
    until = unit.now + unit.rules.devices.settings.nonce_seconds * SECOND
    binding = unit.sandbox.entropy.binding(PREFIX, device.device_key)
    nonce = await unit.insert(queries.ADD_NONCE, binding=binding, device_id=device.id, expires_at=until)
    return BiometricChallenge(id=unit.ids.name(PREFIX, nonce), nonce=_text(unit, nonce), expires_at=clock.show(until))


async def log_in(
    unit: UnitOfWork, nonce: int | None, proof: BiometricProof, language: Language
) -> NewSession | Problem:
    """A session for the device whose signature is right.

    A wrong one counts, so BiometricsRefused is returned; raises BiometricsNotEnabled, BiometricsBlocked, AccessLocked
    and the rules' refusals.
    """
    await latches.hold(unit, proof.device_id)  # each failure counts before the next attempt is looked at
    candidates = await _enabled(unit, proof.device_id)
    found = await unit.one(queries.NONCE, nonce=nonce or 0)
    fresh = found is not None and found.expires_at > unit.now and found.device_id in {each.id for each in candidates}
    used = fresh and await unit.change(queries.USE_NONCE, nonce=nonce, now=unit.now)
    device = None
    if found is not None and used:
        message = base64.b64decode(_text(unit, found.id))
        device = next((each for each in candidates if _signed(each, proof, message)), None)
    if device is None:
        for each in candidates:
            await unit.later(queries.COUNT_BIOMETRIC_FAILURE, device=each.id)
        return BiometricsRefused(headers=unit.sandbox.institution.asks_for_token())
    member = await unit.one(MEMBER_TO_CHANGE, member=device.member_id)
    assert member is not None
    require_unlocked(unit, member)
    admission.require(unit, member)
    session, tokens = await sessions.begin(unit, member, device)
    await unit.later(queries.FORGET_BIOMETRIC_FAILURES, member=member.id)
    await unit.later(queries.NOTE_ACCESS, member=member.id, now=unit.now, no_lock=None)
    await notifications.notice_access(unit, member.id, device.name)
    unit.record("session.started", member.id, "ses", session, method=proof.method)
    return new_session(unit, member, tokens, language)


async def access_methods(unit: UnitOfWork, member: LiveSession) -> AccessMethods:
    """The ways in on the session's device; only the password where none is registered."""
    device = await unit.one(queries.DEVICE, device=member.device_id or 0)
    if device is None:
        return AccessMethods(password=True, fingerprint=False, face=False)
    return AccessMethods(password=True, fingerprint=bool(device.fingerprint), face=bool(device.face))


async def set_access_methods(unit: UnitOfWork, member: LiveSession, wanted: AccessMethodsWanted) -> AccessMethods:
    """Enable or disable fingerprint and face on the session's device; what is omitted keeps its value.

    The key is forgotten with the last of them. Raises InvalidPublicKey for a key that is none, or when one is enabled
    without a key; BiometricsNotEnabled without a registered device.
    """
    device = await unit.one(queries.DEVICE, device=member.device_id or 0)
    if device is None:
        raise BiometricsNotEnabled
    fingerprint = bool(device.fingerprint) if wanted.fingerprint is None else wanted.fingerprint
    face = bool(device.face) if wanted.face is None else wanted.face
    given = None if wanted.public_key is None else keys.pem(wanted.public_key)
    key = (given or device.public_key) if fingerprint or face else None
    if key is None and (fingerprint or face):
        raise InvalidPublicKey
    await unit.later(
        queries.SET_ACCESS_METHODS, device=device.id, key=key, by_finger=int(fingerprint), by_face=int(face)
    )
    unit.record("access_methods.changed", member.member_id, "dev", device.id)
    return AccessMethods(password=True, fingerprint=fingerprint, face=face)


async def _enabled(unit: UnitOfWork, device_key: str) -> list[Device]:
    """The registrations of a phone with biometrics enabled and not blocked, newest first: members may share a phone,
    and the app then gives the same id for each of them. Raises BiometricsNotEnabled, BiometricsBlocked."""
    registered = await unit.all(queries.DEVICES_BY_KEY, device_key=device_key, limit=_MOST_SHARING)
    enabled = [device for device in registered if device.fingerprint or device.face]
    if not enabled:
        raise BiometricsNotEnabled
    most = unit.rules.devices.settings.biometric_failures
    usable = [device for device in enabled if device.biometric_failures < most]
    if not usable:
        raise BiometricsBlocked
    return usable


def _text(unit: UnitOfWork, nonce: int) -> str:
    return base64.b64encode(unit.sandbox.entropy.draw("nonces", nonce)).decode()


def _signed(device: Device, proof: BiometricProof, message: bytes) -> bool:
    allowed = device.fingerprint if proof.method == "fingerprint" else device.face
    return bool(allowed) and device.public_key is not None and keys.signed(device.public_key, proof.signature, message)
