"""What referrals declare."""

from sandbox.bank.chapter import Chapter
from sandbox.bank.referrals import routes, texts
from sandbox.bank.referrals.tables import Referral

CHAPTER = Chapter(
    "referrals",
    routers=(routes.router,),
    tables=(Referral,),
    messages=(texts.AppRecommended,),
)
