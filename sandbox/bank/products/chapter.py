"""What products and movements declare."""

from sandbox.bank.chapter import Chapter
from sandbox.bank.products import routes
from sandbox.bank.products.tables import Holding

CHAPTER = Chapter("products", routers=(routes.router, routes.movements), tables=(Holding,))
