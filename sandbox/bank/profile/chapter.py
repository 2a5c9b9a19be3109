"""What the profile declares."""

from sandbox.bank.chapter import Chapter
from sandbox.bank.profile import routes
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
)
