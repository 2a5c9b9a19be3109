"""The site, built once for the tests that look at it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.functional.processes import ROOT


def build(directory: Path) -> Path:
    """The site as `make docs` builds it, with every warning an error. Takes ten seconds."""
    ended = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(directory)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return directory
