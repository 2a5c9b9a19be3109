"""The pages about the service: the way in, and two views of the document that load nothing from elsewhere."""

import re

import httpx2 as httpx
import pytest

from tests.answers import assert_problem

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/", "/_sandbox"])
def test_the_way_in_has_links_for_people_and_for_clients_which_all_lead_somewhere(
    client: httpx.Client, path: str
) -> None:
    page = client.get(path, headers=BROWSER)
    assert page.headers["content-type"].startswith("text/html")
    told = client.get(path)
    assert told.headers["content-type"] == "application/json"
    assert page.headers["vary"] == told.headers["vary"] == "Accept"
    links = list(told.json()["links"].values())
    assert re.findall(r'href="([^"]+)"', page.text) == links
    for link in links:
        assert client.get(link).status_code == 200, link


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_views_of_the_document_load_what_this_server_has(client: httpx.Client, path: str) -> None:
    page = client.get(path).text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(loaded) >= 2
    for address in loaded:
        assert address.startswith("/docs/assets/"), address
        script = client.get(address)
        assert script.status_code == 200, address
        assert re.findall(rb'(?:src|import)\W{1,2}"?https?://[^"]+', script.content) == [], address
    assert "https://" not in page


def test_the_document_to_try_out_is_quick_and_remembers_the_token(client: httpx.Client) -> None:
    page = client.get("/docs").text
    for setting in (
        '"filter": true', '"persistAuthorization": true', '"docExpansion": "none"', '"defaultModelsExpandDepth": -1'
    ):  # fmt: skip
        assert setting in page


def test_a_path_beside_the_way_in_is_not_there(client: httpx.Client) -> None:
    assert_problem(client.get("/nope"), 404, "not_found")
