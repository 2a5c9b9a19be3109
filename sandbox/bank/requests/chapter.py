"""What requests of products declare."""

from sandbox.bank.chapter import Chapter, Job
from sandbox.bank.requests import routes, texts
from sandbox.bank.requests.seeds import SEED
from sandbox.bank.requests.service import Progress
from sandbox.bank.requests.tables import ProductRequest

CHAPTER = Chapter(
    "requests",
    routers=(routes.router,),
    tables=(ProductRequest,),
    jobs=(Job(50, Progress()),),
    notices=(
        texts.RequestInReview,
        texts.RequestAnswered,
    ),
    seeds=(SEED,),
)
