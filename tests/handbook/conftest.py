import httpx2 as httpx
import pytest

from handbook import pages
from handbook.document import Document
from tests import openapi


@pytest.fixture(scope="session")
def document(client: httpx.Client) -> Document:
    return Document(openapi.raw(client))


@pytest.fixture(scope="session")
def site(document: Document) -> dict[str, str]:
    """Every page as the site has it, by its path below `docs`."""
    return pages.whole(document)
