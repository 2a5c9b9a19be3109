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
def test_the_recipes_of_a_page_do_what_they_say(page: Path, shared_server: Server, tmp_path: Path) -> None:
    name = "-".join(("page", *page.relative_to(DOCS).with_suffix("").parts)).lower()
    shared_server.bank.send(operations.create_sandbox({"name": name}))
    text = page.read_text(encoding="utf-8")
    script = "\n".join(re.findall(r"```bash\n(.*?)```", text, re.DOTALL))
    programs = Path(sys.executable).parent
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={
            **os.environ, "BASE": f"http://{shared_server.url}", "SANDBOX": name, "SANDBOX_NAME": name, "TMPDIR": str(tmp_path), "COLUMNS": "200", "LANG": "C.UTF-8",
            "PATH": f"{programs}:{os.environ['PATH']}",
        },
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    promised = _PROMISED.findall(script)
    assert promised
    told = iter(ended.stdout.splitlines())
    for line in promised:
        assert line in told, f"{line!r} was not told, or not in its turn:\n{ended.stdout}\n{ended.stderr}"


@pytest.mark.slow
def test_the_tests_of_the_page_on_testing_pass(pytester: pytest.Pytester, shared_server: Server) -> None:
    page = (DOCS / "how-to" / "testing.md").read_text(encoding="utf-8")
    examples = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    for number, example in enumerate(examples):
        pytester.path.joinpath(f"test_{number}.py").write_text(example, encoding="utf-8")
    alone = ("-p", "no:randomly", "-p", "no:asyncio", "-p", "no:cacheprovider")
    ended = pytester.runpytest_inprocess(*alone, "--sandbox-url", f"http://{shared_server.url}")
    ended.assert_outcomes(passed=sum(example.count("def test_") for example in examples))


def test_every_page_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    for path in DOCS.glob("[a-ce-z]*/*.md"):
        assert f"({path.relative_to(DOCS).as_posix()})" in index
