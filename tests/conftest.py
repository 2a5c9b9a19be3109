"""How a run of the tests is begun, dealt out and ended. What tests are given stands in `tests/fixtures.py`."""

import gc
import importlib
import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests import postgres, quick

ROOT = Path(__file__).parent.parent
# Folders whose tests are not run on a second engine, and why.
_SQLITE_ALONE = dict.fromkeys(
    ("bench", "browser", "clients"), "tools of the project's own, which start servers as users do without a setting"
) | {"handbook": "the documentation", "seeding": "what a golden database holds, which is a SQLite file at first"}
_MISSING = pytest.StashKey[list[str]]()
_SEEN = pytest.StashKey[set[tuple[str, str, str]]]()

pytest.register_assert_rewrite("tests.fixtures")


def pytest_configure(config: pytest.Config) -> None:
    """The process that deals tests out to workers runs none: it does without importing the bank for them, unless the
    lines that importing runs are to be counted. In workers that begins too late."""
    config.stash[_SEEN] = set()
    is_worker = hasattr(config, "workerinput")
    runs_tests = is_worker or config.option.collectonly or config.getoption("dist", "no") == "no"
    if runs_tests or config.pluginmanager.hasplugin("_cov"):
        config.pluginmanager.register(importlib.import_module("tests.fixtures"))
    if config.getoption("postgres"):
        if not is_worker:
            _start_server(config)
        postgres.VARIABLES.update(
            {name: value for name, value in os.environ.items() if name.startswith("SANDBOX_DATABASE_")}
        )
        if runs_tests:
            patch = pytest.MonkeyPatch()
            patch.setattr("sandbox.storage.server.cluster.STRATEGY", "file_copy")  # quicker without a disk to wait for
            config.add_cleanup(patch.undo)


def _start_server(config: pytest.Config) -> None:
    """A server that all workers share: they inherit the environment."""
    programs = postgres.programs()
    if programs is None:
        raise pytest.UsageError("PostgreSQL is not installed: run `make postgres` as root")
    server = ExitStack()
    config.add_cleanup(server.close)
    os.environ["SANDBOX_DATABASE_URL"] = postgres.url(server.enter_context(postgres.server(programs)))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long tests at the head of the workers' shares: one that begins last is waited for by all of them."""
    if config.getoption("postgres"):
        _skip_what_is_about_files(items)
    workers: int = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    long = [item for item in items if item.get_closest_marker("long")]
    others = (item for item in items if not item.get_closest_marker("long"))
    left, ordered = len(items), []
    for worker in range(workers):
        share = left // (workers - worker)  # as pytest-xdist deals them out for `worksteal`
        head = long[worker::workers][:share]
        ordered += [*head, *itertools.islice(others, share - len(head))]
        left -= share
    items[:] = ordered


def _skip_what_is_about_files(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("sqlite")
        reason = mark.args[0] if mark else _SQLITE_ALONE.get(item.path.relative_to(ROOT / "tests").parts[0])
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=f"SQLite alone: {reason}"))


@pytest.fixture(autouse=True)
def _no_databases_are_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test made on the run's server for a directory of its own is dropped with that: a database takes 12 MB."""
    if not request.config.getoption("postgres") or "tmp_path" not in request.fixturenames:
        yield
        return
    directory: Path = request.getfixturevalue("tmp_path")
    yield
    for installation in directory.rglob("installation"):
        name, *_ = installation.read_text(encoding="utf-8").splitlines()
        url = os.environ["SANDBOX_DATABASE_URL"]
        postgres.drop(url, *postgres.databases(url, name))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with quick.watched(item):
        return (yield)


def pytest_sessionstart() -> None:
    """What is imported and collected stays to the end: garbage collections would look through it again and again.

    A shell without job control starts what runs in its background with SIGINT ignored, and that is inherited: no
    server or load of the tests would hear Ctrl-C.
    """
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 50)  # as the server has it


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Pass what this worker saw on; where all tests ran, see that no declared refusal went without one."""
    config = session.config
    if not config.getoption("refusals"):
        return
    from tests import refusals

    if hasattr(config, "workeroutput"):
        config.workeroutput["refusals"] = sorted(refusals.SEEN)
        return
    config.stash[_MISSING] = gaps = refusals.missing(refusals.SEEN | config.stash[_SEEN])
    if gaps and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="keep sandboxes in databases of a PostgreSQL server")
    parser.addoption("--refusals", action="store_true", help="fail when a declared refusal is asserted by no test")
    parser.addoption("--soak", action="store_true", help="many more rounds where a test goes round")


def pytest_testnodedown(node: Any) -> None:
    seen = getattr(node, "workeroutput", {}).get("refusals", ())
    node.config.stash[_SEEN].update(tuple(each) for each in seen)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    gaps = config.stash.get(_MISSING, None)
    if gaps is None:
        return
    terminalreporter.section("refusals")
    terminalreporter.write_line("\n".join(gaps) or "every declared refusal of every operation is asserted")
