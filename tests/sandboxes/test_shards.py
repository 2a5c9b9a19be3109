"""A server of several: it knows its own sandboxes alone, and says whose the others are."""

from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from sandbox.app import create_app
from sandbox.kernel.shards import number_of
from sandbox.settings import Settings
from sandbox.starting import CannotStart
from tests import goldens
from tests.answers import assert_problem
from tests.transport import serving

# Of two processes, the second has THEIRS, the first has OURS.
OURS, THEIRS = "shop", "default"


def divided(settings: Settings, place: Path, shard: str, **changes: object) -> Settings:
    own = settings.model_copy(update={"data_dir": place, "shard": shard, **changes})
    goldens.place(own)
    return own


@pytest.fixture
def first(settings: Settings, tmp_path: Path) -> Iterator[httpx.Client]:
    with serving(create_app(divided(settings, tmp_path, "1/2"))) as client:
        yield client


def test_the_names_used_here_belong_where_these_tests_expect_them() -> None:
    assert (number_of(OURS, 2), number_of(THEIRS, 2)) == (1, 2)


def test_a_process_without_default_makes_none_and_serves_its_own(first: httpx.Client) -> None:
    assert first.get("/_sandbox/sandboxes").json() == {"items": [], "next_cursor": None, "deleted": [], "shard": "1/2"}
    assert first.get("/_sandbox/health").status_code == 200
    assert first.post("/_sandbox/sandboxes", json={"name": OURS}).status_code == 201
    assert first.get(f"/s/{OURS}/v1/app").status_code == 200
    assert first.get("/_sandbox/ready", headers={"X-Sandbox": OURS}).status_code == 200
    assert [each["name"] for each in first.get("/_sandbox/sandboxes").json()["items"]] == [OURS]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/app"),
        ("GET", "/_sandbox/ready"),
        ("GET", "/_sandbox/info"),
        ("POST", "/_sandbox/reset"),
        ("GET", "/_sandbox/snapshots"),
        ("GET", "/_sandbox/export"),
        ("GET", f"/_sandbox/sandboxes/{THEIRS}--copy"),
        ("DELETE", f"/_sandbox/sandboxes/{THEIRS}--copy"),
        ("POST", f"/_sandbox/sandboxes/{THEIRS}--copy/undelete"),
    ],
)
def test_a_request_for_a_sandbox_of_another_process_is_misdirected(first: httpx.Client, method: str, path: str) -> None:
    problem = assert_problem(first.request(method, path, headers={"Accept-Language": "en"}), 421, "sandbox_elsewhere")
    assert f"“{THEIRS}" in problem["detail"]
    assert "2/2" in problem["detail"]
    assert first.get("/_sandbox/sandboxes").json()["items"] == []


def test_a_sandbox_of_another_process_is_not_created_here(first: httpx.Client) -> None:
    answer = first.post("/_sandbox/sandboxes", json={"name": f"{THEIRS}--copy"})
    assert_problem(answer, 421, "sandbox_elsewhere")
    assert first.get("/_sandbox/sandboxes").json()["items"] == []


def test_nor_on_first_use(settings: Settings, tmp_path: Path) -> None:
    with serving(create_app(divided(settings, tmp_path, "1/2", auto_create=True))) as client:
        assert_problem(client.get(f"/s/{THEIRS}/v1/app"), 421, "sandbox_elsewhere")
        assert client.get(f"/s/{OURS}/v1/app").status_code == 200
        assert [each["name"] for each in client.get("/_sandbox/sandboxes").json()["items"]] == [OURS]


@pytest.mark.parametrize("parent", [THEIRS, f"{THEIRS}@payday"])
def test_a_fork_of_another_process_names_it_and_a_name_that_would_do(first: httpx.Client, parent: str) -> None:
    answer = first.post("/_sandbox/sandboxes", json={"name": OURS, "from": parent}, headers={"Accept-Language": "en"})
    detail = assert_problem(answer, 409, "parent_elsewhere")["detail"]
    assert f"“{THEIRS}” belongs to process 2/2, and “{OURS}” to 1/2" in detail
    assert f"“{THEIRS}--{OURS}”" in detail
    assert number_of(f"{THEIRS}--{OURS}", 2) == number_of(THEIRS, 2)


def test_a_fork_beside_its_parent_is_made(settings: Settings, tmp_path: Path) -> None:
    with serving(create_app(divided(settings, tmp_path, "2/2"))) as second:
        answer = second.post("/_sandbox/sandboxes", json={"name": f"{THEIRS}--{OURS}", "from": THEIRS})
        assert answer.status_code == 201, answer.text
        assert second.get("/_sandbox/sandboxes").json()["shard"] == "2/2"


def test_what_can_be_no_name_is_no_sandbox_of_any_process(first: httpx.Client) -> None:
    assert_problem(first.get("/v1/app", headers={"X-Sandbox": "../x"}), 404, "sandbox_not_found")
    problem = first.post("/_sandbox/sandboxes", json={"name": "Not a name"})
    assert_problem(problem, 422, "invalid_sandbox_name")


def test_a_data_directory_with_sandboxes_of_another_process_is_not_served(settings: Settings, tmp_path: Path) -> None:
    """They would be unreachable here, and another process could make them a second time."""
    with serving(create_app(divided(settings, tmp_path, "1/1"))) as client:
        client.post("/_sandbox/sandboxes", json={"name": OURS})
    with pytest.raises(CannotStart, match=r"do not belong to process 1/2: default to 2/2\. Move"):
        create_app(divided(settings, tmp_path, "1/2"))
    with serving(create_app(divided(settings, tmp_path, "1/1"))) as client:
        assert [each["name"] for each in client.get("/_sandbox/sandboxes").json()["items"]] == [THEIRS, OURS]


def test_a_shard_that_cannot_be_is_told_at_the_start(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="SANDBOX_SHARD '3/2'"):
        create_app(divided(settings, tmp_path, "3/2"))
