"""What access tells: the words are in `rules/texts.yaml`."""

from typing import NamedTuple


class Greeted(NamedTuple):
    """The greeting that the app shows."""

    name: str


class UsernameTold(NamedTuple):
    """The username that was forgotten."""

    username: str


class Enrolled(NamedTuple):
    """A member enrolled."""


class PasswordRecovered(NamedTuple):
    """A new password, set by recovery."""


class DeviceReplaced(NamedTuple):
    """The device that took the place of the registered one."""

    device: str
