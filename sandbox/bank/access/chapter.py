"""What access declares."""

from sandbox.bank.access import routes, texts
from sandbox.bank.access.enrolment import EnrolmentOperation, PasswordRecoveryOperation, UsernameRecoveryOperation
from sandbox.bank.access.replacement import DeviceReplacementOperation
from sandbox.bank.access.tables import Device, Nonce, RefreshToken, UnknownLogin
from sandbox.bank.chapter import Chapter

CHAPTER = Chapter(
    "access",
    routers=(routes.entrance, routes.router),
    tables=(UnknownLogin, Device, Nonce, RefreshToken),
    operations=(
        EnrolmentOperation(),
        PasswordRecoveryOperation(),
        UsernameRecoveryOperation(),
        DeviceReplacementOperation(),
    ),
    messages=(texts.UsernameTold,),
    notices=(
        texts.Enrolled,
        texts.PasswordRecovered,
        texts.DeviceReplaced,
    ),
)
