"""What the app's information declares."""

from sandbox.bank.chapter import Chapter
from sandbox.bank.information import routes
from sandbox.bank.information.seeds import SEED
from sandbox.bank.information.tables import CatalogueEntry

CHAPTER = Chapter(
    "information",
    routers=(routes.router, routes.questions, routes.contact),
    tables=(CatalogueEntry,),
    seeds=(SEED,),
)
