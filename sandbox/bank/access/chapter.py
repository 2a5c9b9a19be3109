"""What access declares."""

from sandbox.bank.access import routes, texts
from sandbox.bank.access.operations import DEVICE_REPLACEMENT, ENROLMENT, PASSWORD_RECOVERY, USERNAME_RECOVERY
from sandbox.bank.access.tables import Device, Nonce, RefreshToken, UnknownLogin
from sandbox.bank.chapter import Chapter

CHAPTER = Chapter(
    "access",
    routers=(routes.entrance, routes.router),
    tables=(UnknownLogin, Device, Nonce, RefreshToken),
    operations=(ENROLMENT, PASSWORD_RECOVERY, USERNAME_RECOVERY, DEVICE_REPLACEMENT),
    messages=(texts.Greeted, texts.UsernameTold),
    notices=(
        texts.Enrolled,
        texts.PasswordRecovered,
        texts.DeviceReplaced,
    ),
)
