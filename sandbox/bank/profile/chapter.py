"""What the profile declares."""

from sandbox.bank.chapter import Chapter
from sandbox.bank.profile import routes, texts
from sandbox.bank.profile.operations import DEVICE_DELETION, DEVICE_REGISTRATION, PASSWORD_CHANGE, USERNAME_CHANGE

CHAPTER = Chapter(
    "profile",
    routers=(routes.router, routes.rules),
    operations=(PASSWORD_CHANGE, USERNAME_CHANGE, DEVICE_REGISTRATION, DEVICE_DELETION),
    notices=(
        texts.PasswordChanged,
        texts.UsernameChanged,
        texts.DeviceRegistered,
        texts.DeviceDeleted,
    ),
)
