"""The pytest plugin: a private bank for every test that asks for one.

Loaded by every run of pytest in an environment that has this package, so it imports nothing until a fixture is used.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from sandbox.testing import Phone, Sandbox, models
    from sandbox.testing.blocking.areas import Clock, Inbox
    from sandbox.testing.blocking.conditions import Faults, Rules

_MARKER = """\
sandbox(persona='al-dia', members=None, life=None, rules=None, now=None, rate=0, audit=True): the bank of the test. \
`phone` is that of `persona`; `members` is how many it is seeded with; with `life` they act by themselves; `rules` are \
documents by name, as YAML or as (old, new) to replace in the one in force; its clock starts at `now` and runs at \
`rate`; the books are audited after the test, unless `audit` is false."""
_MOVES_NOTHING = ("session.", "message.")
_PLACE = "sandbox_meeting_place"
_MEETING: pytest.StashKey[str] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the server is, and how large the run's own one is seeded."""
    group = parser.getgroup("sandbox", "Cooprogreso Sandbox")
    group.addoption(
        "--sandbox-url", metavar="URL", help="use the server at URL; without it, one is started for the run"
    )
    group.addoption(
        "--sandbox-members",
        type=int,
        default=40,
        metavar="N",
        help="how many members the run's own server seeds (default: 40; all personas are among them)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the run's workers share a server."""
    from tempfile import mkdtemp

    stash = node.config.stash
    if _MEETING not in stash:
        stash[_MEETING] = mkdtemp(prefix="sandbox-run-")
    node.workerinput[_PLACE] = stash[_MEETING]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that the workers shared."""
    if _MEETING in config.stash:
        from pathlib import Path

        place = Path(config.stash[_MEETING])
        if not any(place.iterdir()):  # no test wanted a bank
            place.rmdir()
            return
        from sandbox.testing import shared

        shared.stop(place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed test what happened in its bank."""
    report = yield
    sandbox = getattr(item, "funcargs", {}).get("sandbox")
    if report.failed and sandbox is not None and call.when != "teardown":
        from sandbox.testing import Sandbox
        from sandbox.testing.story import story

        if isinstance(sandbox, Sandbox):  # a project may have a fixture of that name itself
            report.sections.append((f"sandbox {sandbox.name}", story(sandbox)))
    return report


@pytest.fixture(scope="session")
def sandbox_server(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """The server's sandbox `default`, which makes others: of the run's own server, or of that at --sandbox-url."""
    from sandbox.testing import Sandbox

    with _served(request.config) as url, Sandbox(url=url) as server:
        yield server


@pytest.fixture(scope="session")
def sandbox_origin(sandbox_server: Sandbox) -> Iterator[Sandbox]:
    """The bank that tests get copies of: fresh from the seed, its clock frozen.

    Override it to prepare what all tests start from: yield `sandbox_server.create(rate=0)` with members made, rules
    overridden, weeks gone by.
    """
    with sandbox_server.create(rate=0) as origin:
        yield origin


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A bank of the test's own, deleted afterwards. Its books are audited before that, if anything happened in it."""
    wanted = _wanted(request)
    with _opened(request, wanted) as opened:
        for document, text in wanted.get("rules", {}).items():
            if not isinstance(text, str):
                opened.rules.replace(document, *text)
        yield opened
        if wanted.get("audit", True) and _has_happened(opened):
            opened.ledger.assert_balanced()


@pytest.fixture
def phone(request: pytest.FixtureRequest, sandbox: Sandbox) -> Phone:
    """The phone of a member, logged in: of the persona `al-dia`, or the one that the marker names."""
    return sandbox.phone(_wanted(request).get("persona", "al-dia"))


@pytest.fixture
def member(sandbox: Sandbox) -> Callable[..., models.MemberToUse]:
    """Makes members: `member(accounts=[{"balance": "50.00"}])`, with the traits of `sandbox.members.make`."""
    return sandbox.members.make


@pytest.fixture
def inbox(sandbox: Sandbox) -> Inbox:
    """Every SMS and e-mail that went out, with their codes."""
    return sandbox.inbox


@pytest.fixture
def clock(sandbox: Sandbox) -> Clock:
    """The bank's time. It is frozen until the test moves it."""
    return sandbox.clock


@pytest.fixture
def faults(sandbox: Sandbox) -> Faults:
    """What goes wrong."""
    return sandbox.faults


@pytest.fixture
def rules(sandbox: Sandbox) -> Rules:
    """The rules in force."""
    return sandbox.rules


@contextmanager
def _served(config: pytest.Config) -> Iterator[str]:
    """The address of the server: the one that is named, that of all workers, or one of this process's own."""
    from pathlib import Path

    from sandbox.testing import Server, shared

    named = config.getoption("sandbox_url")
    place = getattr(config, "workerinput", {}).get(_PLACE)
    settings = {"members": config.getoption("sandbox_members")}
    if named:
        yield named
    elif place:
        yield shared.serve(Path(place), **settings)
    else:
        with Server(**settings) as server:
            yield server.url


def _has_happened(sandbox: Sandbox) -> bool:
    """Whether anything happened that can move money. An audit adds up every posting there is: it takes longer than all
    else that a test costs, and logging in moves nothing."""
    from sandbox.testing import operations

    page = sandbox.send(operations.list_events(limit=200))
    is_whole = page["next_cursor"] is None
    return not is_whole or any(not event["kind"].startswith(_MOVES_NOTHING) for event in page["items"])


def _wanted(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the markers of a test say; those closer to it win."""
    known = {"persona", "members", "life", "rules", "now", "rate", "audit"}
    wanted: dict[str, Any] = {}
    for marker in request.node.iter_markers("sandbox"):
        unknown = sorted(set(marker.kwargs) - known)
        if marker.args or unknown:
            raise pytest.UsageError(
                f"@pytest.mark.sandbox takes {', '.join(sorted(known))}, not {marker.args or unknown}"
            )
        wanted = {**marker.kwargs, **wanted}
    return wanted


def _opened(request: pytest.FixtureRequest, wanted: dict[str, Any]) -> Sandbox:
    """A copy of the run's origin, or a bank of its own where the marker asks for what copies do not have."""
    whole = {name: text for name, text in wanted.get("rules", {}).items() if isinstance(text, str)}
    options = {
        "rules": whole or None,
        "now": wanted.get("now"),
        "rate": wanted.get("rate", 0),
        "life": wanted.get("life"),
    }
    if "members" in wanted or "now" in wanted:
        server: Sandbox = request.getfixturevalue("sandbox_server")
        return server.create(members=wanted.get("members"), **options)
    origin: Sandbox = request.getfixturevalue("sandbox_origin")
    return origin.fork(**options)
