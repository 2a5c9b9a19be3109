"""What challenges declare."""

from sandbox.bank.challenges import routes, texts
from sandbox.bank.challenges.service import Expiry
from sandbox.bank.challenges.tables import Challenge, CodeSpent
from sandbox.bank.chapter import Chapter, Job

CHAPTER = Chapter(
    "challenges",
    routers=(routes.make_router,),
    tables=(Challenge, CodeSpent),
    jobs=(Job(10, Expiry()),),
    messages=(texts.CodeSent,),
    notices=(texts.MaximumRaised,),
)
