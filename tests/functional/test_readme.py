"""The README is true: its tour runs, and so is the persona that the page on the seed adds."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import goldens
from tests.functional.processes import ROOT, Server

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.docs
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: the tour calls it")
def test_the_tour_runs_as_it_is_written(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", seed_dir=str(ROOT / "seed")).start()
    script = "\n".join(re.findall(r"```bash\n(.*?)```", README, re.DOTALL))
    promised = re.findall(r"\| field \S+ +# (\w+)$", script, re.MULTILINE)
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={**os.environ, "BASE": f"http://{server.url}"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    server.interrupt()
    assert ended.returncode == 0, ended.stderr
    assert len(promised) == 4
    told = ended.stdout.splitlines()
    for word in promised:
        assert word in told, ended.stdout


@pytest.mark.sqlite("the seed")
def test_the_persona_of_the_page_on_the_seed_is_one(tmp_path: Path) -> None:
    from sandbox.seeding.personas import load

    for path in (ROOT / "seed" / "personas").glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    page = (ROOT / "docs" / "how-to" / "seed.md").read_text(encoding="utf-8")
    written = re.search(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert written
    (tmp_path / "99-page.yaml").write_text(written[1], encoding="utf-8")
    assert load(tmp_path, goldens.known())[-1].id == "recien-casada"
