"""Every recipe of the documentation does what it says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.testing import operations
from tests.functional.processes import ROOT, Server

pytest_plugins = ["pytester"]
DOCS = ROOT / "docs"
PAGES = sorted(path for path in DOCS.rglob("*.md") if "```bash" in path.read_text(encoding="utf-8"))
_PROMISED = re.compile(r"^.*\S[ ]{2,}# (.+)$", re.MULTILINE)


@pytest.mark.slow
@pytest.mark.docs
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: the recipes call it")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).with_suffix("").as_posix())
def test_the_recipes_of_a_page_do_what_they_say_twice_in_a_row(
    page: Path, shared_server: Server, tmp_path: Path
) -> None:
    """A recipe that leaves something behind would fail for the reader who tries it again."""
    name = "-".join(("page", *page.relative_to(DOCS).with_suffix("").parts)).lower()
    shared_server.bank.send(operations.create_sandbox({"name": name}))
    script = "\n".join(re.findall(r"```bash\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
    promised = _PROMISED.findall(script)
    assert promised
    for time in ("the first time", "again"):
        ended = run(script, tmp_path, BASE=f"http://{shared_server.url}", SANDBOX=name, SANDBOX_NAME=name)
        assert ended.returncode == 0, f"{time}:\n{ended.stdout}{ended.stderr}"
        told = iter(ended.stdout.splitlines())
        for line in promised:
            assert line in told, f"{time}: {line!r} was not told in its turn:\n{ended.stdout}\n{ended.stderr}"


def run(script: str, directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The script as a reader runs it, at the project's top."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {
        **os.environ,
        "TMPDIR": str(directory),
        "COLUMNS": "200",
        "LANG": "C.UTF-8",
        "PATH": path,
        **variables,
    }
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False, env=environment,
    )  # fmt: skip


@pytest.mark.slow
def test_the_tests_of_the_page_on_testing_pass(pytester: pytest.Pytester, shared_server: Server) -> None:
    page = (DOCS / "how-to" / "testing.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for number, example in enumerate(examples):
        pytester.path.joinpath(f"test_{number}.py").write_text(example, encoding="utf-8")
    alone = ("-p", "no:randomly", "-p", "no:asyncio", "-p", "no:cacheprovider")
    ended = pytester.runpytest_inprocess(*alone, "--sandbox-url", f"http://{shared_server.url}")
    ended.assert_outcomes(passed=sum(example.count("def test_") for example in examples))
