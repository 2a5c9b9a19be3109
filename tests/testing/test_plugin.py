"""The pytest plugin, as other projects run it."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.functional.processes import Server

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.slow


class Project:
    """A project that has the package installed, and tests of its own."""

    def __init__(self, pytester: pytest.Pytester, server: Server) -> None:
        self._pytester = pytester
        self._url = f"http://{server.url}"
        self._bank = server.bank

    def run(self, source: str, *options: str) -> pytest.RunResult:
        """Run a test module against the tests' server, in this process."""
        self._pytester.makepyfile(source)
        return self._pytester.runpytest_inprocess(*QUIET, "--sandbox-url", self._url, *options)

    def start(self, source: str, *options: str, conftest: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a test module in a process of its own, with a server of its own."""
        self._pytester.makepyfile(source)
        self._pytester.makeconftest(conftest)
        return subprocess.run(
            [sys.executable, "-m", "pytest", *QUIET, *options],
            cwd=self._pytester.path, capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip

    def sandboxes(self) -> list[str]:
        """The sandboxes that runs have left on the tests' server."""
        return [each["name"] for each in self._bank.sandboxes() if "t-" in each["name"]]


# The other plugins of this environment have nothing to do in such a project.
QUIET = ("-p", "no:randomly", "-p", "no:asyncio", "-p", "no:cov", "-p", "no:hypothesispytest", "-p", "no:cacheprovider")


@pytest.fixture
def project(pytester: pytest.Pytester, shared_server: Server) -> Project:
    return Project(pytester, shared_server)


def test_each_test_has_a_bank_of_its_own_that_is_gone_afterwards(project: Project) -> None:
    ended = project.run(
        """
        import pytest

        NAMES = set()

        @pytest.mark.parametrize("number", range(3))
        def test_a_transfer(phone, sandbox, number):
            NAMES.add(sandbox.name)
            before = phone.available(phone.savings()[1]["id"])
            phone.transfer("5.00")
            phone.confirm()
            assert float(phone.available(phone.savings()[1]["id"])) == float(before) + 5
            assert len(sandbox.journal.requests(operation_id="createTransfer")) == 1

        def test_there_were_three():
            assert len(NAMES) == 3
        """
    )
    ended.assert_outcomes(passed=4)
    assert project.sandboxes() == []


def test_every_fixture_is_of_the_same_bank(project: Project) -> None:
    ended = project.run(
        """
        from sandbox.testing import problems
        import pytest

        def test_all(sandbox, phone, member, inbox, clock, faults, rules):
            rich = member(accounts=[{"balance": "123.45"}])
            other = sandbox.phone(rich)
            assert other.available(rich["accounts"][0]["id"]) == "123.45"
            phone.transfer("5.00")
            assert inbox.messages()[-1]["challenge_id"] == phone.pending
            faults.refuse("service_unavailable", operation_id="getProducts")
            with pytest.raises(problems.ServiceUnavailable):
                phone.products()
            rules.replace("otp", "attempts: 3", "attempts: 1")
            start = clock.now()
            assert clock.now() == start, "it is frozen"
            clock.advance("P1D")
            assert clock.now().day == start.day + 1
        """
    )
    ended.assert_outcomes(passed=1)


def test_the_marker_says_what_bank_it_is(project: Project) -> None:
    ended = project.run(
        """
        import pytest
        from sandbox.testing import problems

        pytestmark = pytest.mark.sandbox(persona="sin-fondos")

        def test_the_persona_of_the_module(phone):
            assert phone.member["persona"] == "sin-fondos"

        @pytest.mark.sandbox(
            persona="al-dia", members=60, now="2026-12-24T20:00:00-05:00", rate=1,
            rules={"otp": ("attempts: 3", "attempts: 1")},
        )
        def test_a_bank_to_measure(phone, sandbox, clock):
            assert phone.member["persona"] == "al-dia"
            assert len(sandbox.members.all()) == 60
            assert str(clock.now()).startswith("2026-12-24 20:0")
            assert clock.read()["rate"] == 1
            phone.transfer("5.00")
            with pytest.raises(problems.ChallengeLocked):
                phone.confirm(code=phone.wrong_code())

        @pytest.mark.sandbox(life="busy")
        def test_a_bank_that_lives(sandbox, clock):
            clock.advance("P9D")
            assert sandbox.life.read()["counts"]

        @pytest.mark.sandbox(rules={"otp": "settings: {"})
        def test_a_document_as_a_whole(sandbox):
            raise AssertionError("rules that do not hold are refused")

        @pytest.mark.sandbox(rules={"otp": ("what does not stand there", "")})
        def test_a_replacement_of_nothing(sandbox):
            raise AssertionError("not reached")

        @pytest.mark.sandbox(member=1)
        def test_a_mistake(sandbox):
            raise AssertionError("not reached")
        """
    )
    ended.assert_outcomes(passed=3, errors=3)
    ended.stdout.fnmatch_lines(["*rules_invalid*", "*stands 0 times*", "*pytest.mark.sandbox takes *not*member*"])
    assert project.sandboxes() == []


# A control plane cannot make money out of nothing: the report of the audit itself is false.
FALSIFIED = """
    import pytest
    from sandbox.testing.blocking.areas import Ledger

    @pytest.fixture(autouse=True)
    def _falsified(monkeypatch):
        found = {"balanced": False, "violations": [{"check": "entry_unbalanced", "subject": "entry 7", "detail": "1 cent"}]}
        monkeypatch.setattr(Ledger, "audit", lambda ledger: found)

    def test_money_moves(phone):
        phone.transfer("5.00")
        phone.confirm()

    def test_nothing_moves(phone):
        phone.products()

    @pytest.mark.sandbox(audit=False)
    def test_told_otherwise(phone):
        phone.transfer("5.00")
"""


def test_the_books_are_audited_after_a_test_that_moved_money_unless_told_otherwise(project: Project) -> None:
    ended = project.run(FALSIFIED)
    ended.assert_outcomes(passed=3, errors=1)
    ended.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_money_moves*", "*the books do not balance*entry_unbalanced*"]
    )
    assert project.sandboxes() == []


def test_a_failed_test_tells_what_happened_in_its_bank(project: Project) -> None:
    ended = project.run(
        """
        def test_too_much(phone, faults):
            faults.delay(1, operation_id="getProducts", times=1)
            phone.transfer("5.00")
            phone.confirm()
            phone.transfer("999999.00")
        """
    )
    ended.assert_outcomes(failed=1)
    told = ended.stdout.str()
    assert re.search(r"^>\s+phone.transfer\(\"999999.00\"\)$", told, re.MULTILINE)
    assert "blocking/phone.py" not in told, "the traceback ends where the test called"
    ended.stdout.fnmatch_lines(
        [
            "*sandbox t-*--t-*",
            "the last * requests:",
            "  POST   /v1/transfers → 201",
            "  POST   /v1/challenges/chl_*/confirm → 200",
            "  POST   /v1/transfers → 422",
            "         limit_exceeded: *",
            "*refused by transfer.per_transaction*'amount': 99999900*",
            "codes:",
            "  ?????? to 09* (chl_*)",
            "the last * events:",
            "*transfer.completed trf_*",
            "fault *struck 1 times",
        ]
    )


def test_what_cannot_be_told_does_not_hide_the_failure(project: Project) -> None:
    ended = project.run(
        """
        def test_gone(sandbox):
            sandbox.delete()
            sandbox.is_owned = False
            assert 1 == 2
        """
    )
    ended.stdout.fnmatch_lines(["*assert 1 == 2*", "*the sandbox cannot be asked: *sandbox_not_found*"])


def test_a_fixture_of_the_same_name_is_left_alone(project: Project) -> None:
    ended = project.run(
        """
        import pytest

        @pytest.fixture
        def sandbox():
            return "another thing"

        def test_it(sandbox):
            assert sandbox == "mine"
        """
    )
    ended.assert_outcomes(failed=1)


PREPARED = """
    import pytest

    @pytest.fixture(scope="session")
    def sandbox_origin(sandbox_server):
        with sandbox_server.create(rate=0) as origin:
            origin.members.make(first_names="Preparada", accounts=[{"balance": "77.00"}])
            yield origin
"""


def test_workers_share_one_server_that_ends_with_the_run(project: Project) -> None:
    ended = project.start(
        """
        import pytest

        @pytest.mark.parametrize("number", range(6))
        def test_it(sandbox, number, record_property):
            assert [each for each in sandbox.members.all() if each["name"].startswith("Preparada")]
            print("served at", sandbox.connection.url)
        """,
        "-n", "2", "-rP", "--sandbox-members", "0",
        conftest=PREPARED,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "6 passed" in ended.stdout
    [url] = set(re.findall(r"served at (http://\S+)", ended.stdout))
    assert_nothing_answers(url)


def test_without_workers_the_server_ends_with_the_run_too(project: Project) -> None:
    ended = project.start(
        """
        def test_it(sandbox):
            print("served at", sandbox.connection.url)
        """,
        "-rP", "--sandbox-members", "0",
    )  # fmt: skip
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr
    [url] = set(re.findall(r"served at (http://\S+)", ended.stdout))
    assert_nothing_answers(url)


def test_a_test_costs_at_most_twice_what_it_asks_of_the_server(project: Project, shared_server: Server) -> None:
    source = """
        import pytest

        @pytest.mark.parametrize("number", range({}))
        def test_it(phone, number):
            phone.products()
    """

    def taken(work: Callable[[], None]) -> float:
        before = time.process_time() + cpu_seconds(shared_server)
        work()
        return time.process_time() + cpu_seconds(shared_server) - before

    def run(many: int) -> None:
        project.run(source.format(many)).assert_outcomes(passed=many)

    def without_plugin() -> None:
        for _ in range(40):
            with shared_server.bank.fork(rate=0) as bank:
                bank.phone("al-dia").products()

    # A busy machine takes more of the processor's time for the same work, so seconds say little. On a quiet one the same
    # calls take 15 ms without the plugin, and a test is to take 30 at most.
    runs = ((taken(lambda: run(1)), taken(lambda: run(41)), taken(without_plugin)) for _ in range(5))
    assert any(many - one < 2 * direct for one, many, direct in runs)


def cpu_seconds(server: Server) -> float:
    """The processor time that a server has used; what the clock says depends on what else the machine does."""
    assert server.process is not None
    fields = Path(f"/proc/{server.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_run_that_uses_none_of_it_starts_nothing(project: Project) -> None:
    ended = project.start(
        """
        import sys

        def test_it():
            assert [name for name in sys.modules if name.startswith(("sandbox.testing.", "httpx2"))] == ["sandbox.testing.plugin"]
        """
    )
    assert ended.returncode == 0, ended.stdout


def assert_nothing_answers(url: str) -> None:
    import httpx2 as httpx

    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
