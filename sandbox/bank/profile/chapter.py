"""What the profile declares."""

from sandbox.bank.chapter import Chapter
from sandbox.bank.profile import routes, texts
from sandbox.bank.profile.changes import (
    DeviceDeletionOperation,
    DeviceRegistrationOperation,
    PasswordChangeOperation,
    UsernameChangeOperation,
)

CHAPTER = Chapter(
    "profile",
    routers=(routes.router, routes.rules),
    operations=(
        PasswordChangeOperation(),
        UsernameChangeOperation(),
        DeviceRegistrationOperation(),
        DeviceDeletionOperation(),
    ),
    notices=(
        texts.PasswordChanged,
        texts.UsernameChanged,
        texts.DeviceRegistered,
        texts.DeviceDeleted,
    ),
)
