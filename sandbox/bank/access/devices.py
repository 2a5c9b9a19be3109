"""Registering, replacing and removing the one device (manual, chapter 1, «Mis Dispositivos»)."""

from typing import Any

from sandbox.bank.access import keys, queries
from sandbox.bank.access.keys import PublicKey
from sandbox.bank.access.schemas import DeviceOffered, DeviceWithKey
from sandbox.bank.access.tables import Device
from sandbox.problem import Text
from sandbox.problems import NotFound
from sandbox.storage.unit import UnitOfWork

_OTHER_ID = Text(
    "Ese es el «device_id» que la app se dio. Usa el «id» de la lista de dispositivos.",
    "That is the “device_id” that the app gave itself. Use the “id” of the list of devices.",
)


async def of_member(unit: UnitOfWork, member: int) -> list[Device]:
    """The member's registered devices, in the order in which they were registered."""
    return await unit.all(queries.DEVICES_OF, member=member)


async def owned(unit: UnitOfWork, member: int, name: str) -> Device:
    """The registered device of the member with the public id `name`. Raises NotFound, which says so where `name` is
    the id that the app gave itself."""
    found = await unit.one(queries.OWNED_DEVICE, device=unit.ids.number("dev", name) or 0, member=member)
    if found is not None:
        return found
    if any(name == device.device_key for device in await of_member(unit, member)):
        raise NotFound(detail=_OTHER_ID)
    raise NotFound


async def register(unit: UnitOfWork, member: int, offered: dict[str, Any]) -> Device:
    """A new device of the member."""
    key = offered.get("public_key")
    device = await unit.insert(
        queries.ADD_DEVICE,
        member_id=member,
        device_key=offered["id"],
        name=offered["name"],
        platform=offered["platform"],
        registered_at=unit.now,
        removed_at=None,
        public_key=key,
        fingerprint=int(bool(offered.get("fingerprint")) and key is not None),
        face=int(bool(offered.get("face")) and key is not None),
        biometric_failures=0,
    )
    registered = await unit.one(queries.DEVICE, device=device)
    assert registered is not None
    return registered


async def remove(unit: UnitOfWork, member: int, device: int) -> None:
    """Unregister a device of the member. Its sessions end."""
    await unit.later(queries.REMOVE_DEVICE, device=device, now=unit.now)
    ended = {"member": member, "device": device, "now": unit.now, "reason": "device removed"}
    await unit.later(queries.END_SESSIONS_OF_DEVICE, **ended)


async def replace_all(unit: UnitOfWork, member: int, offered: dict[str, Any]) -> Device:
    """Replace the registered devices by the one offered."""
    for device in await of_member(unit, member):
        await remove(unit, member, device.id)
    return await register(unit, member, offered)


def as_payload(device: DeviceOffered) -> dict[str, Any]:
    """A device as a procedure keeps it, its key as SPKI in PEM. Raises InvalidPublicKey."""
    payload = device.model_dump(exclude={"public_key"})
    if isinstance(device, DeviceWithKey) and device.public_key is not None:
        payload["public_key"] = as_kept(device.public_key)
    return payload


def as_kept(key: PublicKey) -> str:
    """A public key as it is kept: SPKI in PEM. Raises InvalidPublicKey unless it is one on P-256."""
    return keys.pem(key)
