"""What the profile tells: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class PasswordChanged(NamedTuple):
    """A new password."""


class UsernameChanged(NamedTuple):
    """A new username."""


class DeviceRegistered(NamedTuple):
    """A device more."""

    device: str


class DeviceDeleted(NamedTuple):
    """A device less."""
